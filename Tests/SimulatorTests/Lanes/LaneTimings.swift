import Foundation
import Testing

@testable import Simulator

@Suite struct `Timings of lane instructions` {
  /// Whether timings are wanted: they take a while, and say nothing on a busy machine.
  static let areWanted = ProcessInfo.processInfo.environment["TIME_LANES"] == "1"

  @Test(
    .enabled(if: areWanted, "Set TIME_LANES=1 to run it."),
    arguments: [
      ("add.u32", [32, 32, 32]), ("mad.lo.u32", [32, 32, 32, 32]),
      ("fma.rn.f32", [32, 32, 32, 32]), ("add.f32", [32, 32, 32]), ("setp.lt.u32", [1, 32, 32]),
      ("setp.lt.f32", [1, 32, 32]), ("cvt.rn.bf16x2.f32", [32, 32, 32]), ("mov.b32", [32, 32]),
      ("mul.wide.u32", [64, 32, 32]), ("shl.b32", [32, 32, 32]), ("add.s64", [64, 64, 64]),
      ("lop3.b32", [32, 32, 32, 32]), ("max.f32", [32, 32, 32]), ("selp.b32", [32, 32, 32, 1]),
      ("fma.rn.bf16x2", [32, 32, 32, 32]), ("ex2.approx.f32", [32, 32]),
      ("cvt.u64.u32", [64, 32]), ("prmt.b32", [32, 32, 32, 32]), ("div.u32", [32, 32, 32]),
    ])
  func `of one instruction`(mnemonic: String, widths: [Int]) throws {
    let bench = LaneBench()
    for lane in 0..<32 {
      for register in 1...3 {
        let word = mnemonic.hasPrefix("prmt") ? 0x5410 : Float(lane + register).bitPattern
        bench.write(register, width: 32, lane: lane, UInt64(word | word >> 16))
      }
    }
    var operands = widths.enumerated().map {
      LaneBench.Value.register($0.offset, width: $0.element)
    }
    if mnemonic == "lop3.b32" { operands.append(.integer(0x96)) }
    let instruction = try #require(try bench.decode(mnemonic, operands))
    for mask in [UInt32.max, 0xFFFF, 1] {
      let count = 300_000
      let clock = ContinuousClock()
      let time = clock.measure {
        for _ in 0..<count { execute(instruction, mask: mask, in: bench.memory) }
      }
      let nanoseconds = time / .nanoseconds(1) / Double(count)
      let rounded = (nanoseconds * 10).rounded() / 10
      print("\(mnemonic) \(String(mask, radix: 16)): \(rounded) ns")
    }
  }
}
