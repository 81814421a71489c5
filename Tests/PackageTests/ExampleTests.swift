// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// The example that README.md shows: a package of its own, built here as a target.
@Suite struct `A program of a user` {
  @Test func `runs, and finds its results right`() throws {
    let program = try TestBuild().program("ScaleExample")
    let run = try ToolRun(program, arguments: [])
    #expect(run.exitStatus == 0, "\(run.errorText)")
    let lines = String(decoding: run.output, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.last == "y[1] is 2.5, and all 10000 elements are right.")
  }

  @Test func `imports the package's product and nothing else`() throws {
    let sources = try SourceFile.all(under: ["Examples/Scale/Sources"])
    #expect(sources.flatMap(\.imports) == ["Tilewright"])
  }

  @Test(arguments: ["Package.swift", "Sources/Scale/main.swift"])
  func `is shown whole by README.md, but for the license`(name: String) throws {
    let root = ToolEnvironment.packageRoot
    let file = try String(contentsOfFile: root + "/Examples/Scale/" + name, encoding: .utf8)
    let program = file.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("// SPDX-License-Identifier: ") }.joined(separator: "\n")
    let page = try String(contentsOfFile: root + "/README.md", encoding: .utf8)
    #expect(page.contains("```swift\n" + program + "```\n"), "README.md lacks \(name)")
  }
}
