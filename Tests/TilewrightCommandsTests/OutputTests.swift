// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of reports and files that cannot be written.
@Suite struct OutputTests {
  /// Command lines of every command, and those that the argument parser answers itself.
  static let commandLines = [
    "kernels", "kernels --json", "devices", "devices --json", "ptx scale", "describe scale",
    "describe scale --json", "explain", "explain --json", "explain swizzle", "explain box --json",
    "explain core-matrices", "explain tensor-memory", "explain tcgen05.ld", "explain tcgen05.st",
    "explain wgmma", "explain wgmma --operand a", "explain ldmatrix", "explain stmatrix",
    "explain distribute", "explain naive",
    "matmul --device simulator --kernel naive -m 8 -n 8 -k 8",
    "matmul --device simulator --kernel naive -m 8 -n 8 -k 8 --json",
    "conformance --device simulator --random 1", "conformance --device simulator --random 1 --json",
    "--help", "help matmul", "--version", "",
  ]

  /// Runs a command line where standard output fails.
  private func run(_ line: String, failing error: OutputError) -> (status: Int32, text: String) {
    let text = Mutex("")
    let console = Console(
      write: { _ throws(OutputError) in throw error },
      writeError: { more in text.withLock { $0 += more } })
    let words = line.split(separator: " ").map(String.init)
    return (Tool.run(arguments: words, console: console), text.withLock { $0 })
  }

  @Test(arguments: commandLines)
  func `a report that cannot be written is one line of error, and status 2`(line: String) {
    let (status, text) = run(line, failing: .refused(reason: "No space left on device"))
    #expect(status == 2)
    #expect(text == "Error: The standard output cannot be written: No space left on device.\n")
  }

  @Test(arguments: commandLines)
  func `without a reader the tool ends silently`(line: String) {
    let (status, text) = run(line, failing: .closedPipe)
    #expect(status == 141)
    #expect(text.isEmpty)
  }

  @Test func `a text is written whole, and the system's refusal is reported`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([], to: "text")
    let descriptor = open(path, O_WRONLY)
    let text = String(repeating: "x", count: 1 << 20)
    try writeText(text, to: descriptor)
    close(descriptor)
    #expect(try directory.read("text").count == 1 << 20)
    let readOnly = open(path, O_RDONLY)
    #expect(throws: OutputError.refused(reason: "Bad file descriptor")) {
      try writeText("x", to: readOnly)
    }
    close(readOnly)
  }

  @Test func `of several files none is left if one cannot be written`() throws {
    let directory = try TemporaryDirectory()
    let (first, second) = (directory.file("first"), directory.file("second"))
    let outputs = try OutputFiles([first, second])
    // A directory replaces the first file after the check.
    try FileManager.default.createDirectory(
      atPath: first, withIntermediateDirectories: false)
    #expect(throws: InputError.self) {
      try outputs.write([(first, [1]), (second, [2])])
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(names == ["first"])
  }
}
