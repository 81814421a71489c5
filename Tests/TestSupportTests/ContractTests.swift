// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Testing

@Suite struct ContractTests {
  /// Calls whose message a release build does not print.
  private static let silentCalls = [
    "precondition(", "preconditionFailure(", "assert(", "assertionFailure(",
  ]

  @Test func `a broken contract prints its message in release builds too`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let sources = root.appending(path: "Sources")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var count = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      count += 1
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      for line in lines where !line.drop(while: { $0 == " " }).hasPrefix("//") {
        let words = line.split { !($0.isLetter || $0 == "(") }
        let silent = words.filter { word in Self.silentCalls.contains { word.hasPrefix($0) } }
        #expect(silent.isEmpty, "\(file.lastPathComponent): \(line)")
      }
    }
    #expect(count > 500)
  }
}
