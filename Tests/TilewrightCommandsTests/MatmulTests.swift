// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import NumberFormats
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of `matmul` on the simulator.
@Suite struct MatmulTests {
  /// The keys that the report promises.
  private let keys = [
    "kernel", "target", "device", "m", "n", "k", "seconds", "maxRelativeError", "mismatches",
    "passed", "comparedElements", "totalSeconds", "simulationShare", "counters", "inputs",
    "inputRounding",
  ]

  /// Runs `matmul --json` on the simulator and returns the object.
  private func matmul(_ arguments: [String], status: Int32 = 0) throws -> [String: Any] {
    let outcome = ToolOutcome(["matmul", "--json", "--device", "simulator"] + arguments)
    #expect(outcome.status == status, "\(outcome.errorText)")
    return try outcome.object()
  }

  /// Writes a matrix of a few values that every type can represent.
  private func matrix(
    _ directory: borrowing TemporaryDirectory, _ name: String, _ shape: [Int],
    _ type: NumpyElementType
  ) throws -> String {
    let count = shape.reduce(1, *)
    let bytes = (0..<count).flatMap { index -> [UInt8] in
      let value = Float(index * 7 % 17 - 8) / 4
      return switch type {
      case .float32: littleEndian(value.bitPattern, 4)
      case .float16: littleEndian(HalfFloat(value).bitPattern, 2)
      default: littleEndian(BFloat16(value).bitPattern, 2)
      }
    }
    return try directory.write(
      NumpyArray(elementType: type, shape: shape, bytes: bytes).file, to: name)
  }

  @Test(arguments: ["hopper", "blackwell"], ["bf16", "f16"])
  func `every kernel multiplies ragged matrices`(target: String, type: String) throws {
    let listed = ToolOutcome(["kernels", "--json"])
    let value = try JSONSerialization.jsonObject(with: Data(listed.output.utf8))
    let kernels = try #require(value as? [[String: Any]])
    for kernel in kernels {
      let (targets, commands) = (kernel["targets"] as? [String], kernel["commands"] as? [String])
      guard targets?.contains(target) == true, commands?.contains("matmul") == true else {
        continue
      }
      let name = try #require(kernel["name"] as? String)
      let object = try matmul([
        "--kernel", name, "--target", target, "--type", type, "-m", "70", "-n", "33", "-k", "41",
        "--inputs", "integers",
      ])
      #expect(Set(keys).isSubset(of: object.keys))
      #expect(object["passed"] as? Bool == true)
      #expect(object["kernel"] as? String == name)
      #expect(object["target"] as? String == target)
      #expect(object["mismatches"] as? Int == 0)
      // Sums of small integers are exact.
      #expect(object["maxRelativeError"] as? Double == 0)
      #expect(object["comparedElements"] as? Int == 70 * 33)
      #expect((object["seconds"] as? Double ?? 0) > 0)
    }
  }

  @Test func `without options a Blackwell multiplies, and a person can read how it went`() {
    let outcome = ToolOutcome([
      "matmul", "--device", "simulator", "-m", "64", "-n", "64", "-k", "64",
    ])
    #expect(outcome.status == 0)
    #expect(outcome.errorText.isEmpty)
    let parts = [
      "on blackwell", "C[64, 64]", "all 4 096 elements", "% of the total time", "passed",
    ]
    for part in parts {
      #expect(outcome.output.contains(part), "'\(part)' is not in: \(outcome.output)")
    }
  }

  @Test(arguments: [
    ("f32", "f32", "bf16"), ("bf16", "bf16", "bf16"), ("f16", "f16", "f16"),
    ("f16", "bf16", "bf16"), ("f32", "f16", "bf16"),
  ])
  func `files of each type are multiplied, and the product is numpy's`(
    a: String, b: String, type: String
  ) throws {
    let directory = try TemporaryDirectory()
    let aType = try #require(NumpyElementType(rawValue: a))
    let bType = try #require(NumpyElementType(rawValue: b))
    let aPath = try matrix(directory, "a.npy", [50, 24], aType)
    let bPath = try matrix(directory, "b.npy", [66, 24], bType)
    let out = directory.file("c.npy")
    let object = try matmul(["--a", aPath, "--b", bPath, "--out", out])
    #expect(object["type"] as? String == type)
    #expect([object["m"], object["n"], object["k"]].compactMap { $0 as? Int } == [50, 66, 24])
    let rounding = try #require(object["inputRounding"] as? [String: Any])
    #expect((rounding["a"] as? String)?.hasPrefix("\(a) to \(type)") ?? (a == type))
    #expect((rounding["b"] as? String)?.hasPrefix("\(b) to \(type)") ?? (b == type))
    let verdict = try runPython(
      """
      import sys, numpy as np, ml_dtypes as ml
      def load(path, name):
        array = np.load(path)
        return array.view(ml.bfloat16) if name == "bf16" else array
      a, b, c = (load(p, t).astype(np.float64) for p, t in zip(sys.argv[1:4], sys.argv[4:7]))
      kind = ml.bfloat16 if sys.argv[6] == "bf16" else np.float16
      print((a @ b.T).astype(kind).astype(np.float64).tolist() == c.tolist(), c.shape)
      """, arguments: [aPath, bPath, out, a, b, type])
    #expect(String(decoding: verdict, as: UTF8.self) == "True (50, 66)\n")
  }

  @Test(arguments: ["eager", "late", "random:7"])
  func `threads change neither bits nor counters`(schedule: String) throws {
    let directory = try TemporaryDirectory()
    var files: [[UInt8]] = []
    var counters: [NSDictionary] = []
    for threads in ["1", "2"] {
      let object = try matmul([
        "-m", "200", "-n", "136", "-k", "96", "--schedule", schedule, "--threads", threads,
        "--out", directory.file("c.npy"),
      ])
      files.append(try directory.read("c.npy"))
      counters.append(try #require(object["counters"] as? NSDictionary))
    }
    #expect(files[0] == files[1])
    #expect(counters[0] == counters[1])
  }

  @Test func `the seed makes the inputs`() throws {
    let directory = try TemporaryDirectory()
    let files = try ["3", "3", "4"].map { seed in
      _ = try matmul([
        "-m", "16", "-n", "16", "-k", "16", "--seed", seed, "--out", directory.file("c.npy"),
      ])
      return try directory.read("c.npy")
    }
    #expect(files[0] == files[1])
    #expect(files[0] != files[2])
  }

  @Test(arguments: ["naive", "tensor-core", "structured"])
  func `nan and infinities of A reach their rows of C, and no others`(kernel: String) throws {
    let directory = try TemporaryDirectory()
    let extent = 64
    var a = (0..<extent * extent).map { Float($0 * 7 % 17 - 8) / 4 }
    let b = (0..<extent * extent).map { Float($0 * 5 % 13 - 6) / 2 }
    a[0] = .nan
    a[1 * extent + 5] = .infinity
    a[2 * extent + 5] = -.infinity
    /// Writes a square matrix.
    func write(_ values: [Float], _ name: String) throws -> String {
      let bytes = values.flatMap { littleEndian($0.bitPattern, 4) }
      return try directory.write(
        NumpyArray(elementType: .float32, shape: [extent, extent], bytes: bytes).file, to: name)
    }
    let object = try matmul([
      "--kernel", kernel, "--a", write(a, "a.npy"), "--b", write(b, "b.npy"), "--out",
      directory.file("c.npy"),
    ])
    #expect(object["passed"] as? Bool == true)
    #expect(object["mismatches"] as? Int == 0)
    let file = try NumpyArray(file: directory.read("c.npy"), path: "c.npy")
    let c = stride(from: 0, to: file.bytes.count, by: 2).map { start in
      BFloat16(bitPattern: UInt16(file.bytes[start]) | UInt16(file.bytes[start + 1]) << 8).float
    }
    for column in 0..<extent {
      let factor = b[column * extent + 5]
      #expect(c[column].isNaN)
      for (row, sign) in [(1, Float(1)), (2, -1)] {
        let element = c[row * extent + column]
        #expect(factor == 0 ? element.isNaN : element == sign * factor * .infinity)
      }
      for row in 3..<extent { #expect(c[row * extent + column].isFinite) }
    }
  }

  @Test func `sums beyond the type's largest value are infinities, and correct`() throws {
    let directory = try TemporaryDirectory()
    let element = littleEndian(HalfFloat(300).bitPattern, 2)
    let bytes = [[UInt8]](repeating: element, count: 16 * 16).flatMap { $0 }
    let path = try directory.write(
      NumpyArray(elementType: .float16, shape: [16, 16], bytes: bytes).file, to: "a.npy")
    let object = try matmul(["--a", path, "--b", path])
    #expect(object["passed"] as? Bool == true)
  }
}
