// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A picture of something that has lines and columns: labelled cells in groups.
struct Grid: Hashable {
  /// One cell.
  struct Cell: Hashable {
    /// The appearance of a cell on a terminal.
    enum Ink: Hashable {
      /// Like ordinary text.
      case plain
      /// On the ground of a number: what belongs together has one.
      case shade(Int)
      /// Something is wrong here.
      case alarming
      /// Nothing is here.
      case faint
    }

    /// The text.
    var text: String
    /// The appearance.
    var ink: Ink

    /// Creates a cell.
    init(_ text: String, _ ink: Ink = .plain) {
      self.text = text
      self.ink = ink
    }

    /// A cell in which nothing is.
    static let nothing = Cell("·", .faint)
  }

  /// A labelled line of cells.
  struct Line: Hashable {
    /// The label before the cells.
    var label: String
    /// The cells, one for each column.
    var cells: [Cell]

    /// Creates a line.
    init(_ label: String, _ cells: [Cell]) {
      self.label = label
      self.cells = cells
    }
  }

  /// The title, a sentence without a full stop.
  var title: String

  /// The text in the corner, above the labels of lines.
  var corner: String

  /// The labels of the columns.
  var columns: [String]

  /// The lines.
  var lines: [Line]

  /// The columns that belong together, from the left.
  var columnGroup: Int

  /// The lines that belong together, from the top.
  var lineGroup: Int

  /// Creates a grid.
  init(
    _ title: String, corner: String, columns: [String], lines: [Line], columnGroup: Int? = nil,
    lineGroup: Int? = nil
  ) {
    self.title = title
    self.corner = corner
    self.columns = columns
    self.lines = lines
    self.columnGroup = columnGroup ?? columns.count
    self.lineGroup = lineGroup ?? lines.count
  }
}
