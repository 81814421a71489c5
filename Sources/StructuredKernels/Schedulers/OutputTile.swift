import KernelLanguage

/// An output tile of a product, by its place among the tiles.
public struct OutputTile: Sendable {
  /// The place along m, in tiles.
  public let row: DeviceValue<UInt32>

  /// The place along n, in tiles.
  public let column: DeviceValue<UInt32>
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

/// Which output tile a cluster computes next.
///
/// Every role asks for itself, and all get the same tiles in the same order.
public protocol TileScheduler: Sendable {
  /// Records `body` for each tile of the cluster.
  func forEachTile<Machine: HasClusters>(
    _ k: KernelContext<Machine>, of grid: TileGrid, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void)

  /// Returns the clusters of a launch.
  ///
  /// - `tileCount`: The output tiles.
  /// - `clusterLimit`: The clusters that the device runs at a time.
  func clusterCount(tileCount: Int, clusterLimit: Int) -> Int
}

extension TileScheduler {
  /// Records `body` for each tile of the cluster.
  public func forEachTile<Machine: HasClusters>(
    _ k: KernelContext<Machine>, of grid: TileGrid, _ body: @Sendable (OutputTile) -> Void,
    file: String = #fileID, line: Int = #line
  ) {
    forEachTile(k, of: grid, file: file, line: line, body)
  }
}
