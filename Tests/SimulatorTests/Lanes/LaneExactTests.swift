// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import Testing

@testable import Simulator

@Suite struct `Lane instructions` {
  @Test(
    arguments: [
      // Results that PTX leaves to the machine, as in the code that ptxas generates.
      ("div.u32", [32, 32, 32], [7, 0], 0xFFFF_FFFF),
      ("rem.u32", [32, 32, 32], [7, 0], 0xFFFF_FFFF),
      ("div.s64", [64, 64, 64], [7, 0], 0xFFFF_FFFF_FFFF_FFFF),
      ("rem.s16", [16, 16, 16], [7, 0], 0xFFFF),
      ("div.s32", [32, 32, 32], [0x8000_0000, 0xFFFF_FFFF], 0x8000_0000),
      ("rem.s32", [32, 32, 32], [0x8000_0000, 0xFFFF_FFFF], 0),
      // The first source becomes the high half.
      ("cvt.rn.bf16x2.f32", [32, 32, 32], [0x3F80_0000, 0x4000_0000], 0x3F80_4000),
      ("cvt.rn.f16x2.f32", [32, 32, 32], [0x3F80_0000, 0x4000_0000], 0x3C00_4000),
      ("cvt.rn.satfinite.e4m3x2.f32", [16, 32, 32], [0x3F80_0000, 0x4400_0000], 0x387E),
      // NaN: the canonical one, zero, or only the highest bit.
      ("add.f32", [32, 32, 32], [0x7F80_0001, 0x3F80_0000], 0x7FFF_FFFF),
      ("mul.f32", [32, 32, 32], [0x7F80_0000, 0], 0x7FFF_FFFF),
      // In double precision the NaN of the second operand; for quotients of the first; for fma of
      // the second, the third, then the first; with its sign, even if the operation changes signs.
      ("add.f64", [64, 64, 64], [0xFFF0_0000_0000_0001, 0], 0xFFF8_0000_0000_0001),
      (
        "add.f64", [64, 64, 64], [0x7FF8_0000_0000_0002, 0xFFF0_0000_0000_0001],
        0xFFF8_0000_0000_0001
      ),
      (
        "sub.rm.f64", [64, 64, 64], [0x7FF8_0000_0000_0002, 0xFFF0_0000_0000_0001],
        0xFFF8_0000_0000_0001
      ),
      (
        "div.rn.f64", [64, 64, 64], [0x7FF0_0000_0000_0002, 0xFFF0_0000_0000_0001],
        0x7FF8_0000_0000_0002
      ),
      (
        "fma.rn.f64", [64, 64, 64, 64],
        [0x7FF8_0000_0000_0003, 0, 0x7FF0_0000_0000_0001], 0x7FF8_0000_0000_0001
      ),
      (
        "max.f64", [64, 64, 64], [0x7FF8_0000_0000_0002, 0xFFF0_0000_0000_0001],
        0xFFF8_0000_0000_0001
      ),
      ("neg.f64", [64, 64], [0xFFF0_0000_0000_0001], 0xFFF8_0000_0000_0001),
      ("abs.f64", [64, 64], [0xFFF0_0000_0000_0001], 0xFFF8_0000_0000_0001),
      ("mul.f64", [64, 64, 64], [0x7FF0_0000_0000_0000, 0], 0xFFF8_0000_0000_0000),
      ("sqrt.rn.f64", [64, 64], [0xBFF0_0000_0000_0000], 0xFFF8_0000_0000_0000),
      ("rcp.approx.ftz.f64", [64, 64], [0xFFF8_0000_0000_0000], 0x7FFF_FFFF_0000_0000),
      ("rsqrt.approx.ftz.f64", [64, 64], [0xBFF0_0000_0000_0000], 0x7FFF_FFFF_0000_0000),
      ("fma.rn.bf16", [16, 16, 16, 16], [0x7F80, 0, 0], 0x7FFF),
      ("neg.f32", [32, 32], [0x7F80_0001], 0x7FFF_FFFF),
      ("abs.bf16", [16, 16], [0xFF81], 0x7FFF),
      ("neg.f16x2", [32, 32], [0x7C01_3C00], 0x7FFF_BC00),
      ("cvt.f32.bf16", [32, 16], [0x7F81], 0x7F81_0000),
      ("cvt.rna.tf32.f32", [32, 32], [0x7F80_0001], 0x7F80_0000),
      ("cvt.rna.satfinite.tf32.f32", [32, 32], [0x7FC0_4001], 0x7FC0_2000),
      ("cvt.rn.f16.f64", [16, 64], [0xFFF0_0400_0000_0001], 0xFE01),
      ("cvt.f64.bf16", [64, 16], [0xFF81], 0xFFF8_2000_0000_0000),
      ("cvt.ftz.f64.f32", [64, 32], [0xFF80_0001], 0x7FFF_FFFF_E000_0000),
      ("cvt.rzi.s8.f64", [32, 64], [0x7FF8_0000_0000_0000], 0xFFFF_FF80),
      ("cvt.rzi.u16.f64", [32, 64], [0x7FF8_0000_0000_0000], 0x8000),
      // Subnormal values are not flushed before they are converted to f16.
      ("cvt.rp.ftz.f16.f32", [16, 32], [0x0000_0001], 0x0001),
      ("cvt.rp.ftz.bf16.f32", [16, 32], [0x0000_0001], 0),
      // For 64-bit fields all bits of position and length are used, for others eight.
      ("bfe.u64", [64, 64, 32, 32], [.max, 0x100, 8], 0),
      ("bfe.s64", [64, 64, 32, 32], [1 << 63, 0x100, 8], .max),
      ("bfe.u64", [64, 64, 32, 32], [.max, 0, 0x104], .max),
      ("bfe.u32", [32, 32, 32, 32], [0xFFFF_FFFF, 0x100, 8], 0xFF),
      ("bfi.b64", [64, 64, 64, 32, 32], [.max, 5, 0x100, 8], 5),
      ("bfi.b32", [32, 32, 32, 32, 32], [0xFFFF_FFFF, 0, 0x100, 8], 0xFF),
      ("cvt.rzi.s32.f32", [32, 32], [0x7FC0_0000], 0),
      ("cvt.rzi.s32.f64", [32, 64], [0x7FF8_0000_0000_0000], 0x8000_0000),
      ("cvt.rzi.u64.f32", [64, 32], [0x7FC0_0000], 0x8000_0000_0000_0000),
      ("add.sat.f32", [32, 32, 32], [0x7FC0_0000, 0], 0),
      // Zeros have an order, and directed rounding has its own zero.
      ("min.f32", [32, 32, 32], [0, 0x8000_0000], 0x8000_0000),
      ("max.f32", [32, 32, 32], [0x8000_0000, 0], 0),
      ("sub.rm.f32", [32, 32, 32], [0x3F80_0000, 0x3F80_0000], 0x8000_0000),
      // A product and sum that is correct only with a single rounding: (1+2^-12)^2 - 2^-60.
      ("fma.rn.f32", [32, 32, 32, 32], [0x3F80_0800, 0x3F80_0800, 0xA180_0000], 0x3F80_1000),
      ("fma.rn.f32", [32, 32, 32, 32], [0x3F80_0800, 0x3F80_0800, 0x2180_0000], 0x3F80_1001),
      // A result that is subnormal when rounded to all 24 digits is flushed, even if ordinary
      // rounding gives the smallest normal number: bits of an H200.
      ("mul.rn.ftz.f32", [32, 32, 32], [0xA183_870F, 0x9E79_2252], 0),
      ("mul.rn.ftz.f32", [32, 32, 32], [0x21A6_CF17, 0x1E44_70B8], 0x0080_0000),
      ("mul.rm.ftz.f32", [32, 32, 32], [0xA1B6_2F90, 0x1E33_DC3F], 0x8000_0000),
      (
        "fma.rn.ftz.f32", [32, 32, 32, 32], [0x21AF_10C8, 0x1EBB_2CF4, 0x8080_0000], 0
      ),
      (
        "fma.rp.ftz.f32", [32, 32, 32, 32], [0x21AF_10C8, 0x1EBB_2CF4, 0x8080_0000], 0x0080_0000
      ),
      ("div.rm.ftz.f32", [32, 32, 32], [0x21C6_5916, 0xE0C6_5917], 0x8000_0000),
      ("rcp.rp.ftz.f32", [32, 32], [0x7E80_0001], 0),
      ("rcp.rn.ftz.f32", [32, 32], [0xFE80_0000], 0x8080_0000),
      ("cvt.rn.ftz.f32.f64", [32, 64], [0xB80F_FFFF_E410_0F88], 0x8000_0000),
      ("cvt.rn.ftz.f32.f64", [32, 64], [0x380F_FFFF_FFFA_2704], 0x0080_0000),
      ("mul.rp.ftz.sat.f32", [32, 32, 32], [0x21A7_EA18, 0x1E43_25A2], 0),
      // 2^-7 (1 - 2^-11) times 2^-7 is nearer to the smallest normal f16 than to its predecessor.
      ("fma.rn.ftz.f16", [16, 16, 16, 16], [0x1FFE, 0x2000, 0], 0),
      ("fma.rn.f16", [16, 16, 16, 16], [0x1FFF, 0x2000, 0], 0x0400),
      // Counts beyond the width.
      ("shl.b32", [32, 32, 32], [1, 32], 0),
      ("shr.s32", [32, 32, 32], [0x8000_0000, 99], 0xFFFF_FFFF),
      ("shl.b16", [16, 16, 32], [0xFFFF, 4], 0xFFF0),
      // Values are extended to their destination containers.
      ("cvt.s8.s32", [32, 32], [0x80], 0xFFFF_FF80),
      ("cvt.s8.s32", [16, 32], [0x80], 0xFF80),
      ("cvt.u16.s8", [32, 32], [0x80], 0xFF80),
      ("cvt.s64.s32", [64, 64], [0x7777_7777_8000_0000], 0xFFFF_FFFF_8000_0000),
      // A quotient whose divisor is beyond 2^126 is zero.
      ("div.approx.f32", [32, 32, 32], [0x7F00_0000, 0x7F00_0000], 0),
      ("rcp.approx.ftz.f64", [64, 64], [0x4008_0000_0000_0001], 0x3FD5_5555_0000_0000),
    ] as [(String, [Int], [UInt64], UInt64)])
  func `give exact bits`(
    mnemonic: String, widths: [Int], inputs: [UInt64], expected: UInt64
  ) throws {
    let bench = LaneBench()
    for lane in 0..<32 {
      for (index, input) in inputs.enumerated() {
        bench.write(index + 1, width: widths[index + 1], lane: lane, input)
      }
    }
    let operands = widths.enumerated().map {
      LaneBench.Value.register($0.offset, width: $0.element)
    }
    try bench.run(mnemonic, operands)
    for lane in 0..<32 { #expect(bench.read(0, width: widths[0], lane: lane) == expected) }
    let other = LaneBench()
    for (index, input) in inputs.enumerated() {
      other.write(index + 1, width: widths[index + 1], lane: 9, input)
    }
    try other.run(mnemonic, operands, mask: 1 << 9)
    #expect(other.read(0, width: widths[0], lane: 9) == expected)
    #expect(other.read(0, width: widths[0], lane: 8) == 0)
  }

  @Test(arguments: [UInt32.max, 0x8000_0101])
  func `move containers of 128 bits, whole and in parts`(mask: UInt32) throws {
    let bench = LaneBench()
    for lane in 0..<32 {
      bench.write(1, width: 64, lane: lane, 0x1111_2222_3333_0000 + UInt64(lane))
      bench.write(2, width: 64, lane: lane, 0x5555_6666_7777_0000 + UInt64(lane))
    }
    let word = LaneBench.Value.register(3, width: 128)
    try bench.run(
      "mov.b128", [word, .vector([.register(1, width: 64), .register(2, width: 64)])], mask: mask)
    try bench.run("mov.b128", [.register(4, width: 128), word], mask: mask)
    try bench.run(
      "mov.b128", [.vector([.sink, .register(5, width: 64)]), .register(4, width: 128)], mask: mask)
    let parts = (6..<10).map { LaneBench.Value.register($0, width: 32) }
    try bench.run("mov.b128", [.vector(parts), .register(4, width: 128)], mask: mask)
    try bench.run("mov.b128", [.register(10, width: 128), .vector(parts)], mask: mask)
    for lane in 0..<32 {
      let isRun = mask >> UInt32(lane) & 1 == 1
      let low: UInt64 = isRun ? 0x1111_2222_3333_0000 + UInt64(lane) : 0
      let high: UInt64 = isRun ? 0x5555_6666_7777_0000 + UInt64(lane) : 0
      for register in [3, 4, 10] {
        #expect(bench.read(register, width: 64, lane: lane) == low)
        #expect(bench.readHigh(register, lane: lane) == high)
      }
      #expect(bench.read(5, width: 64, lane: lane) == high)
      let words = (6..<10).map { bench.read($0, width: 32, lane: lane) }
      #expect(words == [low & 0xFFFF_FFFF, low >> 32, high & 0xFFFF_FFFF, high >> 32])
    }
  }

  @Test(arguments: [0, 64, 128, 192] as [LaneOffset])
  func `read their sources before they overwrite them`(distance: LaneOffset) throws {
    let bench = LaneBench()
    for lane in 0..<32 {
      bench.write(2, width: 32, lane: lane, UInt64(lane * 3 + 1))
      bench.write(3, width: 32, lane: lane, 0x8000_0000)
    }
    let source = LaneOffset(2 * LaneBench.stride)
    try bench.run(
      "mul.wide.u32",
      [.register(0, width: 64), .register(2, width: 32), .register(3, width: 32)],
      offsets: [0: source - distance])
    let base = bench.registers + Int(source - distance)
    for lane in 0..<32 {
      let product = base.assumingMemoryBound(to: UInt64.self)[lane]
      #expect(product == UInt64(lane * 3 + 1) << 31)
    }
  }

  @Test func `take immediates, and predicates that are immediates`() throws {
    let bench = LaneBench()
    try bench.run("add.s16", [.register(0, width: 16), .integer(-1), .integer(-2)])
    #expect(bench.read(0, width: 16, lane: 5) == 0xFFFD)
    let flags = LaneBench.Value.pair(.register(1, width: 1), .sink)
    try bench.run("setp.lt.and.s32", [flags, .integer(-1), .integer(1), .integer(1)])
    #expect(bench.read(1, width: 1, lane: 31) == 1)
    try bench.run(
      "selp.b64", [.register(2, width: 64), .integer(5), .integer(6), .register(1, width: 1)])
    #expect(bench.read(2, width: 64, lane: 31) == 5)
  }

  @Test func `do nothing if the result is unused`() throws {
    let instruction = try #require(
      try LaneBench().decode("add.u32", [.sink, .integer(1), .integer(2)]))
    #expect(instruction.operation == .nothing)
  }

  @Test(arguments: [
    "ld.global.b32", "bra", "shfl.sync.idx.b32", "bar.sync", "cvta.to.global.u64",
    "wgmma.fence.sync.aligned", "tcgen05.wait::ld.sync.aligned", "atom.global.add.u32",
    "mbarrier.init.shared.b64", "cp.async.bulk.commit_group", "getctarank.u64",
  ])
  func `are not decoded if they access more than a lane's registers`(mnemonic: String) throws {
    let instruction = try LaneBench().decode(mnemonic, [])
    #expect(instruction == nil, "\(mnemonic) was decoded.")
  }

  @Test(arguments: [
    ("fma.rn.oob.bf16x2", 4), ("add.rz.f16", 3),
    ("add.cc.u16", 3), ("cvt.rs.satfinite.e4m3x4.f32", 3), ("mov.b1024", 2),
  ])
  func `name what they do not support`(mnemonic: String, count: Int) throws {
    let operands = (0..<count).map { LaneBench.Value.register($0, width: 32) }
    let error = #expect(throws: UnsupportedInstruction.self) {
      try LaneBench().decode(mnemonic, operands)
    }
    #expect(error?.reason.hasPrefix(mnemonic) == true)
  }

  @Test func `are small`() {
    #expect(MemoryLayout<LaneInstruction>.size <= 64)
  }
}
