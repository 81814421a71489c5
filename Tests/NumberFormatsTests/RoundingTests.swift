// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Testing

/// Tests of the rounding core against the definition of rounding, and of the fast paths against the
/// core.
struct RoundingTests {
  @Test(arguments: FormatUnderTest.narrow, Rounding.allCases)
  func `rounding picks the neighbor that the definition names`(
    format: FormatUnderTest, rounding: Rounding
  ) {
    let magnitudes = Set(format.finiteCodes.map { format.decode($0).magnitude }).sorted()
    for bits in FloatSamples.aroundCodes(of: format) {
      let value = Float(bitPattern: bits)
      let isInRange = value.magnitude < format.largest && value.magnitude >= magnitudes[0]
      guard isInRange, format.encoding.isSigned || value > 0 else { continue }
      let found = format.decode(format.rounding(Double(value), rounding))
      let expected = neighbour(of: value, in: magnitudes, rounding)
      #expect(found == expected, "\(value)")
    }
  }

  /// Returns the magnitude, with the sign of the value, to which the value must round.
  private func neighbour(of value: Float, in magnitudes: [Float], _ rounding: Rounding) -> Float {
    let sign: Float = value.sign == .minus ? -1 : 1
    let upper = magnitudes.firstIndex { $0 >= value.magnitude } ?? 0
    if magnitudes[upper] == value.magnitude { return value }
    let below = Double(value.magnitude) - Double(magnitudes[upper - 1])
    let above = Double(magnitudes[upper]) - Double(value.magnitude)
    // Magnitudes ascend with the codes: an even index is an even code, or a power of two in e8m0.
    let isLowerEven = (upper - 1) % 2 == 0 && magnitudes[0] == 0
    let takesUpper =
      switch rounding {
      case .toNearestEven: above < below || (above == below && !isLowerEven)
      case .toNearestAway: above <= below
      case .towardZero: false
      case .up: sign > 0
      case .down: sign < 0
      }
    return sign * magnitudes[takesUpper ? upper : upper - 1]
  }

  @Test func `the fast paths from Float agree with the rounding core`() {
    // Ends of significands near the ties of bf16 (bit 15) and f16 (bit 12, higher for subnormal
    // values).
    let ends: [UInt32] = (0..<16).flatMap { [1 << $0, 1 << $0 - 1, 1 << $0 + 1, 3 << $0] }
    for high in UInt32(0)..<0x1_0000 {
      for end in ends {
        let value = Float(bitPattern: high << 16 | end & 0xFFFF)
        if BFloat16(value) != BFloat16(Double(value)) { Issue.record("bf16 of \(value)") }
        if HalfFloat(value) != HalfFloat(Double(value)) { Issue.record("f16 of \(value)") }
      }
    }
  }

  @Test func `the fast paths to Float agree with the general decoder`() {
    for bits in UInt16(0)...UInt16.max {
      expectSameFloat(BFloat16(bitPattern: bits))
      expectSameFloat(HalfFloat(bitPattern: bits))
    }
  }

  /// Expects a format's own `float` to equal the general implementation.
  private func expectSameFloat<Format: NumberFormat>(_ value: Format) {
    let general = generalFloat(value)
    let isSame = value.isNaN ? general.isNaN : general.bitPattern == value.float.bitPattern
    if !isSame { Issue.record("\(Format.name) \(value.bitPattern): \(general), \(value.float)") }
  }

  /// Returns the value computed from the fields.
  private func generalFloat<Format: NumberFormat>(_ value: Format) -> Float {
    let bits = Int(value.bitPattern)
    let fractionCount = Format.significandBitCount
    let fraction = bits & (1 << fractionCount - 1)
    let exponentBits = bits >> fractionCount & (1 << Format.exponentBitCount - 1)
    let sign: FloatingPointSign = bits >> (Format.bitWidth - 1) == 1 ? .minus : .plus
    if exponentBits == 1 << Format.exponentBitCount - 1 {
      return fraction == 0 ? (sign == .minus ? -.infinity : .infinity) : .nan
    }
    let significand = Float(exponentBits == 0 ? fraction : fraction | 1 << fractionCount)
    let exponent = max(exponentBits, 1) - Format.exponentBias - fractionCount
    return Float(sign: sign, exponent: exponent, significand: significand)
  }
}
