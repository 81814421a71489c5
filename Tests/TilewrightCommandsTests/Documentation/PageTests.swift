// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// Tests of all pages: links lead somewhere, and terms are those of the glossary.
@Suite struct PageTests {
  /// The pages outside the articles, and the articles.
  private static func pages() throws -> [Article] {
    let documentation = try FileManager.default.contentsOfDirectory(
      atPath: ToolEnvironment.packageRoot + "/Documentation"
    ).filter { $0.hasSuffix(".md") }.map { "Documentation/" + $0 }
    let paths = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] + documentation
    return try paths.sorted().map { try Article($0) } + Article.ladder()
  }

  @Test(arguments: try pages())
  func `links lead to files and headings`(page: Article) throws {
    for match in page.prose.matches(of: #/\]\(([^)\s]+)\)/#) {
      let target = String(match.1)
      guard !target.contains("://") else { continue }
      let parts = target.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
      let directory = (page.path as NSString).deletingLastPathComponent
      let path =
        parts[0].isEmpty ? page.path : (directory as NSString).appendingPathComponent(parts[0])
      let file = (ToolEnvironment.packageRoot + "/" + path as NSString).standardizingPath
      #expect(FileManager.default.fileExists(atPath: file), "\(page.path): \(target)")
      guard parts.count > 1 else { continue }
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(anchors(in: text).contains(parts[1]), "\(page.path): \(target)")
    }
  }

  /// Returns the anchors of a Markdown page's headings.
  private func anchors(in text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
      heading.drop { $0 == "#" || $0 == " " }.lowercased()
        .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
        .replacing(" ", with: "-")
    }
  }

  /// Terms that the glossary replaces, with their replacements.
  private static let replaced = [
    ("copy engine", "TMA"), ("second-level cache", "L2"), ("multiprocessors", "SMs"),
    ("vendor's library", "cuBLASLt"), ("of one piece", "monolithic"), ("so-many-th", "every Nth"),
    ("equally many", "the same number of"), ("for ever", "forever"), ("hangs on", "depends on"),
    ("greatest", "largest"), ("pairs of blocks", "CTA pairs"),
  ]

  @Test(arguments: try pages())
  func `pages use the words of the glossary`(page: Article) {
    let words = page.prose.lowercased().split { !($0.isLetter || $0 == "-" || $0 == "'") }
    let prose = " " + words.joined(separator: " ") + " "
    for (word, standard) in Self.replaced {
      let isThere = prose.contains(" " + word + " ")
      #expect(!isThere, "\(page.path) says '\(word)'; write '\(standard)'.")
    }
  }
}

extension Article {
  /// The text outside listings and code spans.
  fileprivate var prose: String {
    text.replacing(#/(?ms)^```.*?^```/#, with: "").replacing(#/`[^`\n]*`/#, with: "")
  }
}
