// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import NumberFormats
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of `run` on the simulator.
@Suite struct RunTests {
  /// Writes a vector of floats.
  private func vector(
    _ directory: borrowing TemporaryDirectory, _ name: String, _ values: [Float]
  ) throws {
    let bytes = values.flatMap { littleEndian($0.bitPattern, 4) }
    _ = try directory.write(
      NumpyArray(elementType: .float32, shape: [values.count], bytes: bytes).file, to: name)
  }

  /// Reads a vector of floats.
  private func vector(_ directory: borrowing TemporaryDirectory, _ name: String) throws -> [Float] {
    let array = try NumpyArray(contentsOf: directory.file(name))
    #expect(array.elementType == .float32)
    return stride(from: 0, to: array.bytes.count, by: 4).map { start in
      let bits = array.bytes[start..<start + 4].reversed().reduce(UInt32(0)) {
        $0 << 8 | UInt32($1)
      }
      return Float(bitPattern: bits)
    }
  }

  /// Runs a text with a launch file, in a directory of its own.
  private func run(
    _ directory: borrowing TemporaryDirectory, text: String, launch: String,
    _ options: [String] = []
  ) throws -> ToolOutcome {
    let textPath = try directory.write(Array(text.utf8), to: "kernel.ptx")
    let launchPath = try directory.write(Array(launch.utf8), to: "launch.json")
    return ToolOutcome(
      ["run", textPath, "--launch", launchPath, "--device", "simulator"] + options)
  }

  @Test func `a kernel of the library scales a vector from one file to another`() throws {
    let directory = try TemporaryDirectory()
    try vector(directory, "x.npy", (0..<1000).map { Float($0) })
    let launch = """
      {"grid": 4, "block": 256, "arguments": [
        {"f32": 2.5}, {"buffer": {"from": "x.npy"}},
        {"buffer": {"type": "f32", "shape": [1000], "fill": "nan", "to": "y.npy"}}, {"u32": 1000}]}
      """
    let text = ToolOutcome(["ptx", "scale"]).output
    let outcome = try run(directory, text: text, launch: launch, ["--json"])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let object = try outcome.object()
    #expect(object["kernel"] as? String == "scale")
    #expect(object["passed"] as? Bool == true)
    #expect(object["outputs"] as? [String] == [directory.file("y.npy")])
    #expect(try vector(directory, "y.npy") == (0..<1000).map { 2.5 * Float($0) })
  }

  @Test func `only a GPU can be timed`() throws {
    let directory = try TemporaryDirectory()
    let launch = """
      {"grid": 1, "block": 1, "arguments": [
        {"f32": 1}, {"buffer": {"type": "f32", "count": 1, "fill": 1}},
        {"buffer": {"type": "f32", "count": 1, "to": "y.npy"}}, {"u32": 1}]}
      """
    let text = ToolOutcome(["ptx", "scale"]).output
    let outcome = try run(directory, text: text, launch: launch, ["--repeat", "3"])
    #expect(outcome.status == 2 && outcome.errorText.contains("--repeat"), "\(outcome)")
    #expect(try run(directory, text: text, launch: launch, ["--repeat", "0"]).status == 64)
    let untimed = try run(directory, text: text, launch: launch, ["--json"]).object()
    #expect(untimed["timing"] is NSNull)
  }

  @Test func `two arguments can be one buffer`() throws {
    let directory = try TemporaryDirectory()
    let launch = """
      {"grid": 1, "block": 32, "arguments": [
        {"f32": -1}, {"buffer": "x"},
        {"buffer": {"name": "x", "type": "f32", "count": 32, "fill": 3, "to": "x.npy"}},
        {"u32": 20}]}
      """
    let outcome = try run(directory, text: ToolOutcome(["ptx", "scale"]).output, launch: launch)
    #expect(outcome.status == 0, "\(outcome.errorText)")
    #expect(outcome.output.contains("x.npy"))
    let expected = (0..<32).map { Float($0 < 20 ? -3 : 3) }
    #expect(try vector(directory, "x.npy") == expected)
  }

  @Test(arguments: ["hopper", "blackwell"])
  func `tensor maps make a matmul whose bits are those of the matmul command`(
    target: String
  ) throws {
    let directory = try TemporaryDirectory()
    for (name, rows) in [("a.npy", 128), ("b.npy", 64)] {
      let bytes = (0..<rows * 64).flatMap {
        littleEndian(BFloat16(Float($0 * 37 % 61 - 30) / 8).bitPattern, 2)
      }
      _ = try directory.write(
        NumpyArray(elementType: .bfloat16, shape: [rows, 64], bytes: bytes).file, to: name)
    }
    let options = ["--target", target]
    let described = try ToolOutcome(["describe", "tensor-core", "--json"] + options).object()
    let sharedByteCount = try #require(described["dynamicSharedBytes"] as? Int)
    let launch = """
      {"grid": [1, 2], "sharedBytes": \(sharedByteCount),
       "buffers": {"a": {"from": "a.npy"}, "b": {"from": "b.npy"}},
       "arguments": [
         {"tensorMap": {"buffer": "a", "extents": [64, 128], "box": [8, 64]}},
         {"tensorMap": {"buffer": "b", "extents": [64, 64], "strides": [128], "box": [8, 64]}},
         {"buffer": {"type": "bf16", "shape": [128, 64], "fill": "nan", "to": "c.npy"}},
         {"u32": 128}, {"u32": 64}, {"u32": 64}]}
      """
    let text = ToolOutcome(["ptx", "tensor-core"] + options).output
    let outcome = try run(directory, text: text, launch: launch)
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let matmul = ToolOutcome(
      ["matmul", "--kernel", "tensor-core", "--device", "simulator"] + options + [
        "--a", directory.file("a.npy"), "--b", directory.file("b.npy"),
        "--out", directory.file("d.npy"),
      ])
    #expect(matmul.status == 0, "\(matmul.errorText)")
    #expect(try directory.read("c.npy") == directory.read("d.npy"))
  }

  /// A kernel with one buffer and this body.
  private func kernel(_ body: String) -> String {
    """
    .version 8.0
    .target sm_90
    .address_size 64
    .visible .entry kernel(.param .u64 data)
    {
      .reg .b32 %r<4>;
      .reg .b64 %rd<4>;
      .reg .pred %p<2>;
      .shared .align 8 .b8 barrier[8];
      ld.param.u64 %rd0, [data];
      cvta.to.global.u64 %rd1, %rd0;
      \(body)
      ret;
    }
    """
  }

  /// Bodies with a fault, and the fault's kind.
  private static let faults = [
    ("ld.global.u32 %r0, [%rd1+64];", "out-of-bounds"),
    ("ld.global.u32 %r0, [%rd1+2];", "misaligned-access"),
    (
      "ld.global.u32 %r0, [%rd1]; add.u32 %r0, %r0, 1; st.global.u32 [%rd1+4], %r0;",
      "uninitialized-read"
    ),
    ("trap;", "trap"),
    (
      """
      mov.u32 %r0, barrier;
      mbarrier.init.shared.b64 [%r0], 1;
      wait: mbarrier.try_wait.parity.shared.b64 %p0, [%r0], 0;
      @!%p0 bra wait;
      """, "deadlock"
    ),
  ]

  @Test(arguments: faults)
  func `a fault is reported, exits with 1 and leaves no file`(body: String, kind: String) throws {
    let directory = try TemporaryDirectory()
    let launch = """
      {"grid": 1, "block": 1,
       "arguments": [{"buffer": {"type": "u32", "count": 16, "to": "out.npy"}}]}
      """
    let outcome = try run(directory, text: kernel(body), launch: launch, ["--json"])
    #expect(outcome.status == 1, "\(outcome.errorText)")
    let object = try outcome.object()
    #expect(object["passed"] as? Bool == false)
    let fault = try #require(object["fault"] as? [String: Any])
    #expect(fault["kind"] as? String == kind)
    #expect(!outcome.errorText.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: directory.file("out.npy")))
  }

  @Test func `reads of unwritten memory pass with the checks off`() throws {
    let directory = try TemporaryDirectory()
    let launch = """
      {"grid": 1, "block": 1, "arguments": [{"buffer": {"type": "u32", "count": 16}}]}
      """
    let text = kernel(
      "ld.global.u32 %r0, [%rd1]; add.u32 %r0, %r0, 1; st.global.u32 [%rd1+4], %r0;")
    #expect(try run(directory, text: text, launch: launch, ["--checks", "off"]).status == 0)
  }

  @Test func `an instruction that the simulator does not have is named`() throws {
    let directory = try TemporaryDirectory()
    let launch = """
      {"grid": 1, "block": 1, "arguments": [{"buffer": {"type": "u32", "count": 16}}]}
      """
    let text = kernel("multimem.red.relaxed.sys.global.add.u32 [%rd1], 1;")
    let outcome = try run(directory, text: text, launch: launch)
    #expect(outcome.status == 2)
    #expect(outcome.errorText.contains("multimem.red"), "\(outcome.errorText)")
    #expect(outcome.errorLines.count == 1)
  }

  @Test func `every kind of argument arrives as its bytes`() throws {
    let directory = try TemporaryDirectory()
    let types = ["u8", "s16", "u32", "s64", "f16", "bf16", "f64", "e4m3"]
    let values = ["200", "-2", "4294967295", "-9223372036854775808", "1.5", "\"-inf\"", "0.1", "1"]
    let parameters = zip(types, 0...).map { type, index in
      let bits = ["u8": 8, "e4m3": 8, "s16": 16, "f16": 16, "bf16": 16, "u32": 32][type] ?? 64
      return ".param .b\(bits) p\(index)"
    }
    let stores = zip(types, 0...).map { type, index in
      let bits = ["u8": 8, "e4m3": 8, "s16": 16, "f16": 16, "bf16": 16, "u32": 32][type] ?? 64
      return """
        ld.param.b\(bits) %v\(bits), [p\(index)];
        st.global.b\(bits) [%rd1+\(8 * index)], %v\(bits);
        """
    }
    let text = """
      .version 8.0
      .target sm_90
      .address_size 64
      .visible .entry kernel(.param .u64 data, \(parameters.joined(separator: ", ")))
      {
        .reg .b16 %v8, %v16; .reg .b32 %v32; .reg .b64 %v64;
        .reg .b64 %rd<2>;
        ld.param.u64 %rd0, [data];
        cvta.to.global.u64 %rd1, %rd0;
        \(stores.joined(separator: "\n"))
        ret;
      }
      """
    let arguments = zip(types, values).map { "{\"\($0)\": \($1)}" }.joined(separator: ", ")
    let launch = """
      {"grid": 1, "block": 1, "arguments": [
        {"buffer": {"type": "u64", "count": 8, "fill": 0, "to": "out.npy"}}, \(arguments)]}
      """
    let outcome = try run(directory, text: text, launch: launch)
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let bytes = try NumpyArray(contentsOf: directory.file("out.npy")).bytes
    let words = stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    #expect(
      words == [
        200, 0xFFFE, 0xFFFF_FFFF, 1 << 63, 0x3E00, 0xFF80, (0.1).bitPattern, 0x38,
      ])
  }
}
