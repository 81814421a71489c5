// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of the errors of `matmul`.
@Suite struct MatmulInputTests {
  /// A command line that runs on the simulator and would write a file.
  private func line(_ directory: borrowing TemporaryDirectory, _ arguments: [String]) -> [String] {
    ["matmul", "--device", "simulator", "--out", directory.file("c.npy")] + arguments
  }

  /// Expects an error, and that no file was written.
  private func expectRefused(
    _ directory: borrowing TemporaryDirectory, _ arguments: [String], saying parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    let outcome = ToolOutcome(line(directory, arguments))
    let after = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    #expect(before == after, sourceLocation: sourceLocation)
    #expect(outcome.status == 2, "\(outcome.errorText)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        outcome.errorText.contains(part), "'\(part)' is not in: \(outcome.errorText)",
        sourceLocation: sourceLocation)
    }
  }

  /// Writes a matrix of zeros.
  private func matrix(
    _ directory: borrowing TemporaryDirectory, _ name: String, _ shape: [Int],
    _ type: NumpyElementType = .float32
  ) throws -> String {
    let bytes = [UInt8](repeating: 0, count: shape.reduce(type.byteCount, *))
    return try directory.write(
      NumpyArray(elementType: type, shape: shape, bytes: bytes).file, to: name)
  }

  @Test func `files that are missing, cut off or no arrays are named`() throws {
    let directory = try TemporaryDirectory()
    let good = try matrix(directory, "good.npy", [16, 16])
    let bytes = try directory.read("good.npy")
    let cut = try directory.write(Array(bytes.dropLast()), to: "cut.npy")
    let text = try directory.write(Array("hello".utf8), to: "text.npy")
    let missing = directory.file("missing.npy")
    try expectRefused(directory, ["--a", missing, "--b", good], saying: [missing, "no file"])
    try expectRefused(directory, ["--a", good, "--b", cut], saying: [cut, "truncated"])
    try expectRefused(directory, ["--a", text, "--b", good], saying: [text, "not a .npy"])
    try expectRefused(
      directory, ["--a", good, "--b", directory.path], saying: [directory.path, "directory"])
  }

  @Test func `ranks, types and extents of the files are checked`() throws {
    let directory = try TemporaryDirectory()
    let good = try matrix(directory, "good.npy", [16, 32])
    let cube = try matrix(directory, "cube.npy", [2, 16, 32])
    let empty = try matrix(directory, "empty.npy", [0, 32])
    let deep = try matrix(directory, "deep.npy", [16, 64])
    let whole = try matrix(directory, "whole.npy", [16, 32], .int32)
    let double = try matrix(directory, "double.npy", [16, 32], .float64)
    try expectRefused(
      directory, ["--a", cube, "--b", good], saying: [cube, "[2, 16, 32]", "[m, k]"])
    try expectRefused(directory, ["--a", good, "--b", cube], saying: [cube, "[n, k]"])
    try expectRefused(directory, ["--a", empty, "--b", good], saying: [empty, "[0, 32]"])
    try expectRefused(directory, ["--a", good, "--b", deep], saying: ["[16, 32]", "[16, 64]"])
    try expectRefused(directory, ["--a", whole, "--b", good], saying: [whole, "i32"])
    try expectRefused(directory, ["--a", good, "--b", double], saying: [double, "f64"])
    try expectRefused(directory, ["--a", good], saying: ["--a", "--b"])
    try expectRefused(directory, ["--b", good], saying: ["--b", "--a"])
    try expectRefused(
      directory, ["--a", good, "--b", good, "-k", "16"], saying: ["-k", "16", "32", good])
    try expectRefused(
      directory, ["--a", good, "--b", good, "-m", "17"], saying: ["-m", "17", "16", good])
  }

  @Test func `an element that is too large for the kernel's type is refused`() throws {
    let directory = try TemporaryDirectory()
    let bits = Float(1e6).bitPattern
    let large = try directory.write(
      NumpyArray(elementType: .float32, shape: [1, 1], bytes: littleEndian(bits, 4)).file,
      to: "large.npy")
    try expectRefused(
      directory, ["--a", large, "--b", large, "--type", "f16"], saying: [large, "1000000.0", "f16"])
  }

  @Test(arguments: ["-m", "-n", "-k"], ["0", "-3", "2147483648", "99999999999999999999999"])
  func `extents that are not positive or too large are refused`(
    option: String, value: String
  ) throws {
    let directory = try TemporaryDirectory()
    try expectRefused(directory, [option, value], saying: [option, "2147483647"])
  }

  @Test func `more than the device holds is refused at once`() throws {
    let directory = try TemporaryDirectory()
    try expectRefused(
      directory, ["-m", "2147483647", "-n", "2147483647", "-k", "2147483647"],
      saying: ["allocation", "bytes"])
    try expectRefused(
      directory, ["-m", "300000", "-n", "16", "-k", "300000"],
      saying: ["180000000000 bytes"])
  }

  @Test func `kernels, targets and devices that are not there are named`() throws {
    let directory = try TemporaryDirectory()
    try expectRefused(directory, ["--kernel", "fast"], saying: ["'fast'", "naive", "tensor-core"])
    try expectRefused(directory, ["--target", "ampere"], saying: ["'ampere'", "hopper"])
    try expectRefused(directory, ["--device", "tpu"], saying: ["'tpu'", "simulator", "cuda"])
    try expectRefused(directory, ["--device", "cuda:x"], saying: ["'cuda:x'"])
    try expectRefused(directory, ["--device", "cuda:99"], saying: ["cuda"])
  }

  @Test func `outputs that cannot be written are refused before the work`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("nowhere/c.npy")
    try expectRefused(directory, ["--out", path], saying: [path, "does not exist"])
    try expectRefused(directory, ["--out", "/dev/null"], saying: ["/dev/null", "regular"])
    try expectRefused(directory, ["--out", directory.path], saying: [directory.path, "regular"])
  }

  @Test(arguments: [
    ["matmul", "-m", "many"], ["matmul", "--nonsense"], ["matmul", "--checks", "perhaps"],
    ["matmul", "--schedule", "soon"], ["matmul", "--threads", "0"], ["multiply"], ["ptx"],
    ["matmul", "--type", "f64"], ["matmul", "--seed", "-1"], ["matmul", "--seed"],
    ["run", "x.ptx"],
  ])
  func `a malformed command line is answered with the usage`(arguments: [String]) {
    let outcome = ToolOutcome(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorText.hasPrefix("Error: "))
    #expect(outcome.errorText.contains("--help"))
  }

  /// Every option whose value is a number, with the preceding arguments.
  static let numbers = [
    "matmul --seed", "matmul --repeat", "matmul --threads", "matmul --instruction-limit",
    "matmul --time-limit", "matmul -m", "matmul -n", "matmul -k",
    "run x.ptx --launch x.json --repeat", "run x.ptx --launch x.json --threads",
    "run x.ptx --launch x.json --instruction-limit", "run x.ptx --launch x.json --time-limit",
    "bench --seed", "bench --rounds", "bench --seconds", "bench --block", "bench --lead-in",
    "bench --time-limit", "conformance --random", "conformance --seed", "conformance --first",
    "conformance --jobs", "conformance --shrink", "conformance --threads",
    "conformance --instruction-limit", "conformance --time-limit", "ptx structured -m",
    "ptx structured -n", "ptx structured -k", "describe structured -m", "describe structured -n",
    "describe structured -k", "explain structured -m", "explain structured -n",
    "explain structured -k", "explain swizzle --width", "explain swizzle --height",
    "explain swizzle --rows", "explain swizzle --columns", "explain core-matrices --address",
    "explain tensor-memory -m", "explain tensor-memory -n", "explain tensor-memory --group",
    "explain tcgen05.ld --repeat", "explain tcgen05.ld --shape 16x32bx2 --split",
    "explain tcgen05.ld --thread",
    "explain wgmma -n", "explain wgmma --thread", "explain ldmatrix --count",
    "explain box --pitch", "explain box --tensor", "explain box --box", "explain box --at",
    "explain distribute --tile", "explain distribute --vector",
  ]

  @Test(
    arguments: numbers, ["-1", "-9223372036854775808", "99999999999999999999999", "1e99", "many"])
  func `a number that an option does not take is refused with the option's name`(
    option: String, value: String
  ) throws {
    let words = option.split(separator: " ").map(String.init)
    // A box may begin outside the tensor.
    guard words.last != "--at" || value != "-1" else { return }
    let isList = ["--tensor", "--box", "--at", "--tile", "--vector"].contains(words.last)
    let outcome = ToolOutcome(words + [isList ? "\(value),\(value)" : value])
    #expect(outcome.status == 2 || outcome.status == 64, "\(option) \(value)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorText.hasPrefix("Error: "))
    #expect(!outcome.errorText.contains("Missing value"), "\(outcome.errorText)")
    let first = outcome.errorLines.first ?? ""
    // The given value, or the allowed values.
    let parts = [value, " to ", "1 or 2", "one of ", "out of range"]
    #expect(parts.contains { first.contains($0) }, "\(first)")
  }

  @Test func `the number of threads is at most that of any host's cores`() {
    let outcome = ToolOutcome(["matmul", "--threads", "100000"])
    #expect(outcome.status == 64)
    #expect(
      outcome.errorText.contains("'--threads <threads>': it must be an integer from 1 to 256."),
      "\(outcome.errorText)")
  }

  @Test func `the version is the one that the changelog begins with`() throws {
    let changes = try String(
      contentsOfFile: ToolEnvironment.packageRoot + "/CHANGELOG.md", encoding: .utf8)
    let heading = changes.split(separator: "\n").first { $0.hasPrefix("## [") }
    #expect(heading?.contains(toolVersion) == true)
    let outcome = ToolOutcome(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output == toolVersion + "\n")
    #expect(outcome.errorText.isEmpty)
  }

  @Test func `an empty path and a device are refused with their reasons`() {
    TilewrightCommandsTests.expectRefused(
      ["ptx", "scale", "-o", ""], saying: "The file '' cannot be written: its path is empty.")
    TilewrightCommandsTests.expectRefused(
      ["run", "", "--launch", "x"], saying: "The file '' cannot be read: its path is empty.")
    for line in ["run /dev/zero --launch x", "matmul --a /dev/zero --b /dev/zero"] {
      TilewrightCommandsTests.expectRefused(
        line.split(separator: " ").map(String.init),
        saying: "/dev/zero cannot be read: it is neither a file nor a pipe.")
    }
  }

  @Test func `checks without a result are refused`() throws {
    let directory = try TemporaryDirectory()
    TilewrightCommandsTests.expectRefused(
      ["conformance", "--only", "no such", "--record", directory.file("record")],
      saying: "contains 'no such'.")
    TilewrightCommandsTests.expectRefused(
      ["conformance", "--against", directory.path], saying: "it is a directory")
  }

  @Test func `help is no error`() {
    let outcome = ToolOutcome(["help", "run"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("tensorMap"))
    #expect(outcome.errorText.isEmpty)
  }
}
