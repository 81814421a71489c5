// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Loads the stages of a block-scaled product: tiles as `TileIO` does, and their scale factors.
///
/// Each block loads the scale factors of its own rows of A, and multicasts one slice of those of
/// B's rows to all blocks of the cluster.
public struct ScaledTileIO<Machine: HasTMA & HasClusters, Element: BufferElement>: StageLoader {
  /// Tiles of A and B, and their scale factors.
  public typealias Payload = ScaledOperandTiles<Element>

  /// The kernel.
  private let k: KernelContext<Machine>

  /// The loader of the tiles of A and B.
  private let operands: TileIO<Machine, Element>

  /// The loader of the scale factors of A.
  private let aScales: ScaleFactorLoader<Machine>

  /// The loader of the scale factors of B.
  private let bScales: ScaleFactorLoader<Machine>

  /// The block's rank in the cluster.
  private let rank: DeviceValue<UInt32>

  /// The number of blocks of the cluster.
  private let blockCount: Int

  /// Creates the loader.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - operands: The loader of the tiles of A and B.
  ///   - aScales: The scale factors of A.
  ///   - bScales: The scale factors of B.
  ///   - tiles: The tiles to fill; those of B have a slice for each block of the cluster.
  ///   - rank: The block's rank in the cluster.
  public init(
    _ k: KernelContext<Machine>, _ operands: TileIO<Machine, Element>,
    scales aScales: DeviceTensorMap<UInt32>, _ bScales: DeviceTensorMap<UInt32>,
    filling tiles: ScaledOperandTiles<Element>, rank: DeviceValue<UInt32>
  ) {
    self.k = k
    self.operands = operands
    self.aScales = ScaleFactorLoader(k, from: aScales, filling: tiles.aScales.tile)
    self.bScales = ScaleFactorLoader(k, from: bScales, filling: tiles.bScales.tile)
    self.rank = rank
    blockCount = tiles.bScales.tile.sliceCount
  }

  /// Prefetches the tensor maps into the descriptor cache; one thread calls it, before its first
  /// load.
  public func prefetchMaps(file: String = #fileID, line: Int = #line) {
    operands.prefetchMaps(file: file, line: line)
    aScales.prefetchMap(file: file, line: line)
    bScales.prefetchMap(file: file, line: line)
  }

  /// Returns the first row of the block within its cluster's output tile.
  public func firstRow(of tile: OutputTile) -> DeviceValue<UInt32> { operands.firstRow(of: tile) }

  /// Returns the first column of an output tile.
  public func firstColumn(of tile: OutputTile) -> DeviceValue<UInt32> {
    operands.firstColumn(of: tile)
  }

  /// Issues the copies that fill a stage; one thread of each block of the cluster calls it.
  public func load(
    _ stage: ScaledOperandTiles<Element>.Stage, of tile: OutputTile, _ kTile: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, file: String = #fileID, line: Int = #line
  ) {
    operands.load(
      stage.operands, of: tile, kTile, signalling: barrier, file: file, line: line)
    k.inlined(at: file, line) {
      aScales.load(stage.aScales, row: firstRow(of: tile), kTile, signalling: barrier)
      let isShared = blockCount > 1
      bScales.load(
        stage.bScales, row: firstColumn(of: tile), kTile, signalling: barrier,
        slice: isShared ? rank : nil,
        multicastTo: isShared ? k.constant(UInt16((1 << blockCount) - 1)) : nil)
    }
  }
}
