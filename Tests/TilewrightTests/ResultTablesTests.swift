// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// Compares tables of results with the script's output for the files of results.
@Suite struct ResultTablesTests {
  /// The mark before a table, with the name of its file.
  private static let mark = "<!-- results: "

  @Test(arguments: [("Documentation/Performance.md", 4), ("README.md", 1)])
  func `tables of results agree with the files of results`(
    path: String, leastCount: Int
  ) throws {
    let page = ToolEnvironment.packageRoot + "/" + path
    let text = try String(contentsOfFile: page, encoding: .utf8)
    var parts = text.components(separatedBy: Self.mark)
    try #require(parts.count > leastCount)
    for index in parts.indices.dropFirst() {
      let end = try #require(parts[index].range(of: " -->\n"))
      let arguments = parts[index][..<end.lowerBound].split(separator: " ").map(String.init)
      let table = try tabulated(arguments)
      let rest = parts[index][end.upperBound...].drop { $0 == "\n" }
      let lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
      // A table ends at the first blank line.
      let after = lines.drop { $0.hasPrefix("|") || $0.isEmpty }
      parts[index] =
        arguments.joined(separator: " ") + " -->\n\n" + table + "\n"
        + after.joined(separator: "\n")
    }
    let expected = parts.joined(separator: Self.mark)
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try Data(expected.utf8).write(to: URL(fileURLWithPath: page), options: .atomic)
    } else {
      #expect(expected == text, "RECORD_SNAPSHOTS=1 writes what the files say.")
    }
  }

  /// Returns the output of the script.
  private func tabulated(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(
      fileURLWithPath: ToolEnvironment.packageRoot + "/Scripts/tabulate-results")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: ToolEnvironment.packageRoot)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
  }
}
