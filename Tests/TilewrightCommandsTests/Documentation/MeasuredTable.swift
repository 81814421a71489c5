import Foundation
import TestSupport
import Testing

/// The table of measured speeds in `Documentation/OnHardware.md`: the one source of such figures.
struct MeasuredTable {
  /// Chip, driver, library, date and commit, as the page has them.
  let conditions: String

  /// The lines of the table.
  let rows: [Row]

  /// A line.
  struct Row: Equatable {
    /// The kernel and the inputs.
    let kernel: String, inputs: String
    /// The rates of ours and of the library's, and their ratio.
    let rate: String, libraryRate: String, share: String

    /// The line as articles have it.
    var cells: [String] { [kernel, inputs, rate, libraryRate, share] }
  }

  /// The heading that such tables have in articles.
  static let heading = ["kernel", "inputs", "TFLOPS", "cuBLASLt", "ours / cuBLASLt"]

  /// Reads the page.
  init() throws {
    let page = try Article("Documentation/OnHardware.md")
    let speed = try #require(page.text.components(separatedBy: "\n## Speed\n").dropFirst().first)
    let paragraph = try #require(speed.components(separatedBy: "\n\n").first { !$0.isEmpty })
    let words = paragraph.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    conditions = try #require(words.components(separatedBy: "; bf16").first)
    let table = try #require(
      page.tables.first { $0.heading.first == "kernel" && $0.heading.contains("inputs") })
    rows = table.rows.map { cells in
      Row(
        kernel: cells[0], inputs: cells[1], rate: cells[3], libraryRate: cells[5],
        share: cells[6])
    }
  }
}
