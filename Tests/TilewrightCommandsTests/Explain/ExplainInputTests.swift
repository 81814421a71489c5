// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Testing

@testable import TilewrightCommands

/// Tests of `explain` with configurations that do not exist.
@Suite struct ExplainInputTests {
  /// Arguments of `explain` that break a rule, and parts of the error.
  static let refusals: [(line: String, parts: [String])] = [
    ("swizzle --rows 7", ["multiple of 8", "not 7", "nearest is 8"]),
    ("swizzle --rows 13", ["multiple of 8", "not 13", "nearest is 16"]),
    ("swizzle --columns 40", ["multiple of 64", "not 40", "nearest is 64"]),
    ("swizzle --columns 200", ["multiple of 64", "not 200", "nearest is 192"]),
    ("swizzle --columns 40 --mode 64B", ["multiple of 32", "not 40", "nearest is 32"]),
    ("swizzle --rows 72 --columns 16 --major mn", ["multiple of 64", "not 72", "nearest is 64"]),
    ("swizzle --rows 0", ["--rows", "1 to 65536", "not 0"]),
    ("swizzle --rows -8", ["--rows", "1 to 65536", "not -8"]),
    ("swizzle --columns 99999999999999999999", ["--columns", "1 to 65536"]),
    ("swizzle --rows 512", ["256", "not 512", "nearest is 256"]),
    ("swizzle --rows 256 --columns 512", ["262144 bytes", "232448"]),
    ("swizzle --mode 96B", ["'96B'", "none, 32B, 64B and 128B"]),
    ("swizzle --type bf17", ["'bf17'", "bf16", "tf32"]),
    ("swizzle --type f64", ["1, 2 or 4 bytes", "not 8"]),
    ("swizzle --type f32 --major mn --rows 32", ["1 or 2 bytes", "not 4"]),
    ("swizzle --major row", ["'row'", "k and mn"]),
    ("core-matrices --address 1000", ["multiple of 1024", "not 1000", "nearest is 1024"]),
    ("core-matrices --address -1024", ["The address", "0 to 232448", "not -1024"]),
    ("core-matrices --address 232449", ["The address", "0 to 232448", "not 232449"]),
    ("core-matrices --target volta", ["'volta'", "hopper and blackwell"]),
    (
      "core-matrices --target hopper --major mn --type e4m3 --rows 128 --columns 32",
      ["Hopper", "2-byte elements, not 1"]
    ),
    ("box --box 300,8", ["1 to 256", "not 300"]),
    ("box --box 0,8", ["1 to 256", "not 0"]),
    ("box --box -64,8", ["1 to 256", "not -64"]),
    ("box --box 3,8 --mode none", ["multiple of 16 bytes", "not 6"]),
    ("box --at 3,0", ["multiple of 16 bytes", "8 elements", "not at element 3", "nearest is 0"]),
    ("box --at -12,0 --type e4m3 --box 128,8", ["16 elements", "element -12", "nearest is -16"]),
    ("box --box 128,8", ["at most 128 bytes", "not 256"]),
    ("box --box 64", ["--box has 1 numbers", "2 dimensions", "needs 2"]),
    ("box --at 0,0,0", ["--at has 3 numbers", "2 dimensions", "needs 2"]),
    ("box --at 0,99999999999", ["Each number of --at", "2147483647"]),
    ("box --tensor 0,100", ["1 to 4294967296", "not 0"]),
    ("box --tensor 99999999999999999999,1", ["Each number of --tensor"]),
    ("box --tensor 8,8,8,8,8,8 --box 8,1,1,1,1,1 --mode none", ["1 to 5 dimensions", "not 6"]),
    ("box --tensor 4294967296,4294967296,9,2 --box 64,1,1,1 --type f64", ["stride", "2^40"]),
    ("box --pitch 402", ["multiple of 16 bytes", "not 402"]),
    ("box --pitch 0", ["--pitch", "not 0"]),
    ("box --type s32 --fill nan --box 32,8", ["NaN", "s32"]),
    (
      "box --mode none --box 256,256,16 --tensor 256,256,16 --type f32",
      ["4194304 bytes", "232448"]
    ),
    ("tensor-memory -m 32", ["M with .cta_group::1", "64 and 128", "not 32", "nearest is 64"]),
    ("tensor-memory -m 100", ["not 100", "nearest is 128"]),
    ("tensor-memory -m 64 --group 2", ["128 and 256", "not 64"]),
    ("tensor-memory -n 260", ["8 to 256 in steps of 8", "not 260", "nearest is 256"]),
    ("tensor-memory -n 40 --group 2", ["16 to 256 in steps of 16", "not 40"]),
    ("tensor-memory -n 0", ["not 0", "nearest is 8"]),
    ("tensor-memory -m 99999999999999999999", ["M", "out of range"]),
    ("tensor-memory --group 3", ["1 and 2", "not 3"]),
    ("tcgen05.ld --repeat 64", ["16x256b.xN", "not 64", "nearest is 32"]),
    ("tcgen05.ld --repeat 3", ["not 3", "nearest is 2"]),
    ("tcgen05.ld --repeat 0", ["not 0", "nearest is 1"]),
    ("tcgen05.ld --shape 8x8", ["'8x8'", "16x32bx2"]),
    ("tcgen05.ld --split 4", ["--split", "16x32bx2"]),
    ("tcgen05.st --shape 16x32bx2 --repeat 32 --split 500", ["0 to 480", "not 500"]),
    ("tcgen05.st --shape 16x32bx2 --split -1", ["not -1"]),
    ("tcgen05.ld --thread 32", ["The thread", "0 to 31", "not 32"]),
    ("wgmma -n 12", ["8 to 256 in steps of 8", "not 12", "nearest is"]),
    ("wgmma -n 40 --type s32", ["s32", "32, 48", "not 40"]),
    ("wgmma --type bf16", ["type of D", "'bf16'", "f32, f16 and s32"]),
    ("wgmma --operand a --type f32", ["type of A", "'f32'"]),
    ("wgmma --operand a -n 8", ["-n", "operand d"]),
    ("wgmma --thread 128", ["0 to 127", "not 128"]),
    ("ldmatrix --count 3", ["1, 2 and 4", "not 3", "nearest is 2"]),
    ("stmatrix --count 8", ["not 8", "nearest is 4"]),
    (
      "distribute --tile 16,60",
      ["columns", "4 threads times 2 elements", "not 60", "nearest is 64"]
    ),
    ("distribute --tile 12,64", ["rows", "8 threads times 1 elements", "not 12", "nearest is 16"]),
    ("distribute --vector 0,2", ["--vector", "1 to 1024", "not 0"]),
    ("distribute --threads 8,4,2", ["--threads has 3 numbers", "needs 2"]),
    ("distribute --threads (8,4):(4,2)", ["without gaps", "32"]),
    ("distribute --threads (8,4", ["'(8,4'", "byte"]),
    ("distribute --threads (8,4,2):(1,8,32)", ["two modes", "not 3"]),
    ("distribute --threads 1024,1024", ["threads", "1 to 1024"]),
    ("distribute --thread 40", ["0 to 31", "not 40"]),
    ("swizzl", ["'swizzl'", "core-matrices", "naive"]),
    ("naive --target volta", ["'volta'"]),
  ]

  @Test(arguments: refusals)
  func `a rule that is broken is named, with the value`(line: String, parts: [String]) {
    let outcome = ToolOutcome(["explain"] + line.split(separator: " ").map(String.init))
    #expect(outcome.status == 2, "\(line): \(outcome.errorText)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1 && outcome.errorText.hasSuffix(".\n"))
    for part in parts {
      #expect(outcome.errorText.contains(part), "'\(part)' is not in: \(outcome.errorText)")
    }
  }

  @Test(arguments: [
    "swizzle --rows x", "swizzle --rows", "swizzle --colour always", "box --box 64;8",
    "box --fill ones", "swizzle --width 79", "swizzle --height 2", "wgmma --operand b",
    "swizzle --color sometimes", "tensor-memory 64", "naive swizzled", "box --at ,",
  ])
  func `a command line that is none is refused with how it is used`(line: String) {
    let outcome = ToolOutcome(["explain"] + line.split(separator: " ").map(String.init))
    #expect(outcome.status == 64, "\(line): \(outcome.errorText)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorText.contains("Usage: tilewright explain"))
  }

  @Test func `every topic draws an example, and has the same keys however it is configured`() throws
  {
    let list = try ToolOutcome(["explain", "--json"]).object()
    let topics = try #require(list["topics"] as? [[String: Any]])
    #expect(topics.count == 10)
    for topic in topics {
      let name = try #require(topic["name"] as? String)
      let object = try ToolOutcome(["explain", name, "--json"]).object()
      #expect(object["topic"] as? String == name)
      #expect(ToolOutcome(["explain", name, "--help"]).status == 0)
    }
    for (line, further) in [
      ("swizzle", ["--mode", "none", "--major", "mn", "--rows", "16"]),
      ("core-matrices", ["--target", "hopper"]), ("tcgen05.ld", ["--shape", "16x32bx2"]),
      ("wgmma", ["--operand", "a"]), ("swizzled", ["--target", "hopper"]),
    ] {
      let usual = try ToolOutcome(["explain", line, "--json"]).object()
      let other = try ToolOutcome(["explain", line] + further + ["--json"]).object()
      #expect(Set(usual.keys) == Set(other.keys))
    }
  }

  @Test func `a kernel's drawing has its tiles and the instructions of its text`() throws {
    for (target, mnemonics) in [
      ("hopper", ["wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16"]),
      (
        "blackwell",
        ["tcgen05.mma.cta_group::1.kind::f16", "tcgen05.ld.sync.aligned.16x256b.x8.b32"]
      ),
    ] {
      let object = try ToolOutcome(["explain", "swizzled", "--target", target, "--json"]).object()
      let tiles = try #require(object["tiles"] as? [[String: Any]])
      #expect(tiles.compactMap { $0["name"] as? String } == ["a", "b"])
      #expect(tiles.compactMap { $0["offset"] as? Int } == [0, 8192])
      for tile in tiles {
        let swizzle = try #require(tile["swizzle"] as? [String: Any])
        let drawn = try ToolOutcome(["explain", "swizzle", "--rows", "64", "--json"]).object()
        #expect(NSDictionary(dictionary: swizzle).isEqual(to: drawn))
        let coreMatrices = try #require(tile["coreMatrices"] as? [String: Any])
        let descriptors = try #require(coreMatrices["descriptors"] as? [[String: Any]])
        #expect(descriptors.compactMap { $0["target"] as? String } == [target])
      }
      let instructions = try #require(object["instructions"] as? [[String: Any]])
      #expect(instructions.compactMap { $0["mnemonic"] as? String } == mnemonics)
      let text = ToolOutcome(["ptx", "swizzled", "--target", target]).output
      for mnemonic in mnemonics { #expect(text.contains(mnemonic + " ")) }
      let output = try #require(object["output"] as? [String: Any])
      #expect(output["rows"] as? Int == 64 && output["columns"] as? Int == 64)
    }
    let scale = try ToolOutcome(["explain", "scale", "--json"]).object()
    #expect(scale["output"] is NSNull)
    #expect(ToolOutcome(["explain", "scale"]).output.contains("no tiles in shared memory.\n"))
  }
}
