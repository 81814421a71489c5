import KernelLanguage

/// Which output tile a cluster computes next.
///
/// Every role asks for itself, and all get the same tiles in the same order.
public protocol TileScheduler<Machine>: Sendable {
  /// The architecture of the kernel.
  associatedtype Machine: HasTMA & HasClusters

  /// Records `body` for each tile of the cluster.
  func forEachTile(
    of grid: TileGrid, file: String, line: Int, _ body: @Sendable (OutputTile) -> Void)
}

extension TileScheduler {
  /// Records `body` for each tile of the cluster.
  public func forEachTile(
    of grid: TileGrid, _ body: @Sendable (OutputTile) -> Void, file: String = #fileID,
    line: Int = #line
  ) {
    forEachTile(of: grid, file: file, line: line, body)
  }
}

/// How the clusters of a launch come by their tiles.
public enum SchedulerKind: String, Hashable, Sendable, CaseIterable {
  /// As many clusters as tiles: `SingleTileScheduler`.
  case singleTile = "single"

  /// As many clusters as run at a time, which take every so-many-th tile: `PersistentScheduler`.
  case persistent
}

extension SchedulerKind {
  /// Returns the clusters of a launch.
  ///
  /// Where they are persistent, they are the fewest that take no more turns than as many as run at a time:
  /// what is left idle would only wait in the last turn; so it leaves its power to the others.
  ///
  /// - Parameters:
  ///   - tileCount: The output tiles.
  ///   - clusterLimit: The clusters that the device runs at a time.
  /// - Returns: The clusters, at least 1.
  public func clusterCount(tileCount: Int, clusterLimit: Int) -> Int {
    guard tileCount > 0, clusterLimit > 0 else { return 1 }
    switch self {
    case .singleTile: return tileCount
    case .persistent:
      let turns = (tileCount + clusterLimit - 1) / clusterLimit
      return (tileCount + turns - 1) / turns
    }
  }
}
