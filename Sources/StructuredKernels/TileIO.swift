import DeviceRuntime
import KernelLanguage

/// Fills the stages of a product's pipeline, alone or with the other blocks of a cluster.
///
/// The blocks of a cluster lie below one another: each loads its own rows of A, and a slice of B's rows for all.
public struct TileIO<Machine: HasTMA & HasClusters, Element: BufferElement>: StageLoader {
  /// Tiles of A and B.
  public typealias Payload = OperandTiles<Element>

  /// The kernel.
  private let k: KernelContext<Machine>

  /// What fills the tiles of A.
  private let a: TileLoader<Machine, Element>

  /// What fills the tiles of B.
  private let b: TileLoader<Machine, Element>

  /// The tiles.
  private let tiles: OperandTiles<Element>

  /// The block's number in the cluster.
  private let rank: DeviceValue<UInt32>

  /// The blocks of the cluster.
  private let blockCount: Int

  /// Creates what fills the stages, and has launches refuse maps that were made for other tiles.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - tiles: What is filled; the tiles of B have a slice for each block.
  ///   - rank: The block's number in the cluster.
  public init(
    _ k: KernelContext<Machine>, from a: DeviceTensorMap<Element>, _ b: DeviceTensorMap<Element>,
    filling tiles: OperandTiles<Element>, rank: DeviceValue<UInt32>
  ) {
    self.k = k
    self.a = TileLoader(k, from: a, filling: tiles.a.tile)
    self.b = TileLoader(k, from: b, filling: tiles.b.tile)
    self.tiles = tiles
    self.rank = rank
    blockCount = tiles.b.tile.sliceCount
  }

  /// Fetches the maps into the copy engine's cache; one thread calls it, before its first load.
  public func prefetchMaps(file: String = #fileID, line: Int = #line) {
    k.part(calledAt: file, line) {
      a.prefetchMap()
      b.prefetchMap()
    }
  }

  /// Returns the first row of the block's part of an output tile that belongs to its cluster.
  public func firstRow(of tile: OutputTile) -> DeviceValue<UInt32> {
    (tile.row * blockCount + rank) * tiles.a.tile.rows
  }

  /// Returns the first column of an output tile.
  public func firstColumn(of tile: OutputTile) -> DeviceValue<UInt32> {
    tile.column * tiles.b.tile.rows
  }

  /// Issues the copies that fill a stage; one thread of each block of the cluster calls it.
  ///
  /// - `stage`: The stage, which is empty in all blocks.
  /// - `tile`: The output tile of the cluster.
  /// - `kTile`: Which tile along k.
  /// - `barrier`: The barrier that counts the bytes.
  public func load(
    _ stage: OperandTiles<Element>.Stage, of tile: OutputTile, _ kTile: DeviceValue<UInt32>,
    signalling barrier: SharedBarrier, file: String = #fileID, line: Int = #line
  ) {
    k.part(calledAt: file, line) {
      let column = kTile * tiles.a.tile.columns
      a.load(stage.a, row: firstRow(of: tile), column: column, signalling: barrier)
      let row = firstColumn(of: tile)
      guard blockCount > 1 else {
        return b.load(stage.b, row: row, column: column, signalling: barrier)
      }
      let everyBlock = k.constant(UInt16((1 << blockCount) - 1))
      b.load(
        stage.b, slice: rank, row: row, column: column, signalling: barrier,
        multicastTo: everyBlock)
    }
  }
}
