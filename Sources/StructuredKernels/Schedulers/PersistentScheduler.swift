import KernelLanguage

/// As many clusters as the device runs at a time, each of which takes every so-many-th tile.
///
/// A launch has no more clusters than run at the same time, so that none waits for another to end.
public struct PersistentScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Which tile has which number.
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

/// As many clusters as tiles, each of which computes the one that has its number.
public struct SingleTileScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Which tile has which number.
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
