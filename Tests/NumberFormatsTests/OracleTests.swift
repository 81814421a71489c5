// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import TestSupport
import Testing

/// Comparisons of all formats with `ml_dtypes` and `numpy`, bit by bit.
struct OracleTests {
  @Test(arguments: FormatUnderTest.all)
  func `every code decodes to the value from ml_dtypes`(format: FormatUnderTest) throws {
    let expected = try Oracle.decode(format.codes, as: format)
    for (code, bits) in zip(format.codes, expected) {
      let found = format.decode(code).bitPattern
      try #require(found == bits, "code \(code)")
    }
  }

  @Test(arguments: FormatUnderTest.all)
  func `every value converts back to its own code`(format: FormatUnderTest) throws {
    for code in format.codes where !format.isNaN(code) {
      let value = format.decode(code)
      let own = format.encoding.isSigned || code < 128 ? code : code & 0x7F
      let expected = format.encoding.hasZero ? own : code
      #expect(format.nearest(value) == expected)
    }
  }

  @Test(arguments: FormatUnderTest.all)
  func `millions of Floats convert to the codes from ml_dtypes`(
    format: FormatUnderTest
  ) throws {
    let values = FloatSamples.all(for: format)
    #expect(values.count >= 2_000_000)
    let expected = try Oracle.encode(values, as: format, by: "nearest")
    // numpy keeps the bits of a NaN in f16, and ml_dtypes turns NaN into zero in formats without
    // NaN.
    let isNaNDefined = format.encoding.specialCodes != .none && format.name != "f16"
    let mismatch = firstMismatch(
      values, expected, where: { isComparable($0, in: format) && (isNaNDefined || !$0.isNaN) },
      format.nearest)
    #expect(mismatch == nil)
  }

  @Test(arguments: FormatUnderTest.all)
  func `millions of Floats saturate to the codes of the clamped values`(
    format: FormatUnderTest
  ) throws {
    let values = FloatSamples.all(for: format)
    let expected = try Oracle.encode(values, as: format, by: "saturating")
    let mismatch = firstMismatch(
      values, expected, where: { isComparable($0, in: format) && !$0.isNaN }, format.saturating)
    #expect(mismatch == nil)
  }

  @Test(
    arguments: FormatUnderTest.withInfinity,
    [
      ("towardZero", Rounding.towardZero), ("up", Rounding.up), ("down", Rounding.down),
    ])
  func `directed rounding picks the neighbor on its side`(
    format: FormatUnderTest, direction: (name: String, rounding: Rounding)
  ) throws {
    let values = FloatSamples.all(for: format)
    let expected = try Oracle.encode(values, as: format, by: direction.name)
    let mismatch = firstMismatch(values, expected, where: { !$0.isNaN }) {
      format.rounding(Double($0), direction.rounding)
    }
    #expect(mismatch == nil)
  }

  @Test(arguments: FormatUnderTest.all)
  func `Doubles are rounded once`(format: FormatUnderTest) throws {
    let values = FloatSamples.doubles(for: format)
    let expected = try Oracle.encode(values, as: format)
    let mismatch = firstMismatch(
      values, expected, where: { isComparable($0, in: format) && !$0.isNaN },
      format.nearestToDouble)
    #expect(mismatch == nil)
  }

  /// Returns whether the oracle rounds a value to the nearest.
  ///
  /// For e8m0, `ml_dtypes` rounds every value between its smallest value and the midpoint up.
  private func isComparable<Value: BinaryFloatingPoint>(
    _ value: Value, in format: FormatUnderTest
  ) -> Bool {
    let magnitude = Double(value.magnitude)
    return format.name != "ue8m0" || !(magnitude > 0x1p-127 && magnitude < 0x1.8p-127)
  }

  @Test func `above the smallest scale values round to the nearest, unlike in ml_dtypes`() throws {
    let values: [Float] = [0x1p-127, Float(0x1p-127).nextUp, 0x1.4p-127, 0x1.8p-127]
    let format = FormatUnderTest(ScaleE8M0.self)
    #expect(values.map(format.nearest) == [0, 0, 0, 1])
    #expect(try Oracle.encode(values, as: format, by: "nearest") == [0, 1, 1, 1])
  }

  @Test func `scales of a power of two are rounded up and down by the exponent`() throws {
    let format = FormatUnderTest(ScaleE8M0.self)
    let values = FloatSamples.all(for: format)
    let up = try Oracle.encode(values, as: format, by: "scaleUp")
    #expect(firstMismatch(values, up) { UInt32(ScaleE8M0(roundingUp: $0).bitPattern) } == nil)
    let down = try Oracle.encode(values, as: format, by: "scaleDown")
    #expect(firstMismatch(values, down) { UInt32(ScaleE8M0(truncating: $0).bitPattern) } == nil)
  }

  @Test func `tf32 rounds ties away from zero as integer addition does`() throws {
    let format = FormatUnderTest(TensorFloat32.self)
    let values = FloatSamples.all(for: format)
    let expected = try Oracle.encode(values, as: format, by: "tf32Away")
    #expect(firstMismatch(values, expected) { TensorFloat32(roundingAway: $0).bitPattern } == nil)
  }
}
