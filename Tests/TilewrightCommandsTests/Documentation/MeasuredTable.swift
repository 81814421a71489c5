// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// A GPU's table of measured speeds in `Documentation/OnHardware.md`, the only source of figures.
struct MeasuredTable {
  /// The chip, driver, library, date and commit as the page states them.
  let conditions: String

  /// The rows of the table.
  let rows: [Row]

  /// A row.
  struct Row: Equatable {
    /// The kernel.
    let kernel: String
    /// The rates of the kernel and of the library, and their ratio.
    let rate: String, libraryRate: String, ratio: String

    /// Returns the row's cell in a column of an article's table; nil if the measured table has no
    /// such column.
    func cell(under heading: String) -> String? {
      switch heading {
      case "kernel": kernel
      case "TFLOPS": rate
      case "cuBLASLt": libraryRate
      case "ours / cuBLASLt", "of cuBLASLt": ratio
      default: nil
      }
    }
  }

  /// Reads the page.
  ///
  /// - Parameter gpu: The GPU in the heading of the table's section, such as `H100`.
  /// - Throws: If the page has no such section, or if the section has no such table.
  init(of gpu: String) throws {
    let page = try Article("Documentation/OnHardware.md")
    let title = "\n### \(gpu): the ladder at 4096³\n"
    let parts = page.text.components(separatedBy: title)
    try #require(parts.count == 2, "\(page.path) has no section of \(gpu)")
    let paragraph = try #require(
      parts[1].components(separatedBy: "\n\n").first { !$0.isEmpty })
    let words = paragraph.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    conditions = try #require(words.components(separatedBy: "; bf16").first)
    let heading = ["step", "kernel", "ours", "TFLOPS", "cuBLASLt", "TFLOPS", "ours / cuBLASLt"]
    let lineCount = parts[0].count { $0 == "\n" }
    let table = try #require(
      page.tables.first { $0.heading == heading && $0.lineIndex > lineCount })
    rows = table.rows.map { cells in
      Row(kernel: cells[1], rate: cells[3], libraryRate: cells[5], ratio: cells[6])
    }
  }

  /// Returns the rows that an article's table must have.
  ///
  /// - Parameters:
  ///   - kernels: The kernels of its rows.
  ///   - table: The table, for its columns and for cells without figures.
  /// - Returns: The rows.
  /// - Throws: If a kernel was not measured.
  func rows(of kernels: [String], as table: Article.Table) throws -> [[String]] {
    try kernels.enumerated().map { index, kernel in
      let measured = try #require(
        rows.first { $0.kernel == kernel }, "\(table.place): \(kernel) was not measured")
      return table.heading.enumerated().map { column, heading in
        let own = index < table.rows.count ? table.rows[index][column] : ""
        return measured.cell(under: heading) ?? own
      }
    }
  }
}
