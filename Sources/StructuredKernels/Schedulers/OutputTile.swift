import KernelLanguage

/// An output tile of a product, by its place among the tiles.
public struct OutputTile: Sendable {
  /// The place along m, in tiles.
  public let row: DeviceValue<UInt32>

  /// The place along n, in tiles.
  public let column: DeviceValue<UInt32>

  /// What the cluster multiplies of it, where that may be a part; nil where it is always the whole tile.
  public var split: TileSplit?
}

/// The output tiles of a product, as a kernel counts them.
public struct TileGrid: Sendable {
  /// The tiles along m.
  public let rows: DeviceValue<UInt32>

  /// The tiles along n.
  public let columns: DeviceValue<UInt32>

  /// Creates the grid of the tiles of an [m, n] matrix.
  public init(
    m: DeviceValue<UInt32>, n: DeviceValue<UInt32>, tileM: Int, tileN: Int
  ) {
    rows = (m + (tileM - 1)) / tileM
    columns = (n + (tileN - 1)) / tileN
  }
}
