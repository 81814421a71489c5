import KernelLanguage

/// As many clusters as the device runs at a time, each of which takes every so-many-th tile.
///
/// Tiles are numbered in bands of `bandRows` rows, down each column of a band before the next. So the tiles that are
/// computed at the same time form a block, and share what they read in the second-level cache.
public struct PersistentScheduler: TileScheduler {
  /// The rows of a band of tiles.
  public let bandRows: Int

  /// Creates a scheduler.
  ///
  /// - `bandRows`: The rows of a band of tiles, at least 1.
  public init(bandRows: Int) {
    precondition(bandRows > 0, "A band has at least one row of tiles.")
    self.bandRows = bandRows
  }

  /// Records a loop over the cluster's tiles.
  public func forEachTile<Machine: HasClusters>(
    _ k: KernelContext<Machine>, of grid: TileGrid, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.part(calledAt: file, line) {
      let count = grid.rows * grid.columns
      k.loop(from: k.clusterIndex.x, to: count, by: k.clusterCount.x) { number in
        body(tile(number, of: grid, k))
      }
    }
  }

  /// Returns the tile with a number.
  private func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile {
    let bandSize = grid.columns * bandRows
    let band = number / bandSize
    let firstRow = band * bandRows
    // The last band may have fewer rows.
    let rowsLeft = grid.rows - firstRow
    let rows = k.select(rowsLeft < bandRows, rowsLeft, k.constant(UInt32(bandRows)))
    let place = number - band * bandSize
    let column = place / rows
    return OutputTile(row: firstRow + (place - column * rows), column: column)
  }

  /// Returns the fewest clusters that take no more turns than as many as run at a time.
  ///
  /// What is left idle would only wait in the last turn; so it leaves its power to the others.
  public func clusterCount(tileCount: Int, clusterLimit: Int) -> Int {
    guard tileCount > 0, clusterLimit > 0 else { return 1 }
    let turns = (tileCount + clusterLimit - 1) / clusterLimit
    return (tileCount + turns - 1) / turns
  }
}
