// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests that articles are true: listings are compiled and run, consoles show the tool's output,
/// counters are counted, and measured figures are those of one page.
@Suite struct ArticleTests {
  @Test(arguments: try Article.ladder())
  func `every listing and table says where it is from`(article: Article) throws {
    let kinds = ["swift": ["listing", "refused"], "ptx": ["ptx"], "text": ["report", "errors"]]
    for listing in article.listings where listing.language != "console" {
      let kind = try #require(listing.mark?.kind, "\(listing.place)")
      #expect(kinds[listing.language]?.contains(kind) == true, "\(listing.place)")
    }
    for table in article.tables {
      let kind = try #require(table.mark?.kind, "\(table.place)")
      #expect(["counters", "terms"].contains(kind) || table.gpu != nil, "\(table.place)")
      // A table of terms has no figures, as no test would check them.
      guard kind == "terms" else { continue }
      for cell in table.rows.joined() {
        let prose = cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
          .filter { $0.offset % 2 == 0 }.map(\.element).joined()
        #expect(!prose.contains { $0.isNumber }, "\(table.place): \(cell)")
      }
    }
  }

  @Test(arguments: try Article.ladder() + [Article("README.md")])
  func `reports are those that tests record`(article: Article) throws {
    for listing in article.listings where listing.mark?.kind == "report" {
      let path = try #require(listing.mark?.words)
      let report = try lines(ofFile: path)
      // Pages wrap the lines of reports.
      #expect(words(listing.lines) == words(report), "\(listing.place): \(path) has another report")
    }
  }

  @Test(arguments: try Article.ladder())
  func `the compiler refuses what the articles claim, in those words`(article: Article) throws {
    for (listing, answer) in zip(article.listings, article.listings.dropFirst())
    where listing.mark?.kind == "refused" {
      #expect(answer.mark?.kind == "errors", "\(listing.place) has no errors below it")
      let source = listing.lines.joined(separator: "\n")
      let report = try compile(source, importing: ["Tilewright"])
      #expect(report.errors.map(\.description) == answer.lines, "\(answer.place): \(report.log)")
    }
  }

  /// Returns the words of some lines.
  private func words(_ lines: [String]) -> [Substring] {
    lines.joined(separator: " ").split(separator: " ")
  }

  @Test(arguments: try Article.ladder() + [Article("README.md")])
  func `listings stand in sources that are compiled and run`(article: Article) throws {
    let places = try KernelPlaces()
    for listing in article.listings where listing.mark?.kind == "listing" {
      let path = try #require(listing.mark?.words)
      let source = try lines(ofFile: path)
      let excerpt = try #require(
        Excerpt(listing.lines, in: source), "\(listing.place) is not in \(path)")
      let listed = excerpt.ranges.flatMap { $0.map { $0 + 1 } }
      if path.hasPrefix("Tests/") {
        // In a test's own source the listing must be in the body of a test.
        let test = source[..<excerpt.ranges[0].lowerBound].last { $0.hasPrefix("  @Test ") }
        #expect(test != nil, "\(listing.place): \(path) has no test there")
      } else {
        // In a kernel's source some kernel of the library must have instructions from these lines.
        #expect(
          listed.contains { places.contain($0, ofFile: path) },
          "\(listing.place): no kernel of the library has an instruction from there")
      }
    }
  }

  @Test(arguments: try Article.ladder() + [Article("README.md")])
  func `consoles show what the tool prints`(article: Article) {
    for listing in article.listings where listing.language == "console" {
      var rest = listing.lines[...]
      #expect(rest.first?.hasPrefix("$ tilewright ") == true, "\(listing.place)")
      while let command = rest.popFirst() {
        let shown = Array(rest.prefix { !$0.hasPrefix("$ ") })
        rest = rest.dropFirst(shown.count)
        let words = command.split(separator: " ").dropFirst(2).map(String.init)
        let outcome = ToolOutcome(words)
        #expect(outcome.status == 0, "\(listing.place): \(command): \(outcome.errorText)")
        let printed = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
          .map(String.init).dropLast()
        #expect(
          Excerpt(shown, in: Array(printed), isWhole: true) != nil,
          "\(listing.place): \(command) prints\n\(outcome.output)")
      }
    }
  }

  @Test(arguments: try Article.ladder())
  func `ptx listings are what kernels are made of`(article: Article) throws {
    for listing in article.listings where listing.language == "ptx" {
      let words = try #require(listing.mark?.words).split(separator: " ").map(String.init)
      let text = ToolOutcome(["ptx"] + words + ["--plain"]).output
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      #expect(Excerpt(listing.lines, in: lines) != nil, "\(listing.place)")
    }
  }

  @Test(arguments: try Article.ladder())
  func `counters are what the simulator counts`(article: Article) throws {
    var article = article
    let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1"
    for table in article.tables where table.mark?.kind == "counters" {
      let counted = try counted(table)
      if isRecording {
        // Tables keep their size, and so the positions of the tables after them.
        try article.record(counted, in: table)
        article = try Article(article.path)
      } else {
        #expect(table.rows == counted, "\(table.place): RECORD_SNAPSHOTS=1 writes what is counted")
      }
    }
  }

  /// Returns the rows that a table of counters must have.
  private func counted(_ table: Article.Table) throws -> [[String]] {
    let options = try #require(table.mark?.words).split(separator: " ").map(String.init)
    var rows = table.rows.map { [$0[0]] }
    for kernel in table.heading.dropFirst() {
      let object = try ToolOutcome(
        ["matmul", "--device", "simulator", "--kernel", kernel, "--json"] + options
      ).object()
      let counters = try #require(object["counters"] as? [String: Any])
      for index in rows.indices {
        let name = rows[index][0]
        let number = try #require(count(name, in: counters), "\(table.place): \(name)")
        rows[index].append(grouped(number))
      }
    }
    return rows
  }

  /// Returns a count by its name in the tables; nil if there is none.
  private func count(_ name: String, in counters: [String: Any]) -> Int? {
    /// Returns the sum of a group of counters.
    func sum(_ key: String) -> Int? {
      (counters[key] as? [String: Int]).map { $0.values.reduce(0, +) }
    }
    switch name {
    case "instructions of warps": return sum("instructions")
    case "bank conflicts": return sum("bankConflicts")
    case "multiply-adds of the tensor cores": return counters["tensorOperations"] as? Int
    default: break
    }
    let parts = name.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty else { return nil }
    let word = String(parts[1])
    switch parts[2] {
    case "": return (counters["instructions"] as? [String: Int])?[word] ?? 0
    case " bytes": return (counters["bytes"] as? [String: Int])?[word] ?? 0
    default: return nil
    }
  }

  @Test(arguments: try Article.ladder() + [Article("README.md")])
  func `measured figures are those of the page of measurements`(article: Article) throws {
    for table in article.tables {
      guard let gpu = table.gpu else { continue }
      let measured = try MeasuredTable(of: gpu)
      let kernels = try #require(table.mark?.words).split(separator: " ").map(String.init)
      #expect(!kernels.isEmpty && table.heading.contains("TFLOPS"), "\(table.place)")
      #expect(table.rows == (try measured.rows(of: kernels, as: table)), "\(table.place)")
      // The README links to the page with the conditions; articles state them.
      guard article.path != "README.md" else { continue }
      let words = article.text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
      #expect(words.contains(measured.conditions), "\(table.place): \(measured.conditions)")
    }
  }

  @Test func `an article stands for each step that has a kernel`() throws {
    let text = try Article.ladder().map(\.text).joined(separator: "\n")
    let kernels = ToolOutcome(["kernels", "--json"]).output
    let value = try JSONSerialization.jsonObject(with: Data(kernels.utf8))
    let steps = Set(try #require(value as? [[String: Any]]).compactMap { $0["step"] as? Int })
    for step in steps {
      #expect(text.contains("# Step \(step): "), "Step \(step) has no article.")
    }
  }

  /// Returns the lines of a file of the package.
  private func lines(ofFile path: String) throws -> [String] {
    try String(contentsOfFile: ToolEnvironment.packageRoot + "/" + path, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func `an excerpt is found with its gaps, and only where it is`() {
    let text = ["a", "  b", "    c", "", "  d", "e", "f"]
    #expect(Excerpt(["b", "  c", "", "d"], in: text)?.ranges == [1..<5])
    #expect(Excerpt(["a", "// …", "e"], in: text)?.ranges == [0..<1, 5..<6])
    #expect(Excerpt(["b", "c"], in: text) == nil)
    #expect(Excerpt(["e", "…", "a"], in: text) == nil)
    #expect(Excerpt(["x"], in: text) == nil)
    #expect(Excerpt(["a", "…", "f"], in: text, isWhole: true) != nil)
    #expect(Excerpt(["a", "…"], in: text, isWhole: true) != nil)
    #expect(Excerpt(["…", "f"], in: text, isWhole: true) != nil)
    #expect(Excerpt(["a", "…", "e"], in: text, isWhole: true) == nil)
    #expect(Excerpt(["  b", "…"], in: text, isWhole: true) == nil)
    #expect(Excerpt(["a", "  b"], in: text, isWhole: true) == nil)
  }
}

/// The lines of sources from which instructions of the library's kernels come.
private struct KernelPlaces {
  /// The places, as `module/file:line`.
  private var places: Set<String> = []

  /// Reads the texts of all kernels.
  init() throws {
    let listed = ToolOutcome(["kernels", "--json"]).output
    let value = try JSONSerialization.jsonObject(with: Data(listed.utf8))
    for kernel in try #require(value as? [[String: Any]]) {
      let name = try #require(kernel["name"] as? String)
      for target in try #require(kernel["targets"] as? [String]) {
        read(ToolOutcome(["ptx", name, "--target", target]).output)
      }
    }
    // Configurations that the library chooses only for some products.
    for settings in ["", "scheduler=splitk", "deferredStores=true"] {
      let name = settings.isEmpty ? "structured" : "structured:" + settings
      let extents = ["-m", "4096", "-n", "4096", "-k", "4096"]
      read(ToolOutcome(["ptx", name, "--target", "hopper"] + extents).output)
    }
  }

  /// Adds the places in a text.
  private mutating func read(_ text: String) {
    var files: [Substring: String] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.first == ".file", words.count == 3 {
        files[words[1]] = words[2].trimmingCharacters(in: ["\""])
      } else if words.first == ".loc", words.count > 2, let file = files[words[1]] {
        places.insert("\(file):\(words[2])")
      }
    }
  }

  /// Returns whether some instruction comes from a line of a file, given its path in the package.
  func contain(_ line: Int, ofFile path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard parts.count > 2, let name = parts.last else { return false }
    return places.contains("\(parts[1])/\(name):\(line)")
  }
}
