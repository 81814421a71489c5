// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// An order of the tiles of a grid.
///
/// Tiles with nearby numbers are computed at about the same time, so they should share their
/// operands in L2.
public protocol TileNumbering: Sendable {
  /// Returns the tile with a number, which is less than the number of tiles.
  func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile

  /// Records `body` for the tiles with the numbers `start`, `start + step`, … below `count`.
  func forEachTile<Machine: Architecture>(
    from start: DeviceValue<UInt32>, to count: DeviceValue<UInt32>, by step: DeviceValue<UInt32>,
    of grid: TileGrid, _ k: KernelContext<Machine>, _ body: @Sendable (OutputTile) -> Void)
}

extension TileNumbering {
  /// Records a loop that computes the coordinates of each tile in its iteration.
  public func forEachTile<Machine: Architecture>(
    from start: DeviceValue<UInt32>, to count: DeviceValue<UInt32>, by step: DeviceValue<UInt32>,
    of grid: TileGrid, _ k: KernelContext<Machine>, _ body: @Sendable (OutputTile) -> Void
  ) {
    k.loop(from: start, to: count, by: step) { number in body(tile(number, of: grid, k)) }
  }
}

/// Numbers tiles in supergroups of rows, column by column within each, for reuse in L2 (`GROUP_M`
/// in Triton).
///
/// The tiles that are computed at the same time then form a rectangle with the height of a
/// supergroup.
public struct SupergroupNumbering: TileNumbering, TileOrdering {
  /// The number of rows of tiles of a supergroup.
  public let rows: Int

  /// Creates the numbering.
  ///
  /// - `rows`: The number of rows of tiles of a supergroup, at least 1.
  public init(rows: Int) {
    self.rows = rows
  }

  /// Returns the numbering itself, which has no parameters.
  public func numbering(_ parameters: AddedParameters) -> any TileNumbering { self }

  /// Returns the tile with a number.
  public func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile {
    let isLegal = k.recorder.expect(
      (1...Int(Int32.max)).contains(rows), "a supergroup must have at least one row, not \(rows)"
    )
    let rows = isLegal ? rows : 1
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
