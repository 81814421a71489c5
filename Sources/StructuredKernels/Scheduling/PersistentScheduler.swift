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

/// One cluster for each tile.
public struct SingleTileScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The numbering of the tiles.
  private let numbering: any TileNumbering

  /// Creates a scheduler.
  public init(_ k: KernelContext<Machine>, _ numbering: any TileNumbering) {
    self.k = k
    self.numbering = numbering
  }

  /// Records `body` once.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.inlined(at: file, line) { body(numbering.tile(k.clusterIndex.x, of: grid, k)) }
  }
}
