// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of the files of `conformance --texts`.
@Suite struct RandomProgramFileTests {
  @Test func `a random program can be run by itself, from its text and its input`() throws {
    let directory = try TemporaryDirectory()
    let written = ToolOutcome([
      "conformance", "--random", "2", "--kind", "lanes", "--texts", directory.path,
    ])
    #expect(written.status == 0, "\(written.errorText)")
    let map = [Int](repeating: 0, count: 128).description
    let launch = """
      {"entry": "lanes_1", "grid": 1, "block": 64, "sharedBytes": 1024, "arguments": [
        {"buffer": {"from": "lanes_1.npy"}},
        {"buffer": {"type": "u32", "count": 65536, "fill": 0, "to": "out.npy"}},
        {"bytes": \(map)}, {"bytes": \(map)}]}
      """
    let path = try directory.write(Array(launch.utf8), to: "launch.json")
    let outcome = ToolOutcome(["run", directory.file("module0.ptx"), "--launch", path])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let output = try NumpyArray(contentsOf: directory.file("out.npy"))
    #expect(output.bytes.contains { $0 != 0 })
  }

  @Test func `options of random programs are refused without them`() {
    expectUsage(["conformance", "--texts", "x"], saying: "they need --random")
    expectUsage(["conformance", "--kind", "lanes"], saying: "they need --random")
    expectUsage(["conformance", "--random", "1", "--only", "shfl"], saying: "do not apply to it")
  }

  /// Expects a command line to be refused with its usage.
  private func expectUsage(_ arguments: [String], saying part: String) {
    let outcome = ToolOutcome(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errorText.contains(part), "\(outcome.errorText)")
  }
}
