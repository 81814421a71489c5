// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// Tests of the tool in a process of its own.
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

  @Test func `the exit status distinguishes unusable input from a wrong command line`() throws {
    let missing = try ToolRun(
      try tool(), arguments: ["matmul", "--a", "/no.npy", "--b", "/no.npy"])
    #expect(missing.exitStatus == 2)
    #expect(missing.output.isEmpty)
    #expect(missing.errorText == "Error: There is no file /no.npy.\n")
    #expect(try ToolRun(try tool(), arguments: ["matmul", "--nonsense"]).exitStatus == 64)
  }

  @Test func `the tool multiplies, and shows progress only on a terminal`() throws {
    let run = try ToolRun(
      try tool(),
      arguments: ["matmul", "--device", "simulator", "-m", "64", "-n", "64", "-k", "64"])
    #expect(run.exitStatus == 0)
    #expect(run.errorText.isEmpty)
    #expect(String(decoding: run.output, as: UTF8.self).contains("passed"))
  }

  /// Runs a line of the shell, in which `$0` is the tool and `$1` a directory.
  private func shell(
    _ line: String, in directory: borrowing TemporaryDirectory
  ) throws -> ToolRun {
    try ToolRun("/bin/sh", arguments: ["-c", line, try tool(), directory.path])
  }

  #if os(Linux)
    @Test(arguments: ["kernels", "ptx structured", "--help", "matmul -m 8 -n 8 -k 8 --json"])
    func `a full disk is one line of error, and status 2`(words: String) throws {
      let run = try shell("exec \"$0\" \(words) > /dev/full", in: TemporaryDirectory())
      #expect(run.exitStatus == 2)
      #expect(
        run.errorText
          == "Error: The standard output cannot be written: No space left on device.\n")
    }
  #endif

  @Test func `a closed standard output is one line of error, and no file receives the output`()
    throws
  {
    let directory = try TemporaryDirectory()
    let run = try shell("exec \"$0\" kernels >&-", in: directory)
    #expect(run.exitStatus == 2)
    #expect(
      run.errorText == "Error: The standard output cannot be written: Bad file descriptor.\n")
    let silent = try shell("exec \"$0\" kernels >&- 2>&- <&-", in: directory)
    #expect(silent.exitStatus == 2)
    // If nothing is to be printed, a closed standard output is no error.
    let text = try shell("exec \"$0\" ptx scale -o \"$1/scale.ptx\" >&- 2>&- <&-", in: directory)
    #expect(text.exitStatus == 0)
    let written = String(decoding: try directory.read("scale.ptx"), as: UTF8.self)
    #expect(written == ToolOutcome(["ptx", "scale"]).output)
  }

  @Test(arguments: ["", "trap '' PIPE; "])
  func `a pipe without a reader ends the tool silently`(setting: String) throws {
    // The pipe's reader exits before the tool begins to write.
    let line = """
      \(setting){ sleep 0.3; "$0" explain wgmma --json; echo $? > "$1/status"; } | true; wait
      """
    let directory = try TemporaryDirectory()
    let run = try shell(line, in: directory)
    #expect(run.errorText.isEmpty)
    #expect(String(decoding: try directory.read("status"), as: UTF8.self) == "141\n")
  }

  @Test func `a file that grows beyond its limit is not written, and the old file remains`() throws
  {
    let directory = try TemporaryDirectory()
    _ = try directory.write(Array("old".utf8), to: "old.ptx")
    for name in ["old.ptx", "new.ptx"] {
      let line = "ulimit -f 1; exec \"$0\" ptx structured -o \"$1/\(name)\""
      let run = try shell(line, in: directory)
      #expect(run.exitStatus == 2)
      #expect(run.errorText.contains("\(name) cannot be written: File too large."))
      #expect(run.errorText.split(separator: "\n").count == 1)
    }
    #expect(try directory.read("old.ptx") == Array("old".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["old.ptx"])
  }

  @Test func `a launch file can come through a pipe`() throws {
    let directory = try TemporaryDirectory()
    let line = """
      "$0" ptx scale -o "$1/scale.ptx"
      echo '{"grid": 1, "block": 32, "arguments": [{"f32": 1},
        {"buffer": {"type": "f32", "count": 32, "fill": 1}},
        {"buffer": {"type": "f32", "count": 32}}, {"u32": 32}]}' |
        "$0" run "$1/scale.ptx" --launch /dev/stdin --device simulator
      """
    let run = try shell(line, in: directory)
    #expect(run.exitStatus == 0, "\(run.errorText)")
  }

  @Test func `nothing in the working directory is run`() throws {
    let directory = try TemporaryDirectory()
    for folder in [".venv/lib/python3.12/site-packages/nvidia/cu13/bin", "bin", "."] {
      try FileManager.default.createDirectory(
        atPath: directory.file(folder), withIntermediateDirectories: true)
      for name in ["ptxas", "git"] {
        let path = try directory.write(
          Array("#!/bin/sh\ntouch \(directory.file("was-run"))\n".utf8), to: "\(folder)/\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
    }
    let line = """
      cd "$1"; unset TILEWRIGHT_VENV TILEWRIGHT_PTXAS; PATH=.::bin:/nowhere
      exec "$0" describe scale --ptxas
      """
    let run = try shell(line, in: directory)
    #expect(run.exitStatus == 2)
    #expect(run.errorText.contains("ptxas was not found in PATH and TILEWRIGHT_VENV"))
    #expect(!FileManager.default.fileExists(atPath: directory.file("was-run")))
  }
}
