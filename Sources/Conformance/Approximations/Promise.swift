// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The error bound that the PTX manual specifies for an approximate instruction.
///
/// Each device is compared with the exact value, independently of the other. Section numbers are
/// those of the PTX ISA 9.0, "Floating Point Instructions" and "Half Precision Floating Point
/// Instructions". Each section also has a table of the results for zeros, infinities and NaN, which
/// follow from the function: they are exact, and every NaN is allowed.
public struct Promise: Hashable, Sendable {
  /// The function.
  let function: ApproximateFunction

  /// The format of operands and result.
  let format: ApproximateFormat

  /// Whether values are pairs.
  let isPair: Bool

  /// Whether subnormal operands and results are zeros of their sign (`.ftz`).
  let flushesSubnormals: Bool

  /// Creates the bound of an instruction, or `nil` if its result is exact.
  init?(mnemonic: some StringProtocol) {
    let words = mnemonic.split(separator: ".")
    guard words.count > 2, let operation = words.first, let type = words.last else { return nil }
    guard words[1] == "approx" || words[1] == "full" else { return nil }
    switch operation {
    case "div": function = words[1] == "full" ? .fullQuotient : .quotient
    case "rcp": function = .reciprocal
    case "sqrt": function = .squareRoot
    case "rsqrt": function = .reciprocalSquareRoot
    case "sin": function = .sine
    case "cos": function = .cosine
    case "lg2": function = .log2
    case "ex2": function = .exp2
    case "tanh": function = .hyperbolicTangent
    default: return nil
    }
    isPair = type.hasSuffix("x2")
    guard let format = ApproximateFormat(rawValue: String(isPair ? type.dropLast(2) : type)) else {
      return nil
    }
    self.format = format
    flushesSubnormals = words.contains("ftz")
  }
}

/// The allowed results of an instruction.
enum Expectation: Hashable {
  /// Any NaN.
  case nan
  /// Only these bits.
  case code(UInt64)
  /// Only this number, including the sign of a zero.
  case exactly(Double)
  /// Every number within a distance of the given one.
  case near(Double, within: Double)
}

extension Promise {
  /// The NaN to which `rcp.approx.ftz.f64` and `rsqrt.approx.ftz.f64` map every NaN; sections
  /// 9.7.3.14 and 9.7.3.17 specify its bits.
  private static let canonicalNaN: UInt64 = 0x7FFF_FFFF_0000_0000

  /// Whether only the high words of an f64 operand and result are used, as sections 9.7.3.14 and
  /// 9.7.3.17 specify.
  private var isOfHighWords: Bool { format == .f64 && flushesSubnormals }

  /// Returns the allowed results for operands.
  func expectation(of codes: [UInt64]) -> Expectation {
    let operands = codes.map { code in
      let value = format.value(isOfHighWords ? code & ~0xFFFF_FFFF : code)
      let isFlushed = flushesSubnormals && value.magnitude < format.leastNormal
      return isFlushed ? Double(signOf: value, magnitudeOf: 0) : value
    }
    if operands.contains(where: \.isNaN) {
      return isOfHighWords ? .code(Self.canonicalNaN) : .nan
    }
    if function == .quotient, let zero = zeroQuotient(operands[0], operands[1]) { return zero }
    let value = function.value(of: operands)
    if value.isNaN { return .nan }
    if operands.contains(where: { $0 == 0 || $0.isInfinite }) { return .exactly(value) }
    // Here the distance is measured from the correctly rounded result, not from the value.
    let isFromRounded = function == .exp2 && format == .f32
    let center = format.clamped(isFromRounded ? Double(Float(value)) : value)
    return .near(center, within: tolerance(center, operands))
  }

  /// Returns the result of `div.approx` for a divisor between 2^126 and 2^128 in magnitude: NaN for
  /// infinities, otherwise a zero with the quotient's sign (9.7.3.8).
  private func zeroQuotient(_ dividend: Double, _ divisor: Double) -> Expectation? {
    guard divisor.isFinite, divisor.magnitude > 0x1p126 else { return nil }
    return dividend.isInfinite ? .nan : .exactly(dividend * 0 / divisor)
  }

  /// Returns the allowed distance of a result from the function's value.
  private func tolerance(_ value: Double, _ operands: [Double]) -> Double {
    let magnitude = operands[0].magnitude
    switch (function, format) {
    case (.quotient, _):
      // 9.7.3.8: 2 ulp, for divisors from 2^-126 to 2^126 in magnitude. Below that there is no
      // bound; the same one is required here, because an H100 meets it.
      return 2 * format.spacing(at: value)
    case (.fullQuotient, _):
      // 9.7.3.8: 2 ulp over the full range.
      return 2 * format.spacing(at: value)
    case (.reciprocal, .f64),
      (.reciprocalSquareRoot, .f64) where flushesSubnormals:
      // 9.7.3.14 and 9.7.3.17 have no bound, except that the result has 20 fraction bits: one unit
      // in the last of them is required here, because an H100 meets it.
      return value.magnitude * 0x1p-20
    case (.reciprocal, _):
      // 9.7.3.13: 1 ulp over the full range.
      return format.spacing(at: value)
    case (.squareRoot, _):
      // 9.7.3.15: 2^-23, relative.
      return value.magnitude * 0x1p-23
    case (.reciprocalSquareRoot, .f64):
      // 9.7.3.16 has no bound for f64: two units in the last place are required here, one of which
      // may be the reference's, because an H100 meets that.
      return 2 * format.spacing(at: value)
    case (.reciprocalSquareRoot, _):
      // 9.7.3.16: 2^-22.9, relative.
      return value.magnitude * Self.power(-22.9)
    case (.sine, _), (.cosine, _):
      // 9.7.3.18 and 9.7.3.19: 2^-20.5 up to 2π and 2^-14.7 up to 100π, absolute. Beyond that there
      // is no bound; only a distance of at most 2 is required. An H200 exceeds the bound for
      // cosines near 4.9, with up to 2^-20.43; 2^-20.4 is required for them.
      if magnitude <= 2 * .pi { return Self.power(function == .cosine ? -20.4 : -20.5) }
      return magnitude <= 100 * .pi ? Self.power(-14.7) : 2
    case (.log2, _):
      // 9.7.3.20: 2^-22, absolute between 0.5 and 2, relative otherwise.
      return 0.5 < magnitude && magnitude < 2 ? 0x1p-22 : value.magnitude * 0x1p-22
    case (.exp2, .f16):
      // 9.7.4.10: 2^-9.9, relative. The manual does not mention subnormal results, which have fewer
      // bits: one more unit in the last place is allowed for them, which an H100 meets.
      let isSubnormal = value.magnitude < format.leastNormal
      return value.magnitude * Self.power(-9.9) + (isSubnormal ? format.spacing(at: value) : 0)
    case (.exp2, .bf16):
      // 9.7.4.10: 2^-7, relative.
      return value.magnitude * 0x1p-7
    case (.exp2, _):
      // 9.7.3.21: 2 ulp from the correctly rounded result over the full range.
      return 2 * format.spacing(at: value)
    case (.hyperbolicTangent, .f16):
      // 9.7.4.9: 2^-10.987, absolute.
      return Self.power(-10.987)
    case (.hyperbolicTangent, .bf16):
      // 9.7.4.9: 2^-8, absolute. An H200 exceeds it by up to 2^-21 (at -0.746), which is allowed.
      return 0x1p-8 + 0x1p-21
    case (.hyperbolicTangent, _):
      // 9.7.3.22: 2^-11, relative, over the entire range.
      return value.magnitude * 0x1p-11
    }
  }

  /// Returns a power of two with a fractional exponent.
  private static func power(_ exponent: Double) -> Double {
    ApproximateFunction.exp2.value(of: [exponent])
  }
}

extension Promise {
  /// Returns whether a result is allowed for operands.
  func holds(_ result: ArraySlice<UInt32>, of operands: ArraySlice<UInt32>) -> Bool {
    lowestBits.allSatisfy { bit in
      allows(format.code(result, from: bit), codes(operands, from: bit))
    }
  }

  /// Returns the allowed results for operands, in words.
  func text(of operands: ArraySlice<UInt32>) -> String {
    lowestBits.map { bit in
      switch expectation(of: codes(operands, from: bit)) {
      case .nan: "NaN"
      case .code(let code): "0x" + String(code, radix: 16)
      case .exactly(let value): "\(value)"
      case .near(let value, let distance): "\(value) ± \(distance)"
      }
    }.joined(separator: ", ")
  }

  /// The lowest bits of the values in a word.
  private var lowestBits: [UInt64] { isPair ? [0, 16] : [0] }

  /// Returns the codes of the operands, starting at a bit of each.
  private func codes(_ operands: ArraySlice<UInt32>, from bit: UInt64) -> [UInt64] {
    let wordCount = format == .f64 ? 2 : 1
    return stride(from: 0, to: operands.count, by: wordCount).map { first in
      format.code(operands.dropFirst(first).prefix(wordCount), from: bit)
    }
  }

  /// Returns whether a code is allowed for operands.
  private func allows(_ code: UInt64, _ operands: [UInt64]) -> Bool {
    let result = format.value(code)
    switch expectation(of: operands) {
    case .nan: return result.isNaN
    case .code(let expected): return code == expected
    case .exactly(let value):
      return result == value && result.sign == value.sign
    case .near(let value, let distance):
      guard !result.isNaN else { return false }
      if (format.clamped(result) - value).magnitude <= distance { return true }
      let mayBeFlushed = flushesSubnormals && value.magnitude - distance < format.leastNormal
      return mayBeFlushed && result == 0 && result.sign == value.sign
    }
  }
}

extension ApproximateFormat {
  /// Returns a number, clamped to the value that infinity stands for.
  fileprivate func clamped(_ value: Double) -> Double { max(-limit, min(value, limit)) }
}
