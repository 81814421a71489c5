// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// Lines of a report for a person: what it is in one column, how it is in the next.
struct Table {
  /// The lines.
  fileprivate var rows: [(name: String, value: String)] = []

  /// Creates a table without lines.
  init() {}

  /// Adds a line; one without a name continues the last.
  mutating func add(_ name: String, _ value: String) { rows.append((name, value)) }

  /// The lines, their second column in line.
  var text: String {
    let width = rows.map(\.name.count).max() ?? 0
    return rows.map { row in
      let padding = String(repeating: " ", count: width - row.name.count + 2)
      return row.name + padding + row.value + "\n"
    }.joined()
  }
}

extension Table {
  /// Returns the lines, their second column in line and broken at spaces where it is too long.
  func text(width: Int) -> String {
    let nameWidth = (rows.map(\.name.count).max() ?? 0) + 2
    return rows.map { row in
      let padding = String(repeating: " ", count: nameWidth - row.name.count)
      return row.name + padding + row.value.wrapped(at: width, indentation: nameWidth)
    }.joined()
  }
}

/// A table of several columns, the first line its heading.
struct Columns {
  /// The cells, line by line.
  private var rows: [[String]] = []

  /// Creates a table with a heading.
  init(_ heading: String...) { rows = [heading] }

  /// Creates a table with a heading of as many cells as there are.
  init(cells heading: [String]) { rows = [heading] }

  /// Adds a line.
  mutating func add(_ cells: String...) { rows.append(cells) }

  /// Adds a line of as many cells as there are.
  mutating func add(cells: [String]) { rows.append(cells) }

  /// The lines, every column as wide as its widest cell.
  var text: String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}

/// Returns a count with its digits in threes: `1 234 567`.
func grouped(_ count: some BinaryInteger) -> String {
  var groups: [Substring] = []
  var digits = Substring(String(count))
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits = digits.dropLast(3)
  }
  return ([digits] + groups).joined(separator: " ")
}

/// Returns a time in the unit that suits it, with three digits.
func duration(_ value: Double) -> String {
  let (scaled, unit) =
    if value >= 1 { (value, "s") } else if value >= 1e-3 { (value * 1e3, "ms") } else {
      (value * 1e6, "µs")
    }
  let digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2
  return String(format: "%.\(digits)f \(unit)", scaled)
}
