// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// A page of the documentation: its listings and tables, each with the mark above it.
///
/// A mark is a comment such as `<!-- listing: Sources/…/NaiveMatmul.swift -->`. It names the source
/// of the text that follows, with which tests compare that text.
struct Article: Sendable, CustomTestStringConvertible {
  /// The path from the package's root.
  let path: String

  /// The whole text.
  let text: String

  /// The fenced listings.
  let listings: [Listing]

  /// The tables.
  let tables: [Table]

  /// A mark: its kind, and the rest of its text.
  struct Mark: Sendable, Equatable {
    /// The word before the colon.
    let kind: String
    /// The text after the colon.
    let words: String
  }

  /// A fenced listing.
  struct Listing: Sendable {
    /// The mark above it.
    let mark: Mark?
    /// The language after the fence.
    let language: String
    /// The lines.
    let lines: [String]
    /// The position in the page, for messages.
    let place: String
  }

  /// A table.
  struct Table: Sendable {
    /// The mark above it.
    let mark: Mark?
    /// The cells of the heading.
    let heading: [String]
    /// The cells of each row.
    let rows: [[String]]
    /// The position in the page, for messages.
    let place: String
    /// The number of lines above it.
    let lineIndex: Int

    /// The GPU whose measurements the table shows, as in `<!-- measured on H100: … -->`.
    var gpu: String? {
      guard let kind = mark?.kind, kind.hasPrefix("measured on ") else { return nil }
      return String(kind.dropFirst("measured on ".count))
    }
  }

  /// The path, which identifies the page in failures.
  var testDescription: String { path }

  /// Reads a page.
  init(_ path: String) throws {
    self.path = path
    text = try String(
      contentsOfFile: ToolEnvironment.packageRoot + "/" + path, encoding: .utf8)
    var reader = ArticleReader(path, text)
    reader.read()
    listings = reader.listings
    tables = reader.tables
  }

  /// Replaces the rows of a table in the page by the same number of rows.
  func record(_ rows: [[String]], in table: Table) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (index, row) in rows.enumerated() {
      lines[table.lineIndex + 2 + index] = "| " + row.joined(separator: " | ") + " |"
    }
    let file = URL(fileURLWithPath: ToolEnvironment.packageRoot + "/" + path)
    try Data(lines.joined(separator: "\n").utf8).write(to: file, options: .atomic)
  }

  /// The articles of the ladder.
  static func ladder() throws -> [Article] {
    let directory = "Sources/Tilewright/Tilewright.docc"
    let names = try FileManager.default.contentsOfDirectory(
      atPath: ToolEnvironment.packageRoot + "/" + directory)
    return try names.filter { $0.hasSuffix(".md") }.sorted().map {
      try Article(directory + "/" + $0)
    }
  }
}

/// Reads a page line by line.
private struct ArticleReader {
  /// The path, for messages.
  let path: String
  /// The lines.
  let lines: [String]
  /// The listings so far.
  var listings: [Article.Listing] = []
  /// The tables so far.
  var tables: [Article.Table] = []

  /// Creates a reader of a text.
  init(_ path: String, _ text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Reads to the end.
  mutating func read() {
    var mark: Article.Mark?
    var index = 0
    while index < lines.count {
      let line = lines[index]
      let place = "\(path):\(index + 1)"
      if line.hasPrefix("```") {
        let body = lines[(index + 1)...].prefix { !$0.hasPrefix("```") }
        listings.append(
          Article.Listing(
            mark: mark, language: String(line.dropFirst(3)), lines: Array(body), place: place))
        index += body.count + 1
      } else if line.hasPrefix("|") {
        let body = lines[index...].prefix { $0.hasPrefix("|") }
        // The line after the heading is the rule.
        tables.append(
          Article.Table(
            mark: mark, heading: cells(of: line), rows: body.dropFirst(2).map(cells),
            place: place, lineIndex: index))
        index += body.count - 1
      }
      mark = self.mark(in: line)
      index += 1
    }
  }

  /// Returns the mark in a line, if the line is one.
  private func mark(in line: String) -> Article.Mark? {
    guard line.hasPrefix("<!-- "), line.hasSuffix(" -->") else { return nil }
    let words = line.dropFirst(5).dropLast(4).split(separator: ":", maxSplits: 1)
    return words.first.map { kind in
      Article.Mark(
        kind: String(kind),
        words: words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : "")
    }
  }

  /// Returns the cells of a table's row.
  private func cells(of line: String) -> [String] {
    line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
