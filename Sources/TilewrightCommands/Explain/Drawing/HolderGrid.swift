// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A grid of the holders of the cells of a matrix: filled cell by cell, then drawn.
struct HolderGrid {
  /// The cells, row by row.
  private var cells: [[Grid.Cell]]

  /// Creates an empty grid.
  init(rows: Int, columns: Int) {
    cells = Array(repeating: Array(repeating: .nothing, count: columns), count: rows)
  }

  /// Sets the holder of a cell.
  mutating func put(_ text: String, _ ink: Grid.Cell.Ink, row: Int, column: Int) {
    cells[row][column] = Grid.Cell(text, ink)
  }

  /// Returns the grid.
  func grid(
    _ title: String, corner: String, rowLabels: [String], columnLabels: [String]? = nil,
    columnGroup: Int, rowGroup: Int
  ) -> Grid {
    let columns = columnLabels ?? (cells.first ?? []).indices.map(String.init)
    return Grid(
      title, corner: corner, columns: columns,
      lines: zip(rowLabels, cells).map { Grid.Line($0, $1) }, columnGroup: columnGroup,
      lineGroup: rowGroup)
  }
}

/// The threads that a drawing of registers shows in detail.
struct ThreadChoice: Hashable {
  /// The thread whose registers are listed; nil for none.
  var thread: Int?

  /// Returns the ink of a cell by its holder: only the chosen thread's cells are coloured, if there
  /// is one.
  func ink(of holder: Int, shade: Int) -> Grid.Cell.Ink {
    guard let thread else { return .shade(shade) }
    return holder == thread ? .shade(0) : .plain
  }
}
