// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@testable import Conformance

@Suite struct PromiseTests {
  /// An instruction, its operands, and a result that the manual either allows or forbids.
  struct Case: Sendable {
    /// The mnemonic.
    var mnemonic: String
    /// The words of the operands.
    var operands: [UInt32]
    /// The words of the result.
    var result: [UInt32]
    /// Whether the manual allows it.
    var isAllowed: Bool

    /// Creates a case.
    init(_ mnemonic: String, _ operands: [UInt32], _ result: [UInt32], _ isAllowed: Bool) {
      self.mnemonic = mnemonic
      self.operands = operands
      self.result = result
      self.isAllowed = isAllowed
    }

    /// Creates a single-precision case.
    init(_ mnemonic: String, _ operands: [Float], _ result: Float, _ isAllowed: Bool) {
      self.init(mnemonic, operands.map(\.bitPattern), [result.bitPattern], isAllowed)
    }
  }

  /// Results near the limits of the allowed error.
  static let cases: [Case] = [
    // 1 ulp of 1/3, which lies 1/3 of an ulp above 0x3EAAAAAA.
    Case("rcp.approx.f32", [0x4040_0000], [0x3EAA_AAAB], true),
    Case("rcp.approx.f32", [0x4040_0000], [0x3EAA_AAAA], true),
    Case("rcp.approx.f32", [0x4040_0000], [0x3EAA_AAAC], false),
    Case("rcp.approx.f32", [0x4040_0000], [0x3EAA_AAA9], false),
    Case("rcp.approx.f32", [-.infinity], -0.0, true),
    Case("rcp.approx.f32", [-.infinity], 0, false),
    Case("rcp.approx.f32", [.nan], .nan, true),
    Case("rcp.approx.f32", [.nan], 0, false),
    Case("rcp.approx.ftz.f32", [0x1p-127], .infinity, true),
    Case("rcp.approx.ftz.f32", [0x1p-127], 0x1p127, false),
    Case("rcp.approx.f32", [0x1p-127], 0x1p127, true),
    Case("rcp.approx.ftz.f32", [-0x1p127], -0.0, true),
    Case("rcp.approx.f32", [-0x1p127], -0.0, false),
    // 2^-23 and 2^-22.9, relative.
    Case("sqrt.approx.f32", [4], Float(2).nextUp, true),
    Case("sqrt.approx.f32", [4], Float(2).nextUp.nextUp, false),
    Case("sqrt.approx.f32", [-4], .nan, true),
    Case("sqrt.approx.f32", [-4], -2, false),
    Case("rsqrt.approx.f32", [0x1p-2], Float(2).nextUp, true),
    Case("rsqrt.approx.f32", [0x1p-2], Float(2).nextUp.nextUp, false),
    Case("rsqrt.approx.f32", [-0.0], -.infinity, true),
    Case("rsqrt.approx.f32", [-0.0], .infinity, false),
    // 2 ulp; a zero where the divisor is beyond 2^126.
    Case("div.approx.f32", [1, 4], Float(0.25).nextUp.nextUp, true),
    Case("div.approx.f32", [1, 4], Float(0.25).nextUp.nextUp.nextUp, false),
    Case("div.approx.f32", [-1, 0x1p127], -0.0, true),
    Case("div.approx.f32", [-1, 0x1p127], -0x1p-127, false),
    Case("div.approx.f32", [.infinity, 0x1p127], .nan, true),
    Case("div.approx.f32", [.infinity, 0x1p127], .infinity, false),
    Case("div.full.f32", [-1, 0x1p127], -0x1p-127, true),
    Case("div.full.f32", [-1, 0x1p127], -0.0, false),
    // 2^-20.5 up to 2π, 2^-14.7 up to 100π, and no limit beyond.
    Case("sin.approx.f32", [0], 0x1p-22, false),
    Case("sin.approx.f32", [0.5], 0.479_425_54 + 6.5e-7, true),
    Case("sin.approx.f32", [0.5], 0.479_425_54 + 7e-7, false),
    Case("cos.approx.f32", [100], 0.862_318_9 + 3.7e-5, true),
    Case("cos.approx.f32", [100], 0.862_318_9 + 3.9e-5, false),
    Case("cos.approx.f32", [0x1p100], 0.5, true),
    Case("cos.approx.f32", [.infinity], 0.5, false),
    // 2^-22, absolute near 1 and relative elsewhere.
    Case("lg2.approx.f32", [1], 0x1p-22, true),
    Case("lg2.approx.f32", [1], 0x1.1p-22, false),
    Case("lg2.approx.f32", [0x1p64], 64 + 0x1p-16, true),
    Case("lg2.approx.f32", [0x1p64], 64 + 0x1p-15, false),
    Case("lg2.approx.ftz.f32", [-0x1p-130], -.infinity, true),
    // 2 ulp from the rounded result, including subnormal results.
    Case("ex2.approx.f32", [-148], 0x1p-147 as Float, true),
    Case("ex2.approx.f32", [-148], 0x1p-148 + 0x1p-147 as Float, false),
    Case("ex2.approx.f32", [-130], 0, false),
    Case("ex2.approx.ftz.f32", [-130], 0, true),
    Case("ex2.approx.f32", [128], .infinity, true),
    Case("ex2.approx.f32", [128], .greatestFiniteMagnitude, true),
    Case("ex2.approx.f32", [129], 0x1p127, false),
    Case("ex2.approx.f32", [-0.0], Float(1).nextUp, false),
    // 2^-11, relative.
    Case("tanh.approx.f32", [0x1p-20], 0x1.001p-20, true),
    Case("tanh.approx.f32", [0x1p-20], 0x1.003p-20, false),
    // Half precision: 2^-9.9 and 2^-10.987 for f16, 2^-7 and 2^-8 for bf16.
    Case("ex2.approx.f16", [0x3C00], [0x4001], true),
    Case("ex2.approx.f16", [0x3C00], [0x4002], false),
    Case("ex2.approx.ftz.bf16", [0x3F80], [0x4001], true),
    Case("ex2.approx.ftz.bf16", [0x3F80], [0x4002], false),
    Case("tanh.approx.f16", [0x7C00], [0x3C00], true),
    Case("tanh.approx.f16", [0x7C00], [0x3BFF], false),
    Case("tanh.approx.bf16", [0x4180], [0x3F7F], true),
    Case("tanh.approx.bf16", [0x4180], [0x3F7E], false),
    // Both halves of a pair count.
    Case("ex2.approx.f16x2", [0x3C00_3C00], [0x4001_4000], true),
    Case("ex2.approx.f16x2", [0x3C00_3C00], [0x4002_4000], false),
    // Only the high word; one NaN.
    Case("rcp.approx.ftz.f64", [0xFFFF_FFFF, 0x4000_0000], [0, 0x3FE0_0000], true),
    Case("rcp.approx.ftz.f64", [0xFFFF_FFFF, 0x4000_0000], [0, 0x3FE0_0002], false),
    Case("rcp.approx.ftz.f64", [1, 0x7FF8_0000], [0, 0x7FFF_FFFF], true),
    Case("rcp.approx.ftz.f64", [1, 0x7FF8_0000], [0, 0x7FF8_0000], false),
    Case("rsqrt.approx.f64", [0, 0x4010_0000], [1, 0x3FE0_0000], true),
    Case("rsqrt.approx.f64", [0, 0x4010_0000], [3, 0x3FE0_0000], false),
  ]

  @Test(arguments: cases)
  func `a result is allowed up to the error limit and not beyond`(item: Case) throws {
    let promise = try #require(Promise(mnemonic: item.mnemonic))
    let holds = promise.holds(item.result[...], of: item.operands[...])
    #expect(holds == item.isAllowed, "\(promise.text(of: item.operands[...]))")
  }

  @Test(arguments: ["add.f32", "sqrt.rn.f32", "div.rn.f64", "set.gtu.f16.f16", "mov.b32"])
  func `instructions with exact results have no error limit`(mnemonic: String) {
    #expect(Promise(mnemonic: mnemonic) == nil)
  }

  @Test func `each device is held to the error limit, independently of the other`() throws {
    let program = try #require(
      ConformanceSuite.programs(of: [.float]).first { $0.name == "float.approximate.0" })
    let probe = try #require(program.probes.firstIndex { $0.name == "sin.approx.f32 f32 = angle" })
    let words = program.probes[probe].words
    // The results of both devices have the same error.
    var output = [UInt32](repeating: 0, count: program.outputCount)
    for index in words { output[index] = Float(3).bitPattern }
    var report = ConformanceReport()
    report.compare(program, output, with: output)
    let failure = try #require(report.failures.first { $0.probe == "sin.approx.f32 f32 = angle" })
    #expect(failure.differenceCount == words.count && failure.isCounted)
    #expect(failure.differences.first?.allowed?.contains(" ± 6.7") == true)
  }

  @Test func `the reference for error limits is exact to 50 bits`() throws {
    var lines: [String] = []
    for program in ConformanceSuite.programs(of: [.float]) {
      for probe in program.probes {
        guard case .promised(let promise) = probe.agreement, promise.format != .f64 else {
          continue
        }
        for check in 0..<probe.checkCount {
          lines += promise.referenceLines(of: probe.operands(of: check, in: program))
        }
      }
    }
    #expect(lines.count > 5000)
    let script = ToolEnvironment.packageRoot + "/Tests/ConformanceTests/exact_functions.py"
    let source = "import runpy; runpy.run_path('\(script)', run_name='__main__')"
    let output = try runPython(source, input: Array(lines.joined(separator: "\n").utf8))
    #expect(String(decoding: output, as: UTF8.self) == "\(lines.count) values\n")
  }
}

extension Promise {
  /// Returns lines with the function, operands and value of each case that is finite and not a
  /// trigonometric function without an error limit.
  fileprivate func referenceLines(of words: ArraySlice<UInt32>) -> [String] {
    (isPair ? [0, 16] as [UInt64] : [0]).compactMap { bit in
      let operands = words.map { format.value(format.code([$0], from: bit)) }
      let value = function.value(of: operands)
      let isAngle = function == .sine || function == .cosine
      guard operands.allSatisfy(\.isFinite), value.isNormal else { return nil }
      guard !isAngle || operands[0].magnitude <= 100 * .pi else { return nil }
      let name = function == .fullQuotient ? "quotient" : "\(function)"
      let codes = (operands + [value]).map { String($0.bitPattern, radix: 16) }
      return ([name] + codes).joined(separator: " ")
    }
  }
}
