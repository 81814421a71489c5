// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import PTX
import TestSupport
import Testing
import TileLayout

/// `wgmma` of every type, from shared memory and from registers.
private let warpgroupTypes = Kernel<Hopper, GlobalBuffer<Float>, UInt64, UInt32>(
  "warpgroup_types", block: 128, minimumBlocksPerMultiprocessor: 1
) { k, output, bits, word in
  let tile = MatrixDescriptor(bits)
  let fragment = (0..<4).map { index in word + index }
  let floats = (0..<4).map { _ in k.variable(Float(0)) }
  let halves = (0..<2).map { _ in k.variable(UInt32(0)) }
  let integers = (0..<4).map { _ in k.variable(Int32(0)) }
  let adds = word > 0
  k.wgmmaFence()
  k.wgmmaMmaAsync(
    floats, a: tile, b: tile, of: TensorFloat32.self, by: TensorFloat32.self, accumulates: adds)
  k.wgmmaMmaAsync(
    floats, a: fragment, b: tile, of: Float8E4M3.self, by: Float8E5M2.self, accumulates: adds,
    negatesA: true)
  k.wgmmaMmaAsync(
    floats, a: tile, b: tile, of: BFloat16.self, by: BFloat16.self, accumulates: adds,
    negatesB: true)
  k.wgmmaMmaAsync(
    floats, a: fragment, b: tile, of: HalfFloat.self, by: HalfFloat.self, accumulates: adds)
  k.wgmmaMmaAsync(
    halves: halves, a: tile, b: tile, of: Float8E5M2.self, by: Float8E5M2.self, accumulates: adds)
  k.wgmmaMmaAsync(
    halves: halves, a: fragment, b: tile, of: HalfFloat.self, by: HalfFloat.self,
    accumulates: !adds)
  k.wgmmaMmaAsync(integers, a: tile, b: tile, of: Int8.self, by: UInt8.self, accumulates: adds)
  k.wgmmaMmaAsync(
    integers, a: fragment, b: tile, of: UInt8.self, by: UInt8.self, accumulates: adds,
    saturates: true)
  k.wgmmaMmaAsync(integers, a: fragment, b: tile, of: MatrixBit.self, accumulates: k.always)
  k.wgmmaCommitGroup()
  k.wgmmaWaitGroup(0)
  output[0] = floats[0].value
}

/// The modifiers of the expected instructions of `warpgroupTypes`, and the literals after D.
private let warpgroupLiterals = [
  "m64n8k8.f32.tf32.tf32": ", 1, 1;", "m64n8k32.f32.e4m3.e5m2": ", -1, 1;",
  "m64n8k16.f32.bf16.bf16": ", 1, -1, 0, 0;", "m64n8k16.f32.f16.f16": ", 1, 1, 0;",
  "m64n8k32.f16.e5m2.e5m2": ", 1, 1;", "m64n8k16.f16.f16.f16": ", 1, 1, 0;",
  "m64n8k32.s32.s8.u8": ";", "m64n8k32.s32.u8.u8.satfinite": ";",
  "m64n8k256.s32.b1.b1.and.popc": ", 1;",
]

@Suite struct MatrixTypesTests {
  @Test func `wgmma of every type is taken by ptxas and parses back`() throws {
    let module = try warpgroupTypes.module()
    #expect(try parse(module.ptx()) == module)
    let report = try assemble(module.ptx(), architecture: module.target.description)
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test(arguments: warpgroupLiterals.keys.sorted())
  func `wgmma has the literals of its type`(modifiers: String) throws {
    let start = "wgmma.mma_async.sync.aligned.\(modifiers) "
    let line = try warpgroupTypes.instructions().first { $0.hasPrefix(start) }
    let end = try #require(warpgroupLiterals[modifiers])
    #expect(line?.hasSuffix(end) == true, "\(line ?? "There is no such instruction.")")
  }
}
