// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// Tests of the claims about the sources on the page on block scales.
@Suite struct BlockScalesPageTests {
  /// Returns a module's Swift files whose paths contain one of the words.
  private func files(of module: String, withWords words: [String]) throws -> [String] {
    let directory = "Sources/" + module
    let names = try FileManager.default.subpathsOfDirectory(
      atPath: ToolEnvironment.packageRoot + "/" + directory)
    return names.filter { name in
      name.hasSuffix(".swift") && words.contains { name.contains($0) }
    }.map { directory + "/" + $0 }
  }

  /// Returns the lines of a file that are neither blank nor a comment alone.
  private func lineCount(ofFile path: String) throws -> Int {
    let text = try String(
      contentsOfFile: ToolEnvironment.packageRoot + "/" + path, encoding: .utf8)
    return text.split(separator: "\n").count { line in
      let content = line.drop { $0 == " " }
      return !content.isEmpty && !content.hasPrefix("//")
    }
  }

  @Test func `the lines that block scales added are counted`() throws {
    let page = try Article("Documentation/BlockScales.md")
    let table = try #require(page.tables.first { $0.heading == ["part", "file", "lines"] })
    let rows = table.rows.dropLast()
    // Exactly the files that concern scales are listed.
    let scaled = ["Scaled", "ScaleFactor", "BlockScale"]
    let expected =
      try files(of: "StructuredKernels", withWords: scaled)
      .filter { !$0.hasSuffix("Epilogues/Scaled.swift") }
      + files(of: "KernelLibrary", withWords: scaled)
      + files(of: "TileLayout", withWords: ["ScaleFactorLayout+"])
    #expect(Set(rows.map { $0[1] }) == Set(expected))
    let counts = try rows.map { try lineCount(ofFile: $0[1]) }
    let sum = counts.reduce(0, +)
    let counted =
      zip(rows, counts).map { [$0[0], $0[1], "\($1)"] } + [["in all", "", "\(sum)"]]
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try page.record(counted, in: table)
    } else {
      #expect(table.rows == counted)
    }

    // The command on the page prints the same counts.
    let run = try ToolRun(
      ToolEnvironment.packageRoot + "/Scripts/count-lines",
      arguments: rows.map { ToolEnvironment.packageRoot + "/" + $0[1] })
    let printed = String(decoding: run.output, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: " ").first.flatMap { Int($0) }
    }
    #expect(printed == counts + [sum])
    let command = try #require(
      page.text.range(of: #"(?s)\nScripts/count-lines .*?\n```"#, options: .regularExpression))
    let shell = try ToolRun(
      "/bin/bash",
      arguments: [
        "-c",
        "cd '\(ToolEnvironment.packageRoot)' && " + page.text[command].dropLast(4),
      ])
    let last = String(decoding: shell.output, as: UTF8.self).split(separator: "\n").last ?? ""
    #expect(last.trimmingCharacters(in: .whitespaces) == "\(sum)  in all", "\(shell.errorText)")
  }

  @Test func `pipeline, roles and schedulers know nothing of scales`() throws {
    let shared =
      try files(of: "StructuredKernels", withWords: ["Roles/", "Scheduling/", "Rings/"])
      .filter { !$0.contains("Scaled") }
    #expect(shared.count > 10)
    for path in shared {
      let text = try String(
        contentsOfFile: ToolEnvironment.packageRoot + "/" + path, encoding: .utf8)
      #expect(!text.lowercased().contains("scale"), "\(path)")
    }
  }
}
