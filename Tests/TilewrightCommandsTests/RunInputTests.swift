// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of the errors of `run`.
@Suite struct RunInputTests {
  /// A kernel of three parameters.
  private let text = """
    .version 7.0
    .target sm_80
    .address_size 64
    .visible .entry fill(.param .u64 output, .param .f32 value, .param .u32 count)
    {
      ret;
    }
    """

  /// Arguments that match the kernel.
  private let arguments = """
    [{"buffer": {"type": "f32", "count": 8, "to": "out.npy"}}, {"f32": 1}, {"u32": 8}]
    """

  /// Expects a text and a launch file to be refused with one sentence, and that no file is written.
  private func expectRefused(
    text: String? = nil, launch: String, saying parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let directory = try TemporaryDirectory()
    let textPath = try directory.write(Array((text ?? self.text).utf8), to: "kernel.ptx")
    let launchPath = try directory.write(Array(launch.utf8), to: "launch.json")
    let outcome = ToolOutcome(
      ["run", textPath, "--launch", launchPath, "--device", "simulator"])
    #expect(outcome.status == 2, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        outcome.errorText.contains(part), "'\(part)' is not in: \(outcome.errorText)",
        sourceLocation: sourceLocation)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    #expect(files == ["kernel.ptx", "launch.json"], sourceLocation: sourceLocation)
  }

  /// Returns a launch file with these arguments.
  private func launch(_ arguments: String) -> String {
    "{\"grid\": 1, \"block\": 32, \"arguments\": \(arguments)}"
  }

  /// Expects an argument in place of the first to be refused.
  private func expectRefused(
    argument: String, saying parts: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expectRefused(
      launch: launch("[\(argument), {\"f32\": 1}, {\"u32\": 8}]"), saying: parts,
      sourceLocation: sourceLocation)
  }

  @Test func `a syntax error is reported by line and column`() throws {
    let broken = text.replacing("ret;", with: "ret )")
    try expectRefused(
      text: broken, launch: launch(arguments), saying: "kernel.ptx:6:")
  }

  @Test func `an unknown instruction is named`() throws {
    let broken = text.replacing("ret;", with: "frobnicate.u32 5;")
    try expectRefused(
      text: broken, launch: launch(arguments), saying: "kernel.ptx:6:", "frobnicate")
  }

  @Test func `files that are not there or no text are named`() throws {
    let directory = try TemporaryDirectory()
    let text = try directory.write(Array(text.utf8), to: "kernel.ptx")
    let binary = try directory.write([0xFF, 0xFE, 0x00], to: "binary.ptx")
    let missing = directory.file("missing")
    TilewrightCommandsTests.expectRefused(
      ["run", missing, "--launch", missing], saying: missing)
    TilewrightCommandsTests.expectRefused(
      ["run", text, "--launch", missing], saying: missing)
    TilewrightCommandsTests.expectRefused(
      ["run", binary, "--launch", missing], saying: binary, "UTF-8")
  }

  @Test func `a launch file that is no JSON object is refused`() throws {
    try expectRefused(launch: "{", saying: "launch.json", "not JSON")
    try expectRefused(
      launch: "{\"grid\": 1,\n \"block\" 2}",
      saying: "launch.json is not JSON: line 2, column 10: ':' is expected.")
    try expectRefused(launch: "[]", saying: "launch.json", "a list")
    try expectRefused(launch: "", saying: "launch.json", "not JSON")
  }

  @Test func `a duplicate key is refused with its line and column`() throws {
    try expectRefused(
      launch: "{\"grid\": 1,\n  \"grid\": 2, \"arguments\": []}",
      saying: "launch.json, line 2, column 3: the key 'grid' appears a second time.")
    try expectRefused(
      launch:
        "{\"grid\": 1, \"arguments\": [\n{\"buffer\": {\"type\": \"f32\", \"type\": \"u8\"}}]}",
      saying: "line 2, column 28: the key 'type'")
  }

  @Test func `missing and unknown keys are named`() throws {
    try expectRefused(launch: "{\"arguments\": []}", saying: "'grid' is missing")
    try expectRefused(launch: "{\"grid\": 1}", saying: "'arguments' is missing")
    try expectRefused(launch: "{\"gird\": 1}", saying: "'gird' is unknown", "grid")
    try expectRefused(
      launch: "{\"grid\": 1, \"arguments\": \(arguments)}", saying: "'block' is missing")
  }

  @Test func `keys of the launch have the right types`() throws {
    let rest = "\"arguments\": \(arguments)"
    try expectRefused(launch: "{\"grid\": \"4\", \(rest)}", saying: "'grid'", "'4'")
    try expectRefused(launch: "{\"grid\": 0, \(rest)}", saying: "'grid'", "0")
    try expectRefused(launch: "{\"grid\": [1, 2, 3, 4], \(rest)}", saying: "'grid'")
    try expectRefused(launch: "{\"grid\": [1, -2], \(rest)}", saying: "'grid[1]'", "-2")
    try expectRefused(
      launch: "{\"grid\": 1, \"block\": 32, \"target\": \"volta\", \(rest)}",
      saying: "'target'", "'hopper'", "'volta'")
    try expectRefused(
      launch: "{\"grid\": 1, \"block\": 32, \"sharedBytes\": -1, \(rest)}",
      saying: "'sharedBytes'", "-1")
    try expectRefused(
      launch: "{\"grid\": 1, \"block\": 2048, \(rest)}", saying: "1024 threads")
    let most = Int32.max
    try expectRefused(
      launch: """
        {"grid": 1, "block": 1, "cluster": [\(most), \(most), \(most)], \(rest)}
        """, saying: "16 blocks")
    try expectRefused(
      launch: "{\"grid\": 1, \"block\": 32, \"entry\": \"fell\", \(rest)}",
      saying: "'fell'", "fill")
  }

  @Test func `arguments have the number and the sizes of the parameters`() throws {
    try expectRefused(launch: launch("[]"), saying: "'arguments' has 0 elements", "3")
    try expectRefused(argument: "{\"u32\": 1}", saying: "'arguments[0].u32' has 4 bytes")
    try expectRefused(argument: "{}", saying: "'arguments[0]' should have exactly one")
    try expectRefused(
      argument: "{\"u32\": 1, \"f32\": 1}", saying: "'arguments[0]' should have exactly one")
    try expectRefused(argument: "{\"int\": 1}", saying: "'arguments[0].int' is unknown")
    try expectRefused(argument: "7", saying: "'arguments[0]' should be an object")
  }

  @Test func `values of arguments are of their types`() throws {
    try expectRefused(argument: "{\"u64\": -1}", saying: "'arguments[0].u64' is -1")
    try expectRefused(argument: "{\"u64\": 1.5}", saying: "'arguments[0].u64' should be")
    try expectRefused(argument: "{\"s64\": 9223372036854775808}", saying: "does not fit into s64")
    try expectRefused(argument: "{\"f64\": \"one\"}", saying: "'arguments[0].f64' should be")
    try expectRefused(argument: "{\"f64\": true}", saying: "not true")
    try expectRefused(argument: "{\"bytes\": [1, 256]}", saying: "'arguments[0].bytes[1]'")
  }

  @Test func `buffers say what they hold`() throws {
    try expectRefused(argument: "{\"buffer\": {}}", saying: "'arguments[0].buffer.type' is missing")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"f32\"}}",
      saying: "'arguments[0].buffer.count' is missing")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"float\", \"count\": 1}}",
      saying: "'arguments[0].buffer.type' should be a type")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"u32\", \"count\": 1, \"fill\": \"nan\"}}",
      saying: "'arguments[0].buffer.fill' is 'nan'")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"u8\", \"count\": 1, \"fill\": 300}}",
      saying: "does not fit into u8")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"f32\", \"count\": 1, \"fill\": \"ones\"}}",
      saying: "'arguments[0].buffer.fill' should be")
    try expectRefused(argument: "{\"buffer\": \"x\"}", saying: "names the buffer 'x'")
    try expectRefused(
      argument: "{\"buffer\": {\"from\": \"x.npy\"}}", saying: "x.npy")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"f32\", \"count\": 1, \"to\": \"no/where.npy\"}}",
      saying: "no/where.npy")
    try expectRefused(
      argument: "{\"buffer\": {\"type\": \"ue4m3\", \"count\": 1, \"to\": \"x.npy\"}}",
      saying: "the .npy format has no ue4m3")
  }

  @Test func `more than the device holds is refused`() throws {
    for count in ["1000000000000", "9223372036854775807"] {
      try expectRefused(
        argument: "{\"buffer\": {\"type\": \"f32\", \"count\": \(count), \"fill\": 1}}",
        saying: "allocation")
    }
  }

  @Test func `tensor maps keep the rules`() throws {
    let text = text.replacing(".param .u64 output", with: ".param .align 64 .b8 output[128]")
    /// Expects a map of 64 by 64 bf16 elements with these keys replaced to be refused.
    func expectMapRefused(_ keys: String, saying part: String) throws {
      let map = "{\"tensorMap\": {\"buffer\": \"x\", \(keys)}}"
      try expectRefused(
        text: text,
        launch: """
          {"grid": 1, "block": 32, "buffers": {"x": {"type": "bf16", "count": 4096}},
           "arguments": [\(map), {"f32": 1}, {"u32": 8}]}
          """, saying: "'arguments[0].tensorMap", part)
    }
    try expectMapRefused("\"box\": [64, 64]", saying: "extents' is missing")
    try expectMapRefused("\"extents\": [64, 64]", saying: "box' is missing")
    try expectMapRefused(
      "\"extents\": [64, 64], \"box\": [128, 8], \"swizzle\": \"128B\"", saying: "128 bytes")
    try expectMapRefused(
      "\"extents\": [64, 64], \"box\": [64, 64], \"swizzle\": \"256B\"", saying: "'256B'")
    try expectMapRefused(
      "\"extents\": [64, 64], \"box\": [64, 64], \"floats\": \"tf32\"",
      saying: "Only tensors of f32")
    try expectMapRefused(
      "\"extents\": [64, 65], \"box\": [64, 64]", saying: "reaches to byte 8320 of a buffer of 8192"
    )
    try expectMapRefused(
      "\"extents\": [60, 64], \"box\": [32, 32]", saying: "multiple of 16 bytes")
    try expectMapRefused(
      "\"extents\": [64, 64], \"strides\": [128, 128], \"box\": [32, 32]", saying: "needs 1 strides"
    )
  }

  @Test func `code is not run where it cannot run`() throws {
    let blackwell = text.replacing("sm_80", with: "sm_100a").replacing("7.0", with: "8.6")
    let rest = "\"grid\": 1, \"block\": 32, \"arguments\": \(arguments)"
    try expectRefused(
      text: blackwell, launch: "{\"target\": \"hopper\", \(rest)}", saying: "sm_100a")
    let consumer = text.replacing("sm_80", with: "sm_120").replacing("7.0", with: "8.7")
    try expectRefused(text: consumer, launch: "{\(rest)}", saying: "sm_120")
  }
}
