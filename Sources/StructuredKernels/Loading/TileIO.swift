// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// Loads the stages of a product's pipeline by TMA, with multicast among the blocks of a cluster.
///
/// Blocks stacked along M need the same rows of B: each loads one slice of them and multicasts it
/// to all. Blocks side by side along N do so with the rows of A. In a CTA pair each block holds one
/// half of B's rows, and multicasts a slice of it to all blocks that hold the same half.
public struct TileIO<Machine: HasTMA & HasClusters, Element: BufferElement>: StageLoader {
  /// Tiles of A and B.
  public typealias Payload = OperandTiles<Element>

  /// The kernel.
  private let k: KernelContext<Machine>

  /// The loader of the tiles of A.
  private let a: TileLoader<Machine, Element>

  /// The loader of the tiles of B.
  private let b: TileLoader<Machine, Element>

  /// The tiles.
  private let tiles: OperandTiles<Element>

  /// The block's rank in the cluster.
  private let rank: DeviceValue<UInt32>

  /// The number of blocks of the cluster that share the rows of A.
  private let blocksSharingA: Int

  /// The number of blocks of the cluster that share the rows of B.
  private let blocksSharingB: Int

  /// The number of blocks of the CTA group.
  private let group: Int

  /// Creates the loader; launches will refuse maps that were made for other tiles.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - tiles: The tiles to fill; those of B have a slice for each block that shares their rows.
  ///   - rank: The block's rank in the cluster.
  ///   - group: One block, or a CTA pair.
  public init(
    _ k: KernelContext<Machine>, from a: DeviceTensorMap<Element>, _ b: DeviceTensorMap<Element>,
    filling tiles: OperandTiles<Element>, rank: DeviceValue<UInt32>, group: CTAGroup = .one
  ) {
    self.k = k
    self.a = TileLoader(k, from: a, filling: tiles.a.tile)
    self.b = TileLoader(k, from: b, filling: tiles.b.tile)
    self.tiles = tiles
    self.rank = rank
    blocksSharingA = tiles.a.tile.sliceCount
    blocksSharingB = tiles.b.tile.sliceCount
    self.group = group.rawValue
    let blockCount = blocksSharingA.saturatingProduct(blocksSharingB).saturatingProduct(
      group.rawValue)
    k.recorder.expect(
      blockCount <= 16,
      "tiles can be shared by the blocks of a cluster, at most 16, not by \(blockCount)")
  }

  /// Prefetches the tensor maps into the descriptor cache; one thread calls it, before its first
  /// load.
  public func prefetchMaps(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      a.prefetchMap()
      b.prefetchMap()
    }
  }

  /// The number of blocks of the cluster along M.
  private var blocksAlongM: Int { blocksSharingB * group }

  /// The block's position along M in the cluster.
  private var blockRow: DeviceValue<UInt32> { blocksSharingA == 1 ? rank : rank % blocksAlongM }

  /// The block's position along N in the cluster.
  private var blockColumn: DeviceValue<UInt32> {
    blocksSharingA == 1 ? k.constant(UInt32(0)) : rank / blocksAlongM
  }

  /// Returns the first row of the block within its cluster's output tile.
  public func firstRow(of tile: OutputTile) -> DeviceValue<UInt32> {
    (tile.row * blocksAlongM + blockRow) * tiles.a.tile.rows
  }

  /// Returns the first column of the block within its cluster's output tile.
  public func firstColumn(of tile: OutputTile) -> DeviceValue<UInt32> {
    let columns = tiles.b.tile.rows * group
    guard blocksSharingA > 1 else { return tile.column * columns }
    return (tile.column * blocksSharingA + blockColumn) * columns
  }

  /// The block's rank in its CTA group: the half of B's rows that it holds.
  private var half: DeviceValue<UInt32> { rank % group }

  /// The blocks that share the rows of A, one bit for each rank.
  private var multicastMaskOfA: DeviceValue<UInt16> {
    let first = (0..<blocksSharingA).reduce(UInt32(0)) { $0 | 1 << UInt32($1 * blocksAlongM) }
    return (k.constant(first) << blockRow).converted(to: UInt16.self)
  }

  /// The blocks that share the rows of B, one bit for each rank.
  private var multicastMaskOfB: DeviceValue<UInt16> {
    let first = (0..<blocksSharingB).reduce(UInt16(0)) { $0 | 1 << UInt16($1 * group) }
    guard blocksSharingA > 1 else {
      return k.select(half == 0, k.constant(first), k.constant(first << 1))
    }
    let column = blockColumn * blocksAlongM
    return (k.constant(UInt32(first)) << column).converted(to: UInt16.self)
  }

  /// Issues the copies that fill a stage; one thread of each block of the cluster calls it.
  ///
  /// - `stage`: The stage to fill, which is empty in all blocks of the cluster.
  /// - `tile`: The output tile of the cluster.
  /// - `kTile`: The index of the tile along k.
  /// - `barrier`: The barrier that counts the bytes.
  public func load(
    _ stage: OperandTiles<Element>.Stage, of tile: OutputTile, _ kTile: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let column = kTile * tiles.a.tile.columns
      let row = firstRow(of: tile)
      if blocksSharingA == 1 {
        a.load(stage.a, row: row, column: column, signalling: barrier)
      } else {
        a.load(
          stage.a, slice: blockColumn, row: row, column: column, signalling: barrier,
          multicastTo: multicastMaskOfA)
      }
      let rowOfB = firstColumn(of: tile) + half * tiles.b.tile.rows
      guard blocksSharingB > 1 else {
        return b.load(stage.b, row: rowOfB, column: column, signalling: barrier)
      }
      b.load(
        stage.b, slice: blockRow / group, row: rowOfB, column: column, signalling: barrier,
        multicastTo: multicastMaskOfB)
    }
  }
}
