import KernelLanguage

/// Which tile of a grid has which number.
///
/// Tiles with near numbers are computed at about the same time. So they should share what they read, in the
/// second-level cache.
public protocol TileNumbering: Sendable {
  /// Returns the tile with a number below that of the tiles.
  func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile

  /// Records `body` for the tiles with the numbers `start`, `start + step`, … below `count`.
  func forEachTile<Machine: Architecture>(
    from start: DeviceValue<UInt32>, to count: DeviceValue<UInt32>, by step: DeviceValue<UInt32>,
    of grid: TileGrid, _ k: KernelContext<Machine>, _ body: @Sendable (OutputTile) -> Void)
}

extension TileNumbering {
  /// Records a loop that finds each tile when its turn comes.
  public func forEachTile<Machine: Architecture>(
    from start: DeviceValue<UInt32>, to count: DeviceValue<UInt32>, by step: DeviceValue<UInt32>,
    of grid: TileGrid, _ k: KernelContext<Machine>, _ body: @Sendable (OutputTile) -> Void
  ) {
    k.loop(from: start, to: count, by: step) { number in body(tile(number, of: grid, k)) }
  }
}

/// How the tiles of a product are numbered.
public enum TileOrder: String, Hashable, Sendable, CaseIterable {
  /// In bands of rows, down each column of a supergroup: `SupergroupNumbering`.
  case supergroups

  /// Along a curve of Hilbert's kind: `HilbertNumbering`.
  case hilbert
}

/// Numbers tiles in supergroups of some rows, down each column of a supergroup before the next.
///
/// The tiles that are computed at the same time form a block as high as a supergroup.
public struct SupergroupNumbering: TileNumbering {
  /// The rows of a supergroup.
  public let rows: Int

  /// Creates the numbering.
  ///
  /// - `rows`: The rows of a supergroup of tiles, at least 1.
  public init(rows: Int) {
    precondition(rows > 0, "A supergroup has at least one row of tiles.")
    self.rows = rows
  }

  /// Returns the tile with a number.
  public func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile {
    let groupSize = grid.columns * rows
    let group = number / groupSize
    let firstRow = group * rows
    // The last supergroup may have fewer rows.
    let rowsLeft = grid.rows - firstRow
    let groupRows = k.select(rowsLeft < rows, rowsLeft, k.constant(UInt32(rows)))
    let place = number - group * groupSize
    let column = place / groupRows
    return OutputTile(row: firstRow + (place - column * groupRows), column: column)
  }
}
