// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of `run` with damaged kernels, launch files or arrays: it runs, or reports an error.
struct DamagedFilesTests {
  /// A kernel with its launch file and arrays, undamaged.
  private struct Scene {
    /// The files by name: `kernel.ptx`, `launch.json` and arrays.
    var files: [String: [UInt8]]
  }

  /// Returns an array file.
  private func array(_ type: NumpyElementType, _ shape: [Int], _ byteCount: Int) -> [UInt8] {
    NumpyArray(
      elementType: type, shape: shape, bytes: (0..<byteCount).map { UInt8($0 * 5 % 251) }
    ).file
  }

  /// The scenes to damage.
  private func scenes() -> [Scene] {
    let scale = """
      {"entry": "scale", "grid": 4, "block": [256, 1, 1], "arguments": [
        {"f32": 2.5}, {"buffer": {"from": "x.npy"}},
        {"buffer": {"name": "y", "type": "f32", "shape": [100, 10], "fill": "nan", "to": "y.npy"}},
        {"u32": 1000}]}
      """
    let matmul = """
      {"grid": [1, 2], "sharedBytes": 24600, "target": "hopper", "cluster": 1,
       "buffers": {"a": {"from": "a.npy"}, "b": {"from": "b.npy", "type": "bf16"}},
       "arguments": [
         {"tensorMap": {"buffer": "a", "extents": [64, 128], "box": [8, 64], "fill": "zeros"}},
         {"tensorMap": {"buffer": "b", "extents": [64, 64], "strides": [128], "box": [8, 64],
           "swizzle": "none", "elementStrides": [1, 1]}},
         {"buffer": {"type": "bf16", "shape": [128, 64], "fill": 0.5, "to": "c.npy"}},
         {"u32": 128}, {"u32": 64}, {"u32": 64}]}
      """
    let mixed = """
      {"grid": 1, "block": 32, "arguments": [
        {"u8": 255}, {"s64": -9223372036854775808}, {"f16": 1e3}, {"bytes": [1, 2, 3]},
        {"buffer": {"from": "e.npy", "type": "e4m3"}},
        {"buffer": {"type": "f64", "count": 7, "fill": "inf"}}, {"e5m2": "nan"}]}
      """
    let mixedText = """
      .version 8.0
      .target sm_90
      .address_size 64
      .visible .entry mixed(.param .u8 a, .param .s64 b, .param .b16 c, .param .b8 d[3],
        .param .u64 e, .param .u64 f, .param .b8 g)
      {
        ret;
      }
      """
    return [
      Scene(files: [
        "kernel.ptx": Array(ToolOutcome(["ptx", "scale"]).output.utf8),
        "launch.json": Array(scale.utf8), "x.npy": array(.float32, [1000], 4000),
      ]),
      Scene(files: [
        "kernel.ptx": Array(
          ToolOutcome(["ptx", "tensor-core", "--target", "hopper"]).output.utf8),
        "launch.json": Array(matmul.utf8), "a.npy": array(.bfloat16, [128, 64], 16384),
        "b.npy": array(.bfloat16, [64, 64], 8192),
      ]),
      Scene(files: [
        "kernel.ptx": Array(mixedText.utf8), "launch.json": Array(mixed.utf8),
        "e.npy": array(.float8E4M3, [4, 4], 16),
      ]),
    ]
  }

  @Test func `damaged kernels, launch files and arrays are used, or refused with a reason`() throws
  {
    let scenes = scenes()
    for scene in scenes { #expect(try run(scene.files).status == 0) }
    let run = FuzzRun("files")
    try run.forEachSeed(of: 0..<300) { seed in
      let scene = scenes[Int(seed % 3)]
      var damager = Damager(seed: seed, corpus: scenes.flatMap { $0.files.values })
      var files = scene.files
      let names = files.keys.sorted()
      // The launch file has the most rules, so it is damaged most often.
      let name =
        damager.number(below: 2) == 0 ? "launch.json" : names[damager.number(below: names.count)]
      files[name] = damager.damaged(files[name] ?? [])
      // Paths that lead out of the directory are not tried: they could name somebody's files.
      let launch = String(decoding: files["launch.json"] ?? [], as: UTF8.self)
      guard !launch.contains(".."), !launch.contains("\"/"), !launch.contains("~") else { return }
      run.keep(files[name] ?? [], as: name)
      let outcome = try run.guardingTime("\(seed)") { try self.run(files) }
      #expect([0, 1, 2].contains(outcome.status), "seed \(seed): \(outcome.errorText)")
      #expect(outcome.status != 2 || !outcome.errorText.isEmpty, "seed \(seed)")
    }
  }

  /// Runs the tool on files in a directory of their own, for some instructions.
  private func run(_ files: [String: [UInt8]]) throws -> ToolOutcome {
    let directory = try TemporaryDirectory()
    for (name, bytes) in files { _ = try directory.write(bytes, to: name) }
    return ToolOutcome([
      "run", directory.file("kernel.ptx"), "--launch", directory.file("launch.json"), "--device",
      "simulator", "--threads", "1", "--instruction-limit", "300000",
    ])
  }
}
