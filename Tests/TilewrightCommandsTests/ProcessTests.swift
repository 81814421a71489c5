import Foundation
import TestSupport
import Testing

/// The tool as a program of its own.
@Suite struct ProcessTests {
  /// Returns the path of the tool that was built with these tests.
  private func tool() throws -> String {
    let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "").standardizedFileURL
    var directory = program.deletingLastPathComponent()
    while directory.path != "/" {
      let path = directory.path + "/tilewright"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
      directory.deleteLastPathComponent()
    }
    return ToolEnvironment.packageRoot + "/.build/release/tilewright"
  }

  @Test func `the tool lists its kernels and ends with 0`() throws {
    let run = try ToolRun(try tool(), arguments: ["kernels", "--json"])
    #expect(run.exitStatus == 0)
    #expect(run.errorText.isEmpty)
    #expect(try JSONSerialization.jsonObject(with: Data(run.output)) is [Any])
  }

  @Test func `the exit status tells unusable input from a wrong command line`() throws {
    let missing = try ToolRun(
      try tool(), arguments: ["matmul", "--a", "/no.npy", "--b", "/no.npy"])
    #expect(missing.exitStatus == 2)
    #expect(missing.output.isEmpty)
    #expect(missing.errorText == "Error: There is no file /no.npy.\n")
    #expect(try ToolRun(try tool(), arguments: ["matmul", "--nonsense"]).exitStatus == 64)
  }

  @Test func `the tool multiplies, and shows no progress where nobody watches`() throws {
    let run = try ToolRun(
      try tool(),
      arguments: ["matmul", "--device", "simulator", "-m", "64", "-n", "64", "-k", "64"])
    #expect(run.exitStatus == 0)
    #expect(run.errorText.isEmpty)
    #expect(String(decoding: run.output, as: UTF8.self).contains("passed"))
  }
}
