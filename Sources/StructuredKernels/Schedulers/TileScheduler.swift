import KernelLanguage

/// Which output tile a cluster computes next.
///
/// Every role asks for itself, and all get the same tiles in the same order.
public protocol TileScheduler<Machine>: Sendable {
  /// The architecture of the kernel.
  associatedtype Machine: HasTMA & HasClusters

  /// The roles that the scheduler itself needs.
  var roles: [Role] { get }

  /// Initializes the scheduler's barriers; one thread of the block does it, and then fences.
  func initialize()

  /// Records `body` for each tile of the cluster.
  ///
  /// - `reader`: Who asks.
  func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void)
}

/// Who asks a scheduler for tiles.
public enum SchedulerClient: Sendable {
  /// The warps of a role, all lanes of which come together.
  case warps

  /// One thread of a warp.
  case thread

  /// The one thread of each block that loads: where it begins a tile, the next may be asked for.
  case loadingThread
}

extension TileScheduler {
  /// None: every role finds its tiles itself.
  public var roles: [Role] { [] }

  /// Does nothing: there are no barriers.
  public func initialize() {}

  /// Records `body` for each tile of the cluster.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient = .warps, _ body: @Sendable (OutputTile) -> Void,
    file: String = #fileID, line: Int = #line
  ) {
    forEachTile(of: grid, as: reader, file: file, line: line, body)
  }
}

/// How the clusters of a launch come by their tiles.
public enum SchedulerKind: String, Hashable, Sendable, CaseIterable {
  /// As many clusters as tiles: `SingleTileScheduler`.
  case singleTile = "single"

  /// As many clusters as run at a time, which take every so-many-th tile: `PersistentScheduler`.
  case persistent

  /// As many clusters as tiles, of which those that run take over others: `LaunchControlScheduler`.
  case launchControl = "launchcontrol"

  /// As many clusters as run at a time, which share the tiles of the last turn in parts along k: `SplitKScheduler`.
  case splitK = "splitk"
}

extension SchedulerKind {
  /// Returns the clusters of a launch that splits no tile.
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
    case .singleTile, .launchControl: return tileCount
    case .splitK: return min(clusterLimit, tileCount)
    case .persistent:
      let turns = (tileCount + clusterLimit - 1) / clusterLimit
      return (tileCount + turns - 1) / turns
    }
  }
}
