import DeviceRuntime
import KernelLanguage
import TileLayout

/// Fills the stages of a product's pipeline, alone or with the other blocks of a cluster.
///
/// Blocks of a cluster that lie below one another have the same rows of B, and each loads a slice of them for all; so
/// do blocks beside one another with rows of A.
/// Where pairs of blocks multiply together, each block of a pair has one half of B's rows, and loads a slice of
/// that for all blocks that have the same half.
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

  /// The blocks of the cluster that have the same rows of A.
  private let blocksSharingA: Int

  /// The blocks of the cluster that have the same rows of B.
  private let blocksSharingB: Int

  /// The blocks that multiply together.
  private let group: Int

  /// Creates what fills the stages, and has launches refuse maps that were made for other tiles.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - tiles: What is filled; the tiles of B have a slice for each block that has the same rows.
  ///   - rank: The block's number in the cluster.
  ///   - group: The blocks that multiply together.
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
  }

  /// Fetches the maps into the copy engine's cache; one thread calls it, before its first load.
  public func prefetchMaps(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      a.prefetchMap()
      b.prefetchMap()
    }
  }

  /// The blocks of the cluster that lie below one another.
  private var blocksAlongM: Int { blocksSharingB * group }

  /// Which of the blocks below one another this is.
  private var blockRow: DeviceValue<UInt32> { blocksSharingA == 1 ? rank : rank % blocksAlongM }

  /// Which of the blocks beside one another this is.
  private var blockColumn: DeviceValue<UInt32> {
    blocksSharingA == 1 ? k.constant(UInt32(0)) : rank / blocksAlongM
  }

  /// Returns the first row of the block's part of an output tile that belongs to its cluster.
  public func firstRow(of tile: OutputTile) -> DeviceValue<UInt32> {
    (tile.row * blocksAlongM + blockRow) * tiles.a.tile.rows
  }

  /// Returns the first column of the block's part of an output tile.
  public func firstColumn(of tile: OutputTile) -> DeviceValue<UInt32> {
    let columns = tiles.b.tile.rows * group
    guard blocksSharingA > 1 else { return tile.column * columns }
    return (tile.column * blocksSharingA + blockColumn) * columns
  }

  /// The block's number in its group.
  private var half: DeviceValue<UInt32> { rank % group }

  /// The blocks that have the same rows of A, a bit each by rank.
  private var multicastMaskOfA: DeviceValue<UInt16> {
    let first = (0..<blocksSharingA).reduce(UInt32(0)) { $0 | 1 << UInt32($1 * blocksAlongM) }
    return (k.constant(first) << blockRow).converted(to: UInt16.self)
  }

  /// The blocks that have the same rows of B, a bit each by rank.
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
  /// - `stage`: The stage, which is empty in all blocks.
  /// - `tile`: The output tile of the cluster.
  /// - `kTile`: Which tile along k.
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
