// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Grid {
  /// Returns the grid as text: its title, its cells, and what was left out.
  func text(_ style: DrawingStyle) -> String {
    let layout = GridLayout(self, style)
    let head = [String(title.wrapped(at: style.width).dropLast()), layout.heading]
    let body = layout.lineElision.shown.flatMap { index -> [String] in
      guard let index else { return [layout.mark] }
      let isLast = index == lines.count - 1
      let endsGroup = (index + 1) % lineGroup == 0 && !isLast
      return [layout.text(of: lines[index])] + (endsGroup ? [layout.rule] : [])
    }
    return (head + body + layout.notes).map { $0 + "\n" }.joined()
  }
}

/// The positions of the columns and lines of a grid in text.
private struct GridLayout {
  /// The grid.
  let grid: Grid
  /// The style.
  let style: DrawingStyle
  /// The characters of the longest label.
  let labelWidth: Int
  /// The characters of a cell.
  let cellWidth: Int
  /// The columns that are shown.
  let columnElision: Elision
  /// The lines that are shown.
  let lineElision: Elision

  /// Computes the layout.
  init(_ grid: Grid, _ style: DrawingStyle) {
    self.grid = grid
    self.style = style
    labelWidth = ([grid.corner] + grid.lines.map(\.label)).map(\.count).max() ?? 0
    let texts = grid.columns + grid.lines.flatMap { $0.cells.map(\.text) }
    let widest = texts.map(\.count).max() ?? 0
    cellWidth = widest
    let free = style.width - labelWidth - 2
    var room = 0
    while room < grid.columns.count,
      GridLayout.width(columns: room + 1, cell: widest, group: grid.columnGroup) <= free
    { room += 1 }
    columnElision = Elision(of: grid.columns.count, room: room)
    lineElision = Elision(
      of: grid.lines.count, room: style.height, group: grid.lineGroup)
  }

  /// Returns the characters that columns take, with a bar before each group.
  private static func width(columns: Int, cell: Int, group: Int) -> Int {
    let bars = (columns + group - 1) / group
    return columns * (cell + 1) + 2 * bars
  }

  /// The line of labels above the columns.
  var heading: String {
    line(grid.corner) { index in Grid.Cell(index.map { grid.columns[$0] } ?? "…") }
  }

  /// Returns a line of cells.
  func text(of line: Grid.Line) -> String {
    self.line(line.label) { index in index.map { line.cells[$0] } ?? Grid.Cell("…") }
  }

  /// The line that stands for those left out.
  var mark: String { line("…") { _ in Grid.Cell("…") } }

  /// The line between groups.
  var rule: String { line("") { _ in Grid.Cell("") } }

  /// Notes on omitted columns and lines.
  var notes: [String] {
    var notes: [String] = []
    if columnElision.isNeeded {
      let columns = grid.columns.count
      let needed =
        labelWidth + 2
        + GridLayout.width(columns: columns, cell: cellWidth, group: grid.columnGroup)
      notes.append(
        "… \(columnElision.hiddenCount) of \(columns) columns are omitted; --width \(needed) shows all"
      )
    }
    if lineElision.isNeeded {
      notes.append(
        """
        … \(lineElision.hiddenCount) of \(grid.lines.count) lines are omitted; --height \
        \(grid.lines.count) shows all
        """)
    }
    return notes.map { style.isColored ? Palette.faint("  " + $0) : "  " + $0 }
  }

  /// Returns a line of the grid.
  private func line(_ label: String, cell: (Int?) -> Grid.Cell) -> String {
    var text = "  " + padded(label, to: labelWidth)
    for index in columnElision.shown {
      let beginsGroup = (index ?? columnElision.headCount) % grid.columnGroup == 0
      text += beginsGroup ? " │ " : " "
      text += ink(cell(index))
    }
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  /// Returns a cell in its colours, as wide as all.
  private func ink(_ cell: Grid.Cell) -> String {
    let text = padded(cell.text, to: cellWidth)
    guard style.isColored, !cell.text.isEmpty else { return text }
    switch cell.ink {
    case .plain: return text
    case .shade(let shade): return Palette.shaded(text, shade)
    case .alarming: return Palette.alarming(text)
    case .faint: return Palette.faint(text)
    }
  }

  /// Returns a text padded with spaces.
  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
