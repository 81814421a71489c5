/// Who holds each place of something that has rows and columns: filled place by place, then drawn.
struct HolderGrid {
  /// The cells, row by row.
  private var cells: [[Grid.Cell]]

  /// Creates a grid in which nobody holds anything.
  init(rows: Int, columns: Int) {
    cells = Array(repeating: Array(repeating: .nothing, count: columns), count: rows)
  }

  /// Puts a holder to a place.
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

/// Which threads a drawing of registers shows more of.
struct ThreadChoice: Hashable {
  /// The thread whose registers are listed; nil for none.
  var thread: Int?

  /// Returns the ink of what a thread holds: the chosen one alone where there is one.
  func ink(of holder: Int, shade: Int) -> Grid.Cell.Ink {
    guard let thread else { return .shade(shade) }
    return holder == thread ? .shade(0) : .plain
  }
}
