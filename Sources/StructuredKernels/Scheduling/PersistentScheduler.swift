// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Static persistent scheduling: a cluster computes every Nth tile, where N is the number of
/// clusters.
///
/// A launch has at most as many clusters as run at the same time, so that none waits for another to
/// finish.
public struct PersistentScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The numbering of the tiles.
  private let numbering: any TileNumbering

  /// Creates a scheduler.
  public init(_ k: KernelContext<Machine>, _ numbering: any TileNumbering) {
    self.k = k
    self.numbering = numbering
  }

  /// Records a loop over the cluster's tiles.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.inlined(at: file, line) {
      let count = grid.rows * grid.columns
      numbering.forEachTile(
        from: k.clusterIndex.x, to: count, by: k.clusterCount.x, of: grid, k, body)
    }
  }
}

/// Persistent clusters, each of which computes every Nth tile: `PersistentScheduler`.
public struct PersistentScheduling<Machine: HasTMA & HasClusters>: TileScheduling {
  /// Creates the choice.
  public init() {}

  /// The name in entry names.
  public var name: String { "persistent" }

  /// Returns a summary of how clusters get their tiles.
  public func summary(of kernel: ScheduledKernel) -> String { "persistent" }

  /// Returns the smallest number of clusters that needs no more waves than the limit would.
  ///
  /// More clusters would only idle in the last wave, and without them the others have more power.
  public func clusterCount(of tiles: ScheduledTiles) -> Int {
    guard tiles.count > 0, tiles.clusterLimit > 0 else { return 1 }
    let waves = (tiles.count + tiles.clusterLimit - 1) / tiles.clusterLimit
    return (tiles.count + waves - 1) / waves
  }

  /// Records the scheduler.
  public func scheduler(
    _ k: KernelContext<Machine>, _ parameters: AddedParameters, _ numbering: any TileNumbering,
    kTileCount: DeviceValue<UInt32>, of kernel: ScheduledKernel
  ) -> any TileScheduler<Machine> { PersistentScheduler(k, numbering) }
}
