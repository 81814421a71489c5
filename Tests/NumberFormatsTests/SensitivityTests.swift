// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Testing

/// Tests that the comparison detects faulty converters.
struct SensitivityTests {
  /// A faulty converter.
  struct WrongConverter: Sendable, CustomTestStringConvertible {
    /// The fault.
    let fault: String
    /// The conversion.
    let convert: @Sendable (FormatUnderTest, Float) -> UInt32

    /// The fault, for the test's title.
    var testDescription: String { fault }
  }

  /// The converters.
  static let wrongConverters = [
    WrongConverter(fault: "rounds ties away from zero") { format, value in
      format.rounding(Double(value), .toNearestAway)
    },
    WrongConverter(fault: "truncates") { format, value in
      format.rounding(Double(value), .towardZero)
    },
    WrongConverter(fault: "flushes subnormal results") { format, value in
      let isSubnormal =
        Int(value.exponent) < 1 - format.encoding.exponentBias && value.isFinite
      return format.nearest(isSubnormal ? value * 0 : value)
    },
    WrongConverter(fault: "loses the sign of zero") { format, value in
      format.nearest(value == 0 ? 0 : value)
    },
    WrongConverter(fault: "is wrong for one Float alone") { format, value in
      format.nearest(value) ^ (value == format.smallest.nextUp ? 1 << 13 | 1 : 0)
    },
  ]

  @Test(
    arguments: FormatUnderTest.all.filter(\.encoding.isSigned), wrongConverters)
  func `a wrong conversion is a mismatch`(
    format: FormatUnderTest, wrong: WrongConverter
  ) throws {
    let values = FloatSamples.aroundCodes(of: format).map { Float(bitPattern: $0) }
    let expected = try Oracle.encode(values, as: format, by: "nearest")
    let isFinite = { (value: Float) in value.isFinite }
    #expect(firstMismatch(values, expected, where: isFinite, format.nearest) == nil)
    let mismatch = firstMismatch(values, expected, where: isFinite) { wrong.convert(format, $0) }
    #expect(mismatch != nil)
  }

  @Test(arguments: [FormatUnderTest(BFloat16.self), FormatUnderTest(HalfFloat.self)])
  func `rounding a Double twice is a mismatch`(format: FormatUnderTest) throws {
    let values = FloatSamples.doubles(for: format)
    let expected = try Oracle.encode(values, as: format)
    let mismatch = firstMismatch(values, expected, where: { !$0.isNaN }) {
      format.nearest(Float($0))
    }
    #expect(mismatch != nil)
  }
}
