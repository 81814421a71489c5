// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The assignment of output tiles to clusters.
///
/// Each role iterates on its own, and all roles get the same tiles in the same order.
public protocol TileScheduler<Machine>: Sendable {
  /// The architecture of the kernel.
  associatedtype Machine: HasTMA & HasClusters

  /// The roles of the scheduler itself.
  var roles: [Role] { get }

  /// Initializes the scheduler's barriers; one thread of the block does it, and then fences.
  func initialize()

  /// Records `body` for each tile of the cluster.
  ///
  /// - `reader`: The threads that call it.
  func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void)
}

/// The threads that ask a scheduler for tiles together.
public enum SchedulerClient: Sendable {
  /// Whole warps.
  case warps

  /// One thread of a warp.
  case thread

  /// The thread of each block that loads: when it starts a tile, the next may be requested.
  case loadingThread
}

extension TileScheduler {
  /// No roles: each role computes its own tiles.
  public var roles: [Role] { [] }

  /// Does nothing, since there are no barriers.
  public func initialize() {}

  /// Records `body` for each tile of the cluster.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient = .warps, _ body: @Sendable (OutputTile) -> Void,
    file: String = #fileID, line: Int = #line
  ) {
    forEachTile(of: grid, as: reader, file: file, line: line, body)
  }
}

/// The scheduler that assigns tiles to the clusters of a launch.
public enum SchedulerKind: String, Hashable, Sendable, CaseIterable {
  /// One cluster for each tile: `SingleTileScheduler`.
  case singleTile = "single"

  /// Persistent clusters, each of which computes every Nth tile: `PersistentScheduler`.
  case persistent

  /// Cluster launch control (CLC): running clusters cancel pending ones and take their tiles:
  /// `LaunchControlScheduler`.
  case launchControl = "launchcontrol"

  /// Persistent clusters that split the tiles of the last wave along k: `SplitKScheduler`.
  case splitK = "splitk"
}

extension SchedulerKind {
  /// Returns the number of clusters of a launch that splits no tile.
  ///
  /// With persistent clusters it is the smallest number that needs no more waves than the limit
  /// would: more clusters would only idle in the last wave, and without them the others have more
  /// power.
  ///
  /// - Parameters:
  ///   - tileCount: The number of output tiles.
  ///   - clusterLimit: The number of clusters that the device runs at the same time.
  /// - Returns: The number of clusters, at least 1.
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
