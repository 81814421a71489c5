// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Testing

/// Tests of NaN, infinity, zero and the extremes, and of the properties of each format.
struct SpecialValueTests {
  /// NaNs of both signs, quiet and signalling.
  static let nans: [Float] = [0x7FC0_0000, 0xFFC0_0000, 0x7F80_0001, 0xFFAB_CDEF].map {
    Float(bitPattern: $0)
  }

  @Test(arguments: FormatUnderTest.all, nans)
  func `the hardware's conversions return the canonical NaN, or the largest value`(
    format: FormatUnderTest, nan: Float
  ) {
    let expected: [String: UInt32] = [
      "bf16": 0x7FFF, "f16": 0x7FFF, "tf32": 0x7FFF_E000, "e4m3": 0x7F, "e5m2": 0x7F,
      "e2m3": 0x1F, "e3m2": 0x1F, "e2m1": 0x7, "ue8m0": 0xFF, "ue4m3": 0x7F,
    ]
    #expect(format.saturating(nan) == expected[format.name])
    for rounding in Rounding.allCases {
      #expect(format.rounding(Double(nan), rounding) == expected[format.name])
    }
  }

  @Test(arguments: nans)
  func `host conversions make a quiet NaN of the same sign`(nan: Float) {
    let sign: UInt16 = nan.sign == .minus ? 0x8000 : 0
    #expect(BFloat16(nan).bitPattern == sign | 0x7FC0)
    #expect(HalfFloat(nan).bitPattern == sign | 0x7E00)
    #expect(TensorFloat32(nan).bitPattern == UInt32(sign) << 16 | 0x7FC0_0000)
    #expect(Float8E4M3(nan).bitPattern == UInt8(sign >> 8) | 0x7F)
    #expect(Float8E5M2(nan).bitPattern == UInt8(sign >> 8) | 0x7E)
    #expect(ScaleE8M0(nan).bitPattern == 0xFF)
    #expect(ScaleUE4M3(nan).bitPattern == 0x7F)
  }

  @Test(arguments: nans)
  func `formats without NaN use their largest value for it`(nan: Float) {
    #expect(Float6E2M3(nan) == 7.5)
    #expect(Float6E3M2(nan) == 28)
    #expect(Float4E2M1(nan) == 6)
  }

  @Test func `truncation keeps infinities, and keeps finite values finite`() {
    #expect(BFloat16(truncating: .infinity).isInfinite)
    #expect(BFloat16(truncating: .greatestFiniteMagnitude) == .greatestFiniteMagnitude)
    #expect(HalfFloat(truncating: -.infinity).float == -.infinity)
    #expect(HalfFloat(truncating: 1e30) == .greatestFiniteMagnitude)
    #expect(TensorFloat32(truncating: .greatestFiniteMagnitude) == .greatestFiniteMagnitude)
    #expect(BFloat16(truncating: .nan) == .canonicalNaN)
    #expect(HalfFloat(truncating: -.nan) == .canonicalNaN)
    #expect(TensorFloat32(truncating: .nan) == .canonicalNaN)
  }

  @Test func `rounding to tf32 keeps the upper bits of a NaN`() {
    #expect(TensorFloat32(roundingAway: Float(bitPattern: 0xFFAB_CDEF)).bitPattern == 0xFFAB_C000)
    #expect(TensorFloat32(roundingAway: Float(bitPattern: 0x7F80_0001)) == 0x1p200)
    #expect(TensorFloat32(roundingAway: .greatestFiniteMagnitude).isInfinite)
  }

  @Test func `formats without a sign make negatives NaN on the host, magnitudes on the GPU`() {
    #expect(ScaleUE4M3(-1).isNaN && ScaleE8M0(-1).isNaN && ScaleE8M0(0).isNaN)
    #expect(ScaleUE4M3(-0.0).bitPattern == 0)
    #expect(ScaleUE4M3(saturating: -2) == 2 && ScaleE8M0(saturating: -2) == 2)
    #expect(ScaleE8M0(roundingUp: -3) == 4 && ScaleE8M0(truncating: -3) == 2)
    #expect(ScaleE8M0(saturating: 0).bitPattern == 0 && ScaleE8M0(roundingUp: 0).bitPattern == 0)
    #expect(ScaleE8M0(roundingUp: .infinity).bitPattern == 0xFE)
  }

  @Test func `bits that a format does not have are ignored`() {
    #expect(Float4E2M1(bitPattern: 0xF7) == 6)
    #expect(Float6E2M3(bitPattern: 0xDF) == 7.5)
    #expect(Float6E3M2(bitPattern: 0xDF) == 28)
    #expect(ScaleUE4M3(bitPattern: 0xB8) == 1)
    #expect(TensorFloat32(bitPattern: 0x3F80_1FFF) == 1)
  }

  @Test(arguments: [
    (FormatUnderTest(BFloat16.self), 0x1.fep127, 0x1p-133),
    (FormatUnderTest(HalfFloat.self), 65504, 0x1p-24),
    (FormatUnderTest(TensorFloat32.self), 0x1.ffcp127, 0x1p-136),
    (FormatUnderTest(Float8E4M3.self), 448, 0x1p-9),
    (FormatUnderTest(Float8E5M2.self), 57344, 0x1p-16),
    (FormatUnderTest(Float6E2M3.self), 7.5, 0.125),
    (FormatUnderTest(Float6E3M2.self), 28, 0.0625),
    (FormatUnderTest(Float4E2M1.self), 6, 0.5),
    (FormatUnderTest(ScaleE8M0.self), 0x1p127, 0x1p-127),
    (FormatUnderTest(ScaleUE4M3.self), 448, 0x1p-9),
  ])
  func `the extreme values are those of the specifications`(
    format: FormatUnderTest, largest: Float, smallest: Float
  ) {
    #expect(format.largest == largest)
    #expect(format.smallest == smallest)
  }

  @Test(arguments: FormatUnderTest.all)
  func `isNaN and isInfinite agree with the decoded values`(format: FormatUnderTest) {
    for code in format.codes {
      #expect(format.isNaN(code) == format.decode(code).isNaN)
      #expect(format.isInfinite(code) == format.decode(code).isInfinite)
    }
  }

  @Test func `equality compares bits`() {
    let zero: BFloat16 = 0
    #expect(zero != BFloat16(-0.0))
    #expect(BFloat16.canonicalNaN == .canonicalNaN)
    #expect(BFloat16.canonicalNaN != BFloat16(.nan))
    #expect("\(BFloat16(1.5)) \(Float4E2M1(-6))" == "1.5 -6.0")
  }

  @Test func `a format without NaN has no canonical NaN`() async {
    await #expect(processExitsWith: .failure) { _ = Float4E2M1.canonicalNaN }
  }
}
