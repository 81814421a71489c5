// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

/// A grid read back from the output of `explain`: the drawing itself, not the map it was made from.
struct DrawnGrid {
  /// The cells of each line, without the labels.
  let cells: [[String]]

  /// The labels of the lines.
  let labels: [String]

  /// Draws something without a limit on its size, and reads the grid below a title.
  ///
  /// - Parameters:
  ///   - line: The arguments of `explain`.
  ///   - title: The beginning of the grid's title.
  /// - Throws: If nothing is drawn, or if no grid has the title.
  init(_ line: String, titled title: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let outcome = ToolOutcome(["explain"] + words + ["--width", "100000", "--height", "100000"])
    try #require(outcome.status == 0, "\(line): \(outcome.errorText)")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix(title) }, "\(outcome.output)")
    // The labels of columns follow the title, then lines up to an empty one.
    let body = lines[(start + 2)...].prefix { !$0.isEmpty }
    #expect(!body.contains { $0.contains("…") })
    // Lines between groups have no labels.
    let parts = body.map { $0.split(separator: "│") }.filter { !$0[0].allSatisfy { $0 == " " } }
    labels = parts.map { $0[0].split(separator: " ").joined(separator: " ") }
    cells = parts.map { part in
      part.dropFirst().flatMap { $0.split(separator: " ").map(String.init) }
    }
  }
}
