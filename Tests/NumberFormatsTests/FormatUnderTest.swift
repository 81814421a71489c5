// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Testing

/// A type-erased format, so that tests can take it as an argument.
struct FormatUnderTest: Sendable, CustomTestStringConvertible {
  /// The usual name of the format, which is also its name in the oracle.
  let name: String
  /// The bit layout of its values.
  let encoding: FloatEncoding
  /// Every code; for tf32 the codes of every 37th value of Float's upper 19 bits.
  let codes: [UInt32]
  /// The largest finite value.
  let largest: Float
  /// The smallest value greater than zero.
  let smallest: Float
  /// The code of the largest finite value.
  let largestCode: UInt32
  /// Returns the value of a code.
  let decode: @Sendable (UInt32) -> Float
  /// Returns whether a code is a NaN.
  let isNaN: @Sendable (UInt32) -> Bool
  /// Returns whether a code is an infinity.
  let isInfinite: @Sendable (UInt32) -> Bool
  /// Converts with `init(_: Float)`.
  let nearest: @Sendable (Float) -> UInt32
  /// Converts with `init(_: Double)`.
  let nearestToDouble: @Sendable (Double) -> UInt32
  /// Converts with `init(saturating:)`.
  let saturating: @Sendable (Float) -> UInt32
  /// Converts with `init(_:rounding:)`.
  let rounding: @Sendable (Double, Rounding) -> UInt32

  /// Creates a description of a format.
  init<Format: NumberFormat>(_ format: Format.Type) {
    name = Format.name
    encoding = Format.encoding
    let bitCount = Format.encoding.isSigned ? Format.bitWidth : 8
    codes =
      bitCount == 32
      ? stride(from: 0, to: 1 << 19, by: 37).map { $0 << 13 }
      : (0..<UInt32(1) << UInt32(bitCount)).map { $0 }
    largest = Format.greatestFiniteMagnitude.float
    smallest = Format.leastNonzeroMagnitude.float
    largestCode = UInt32(Format.greatestFiniteMagnitude.bitPattern)
    decode = { Float(Format(bitPattern: Format.BitPattern(truncatingIfNeeded: $0))) }
    isNaN = { Format(bitPattern: Format.BitPattern(truncatingIfNeeded: $0)).isNaN }
    isInfinite = { Format(bitPattern: Format.BitPattern(truncatingIfNeeded: $0)).isInfinite }
    nearest = { UInt32(Format($0).bitPattern) }
    nearestToDouble = { UInt32(Format($0).bitPattern) }
    saturating = { UInt32(Format(saturating: $0).bitPattern) }
    rounding = { UInt32(Format($0, rounding: $1).bitPattern) }
  }

  /// The name, for the test's title.
  var testDescription: String { name }

  /// The codes of finite values.
  var finiteCodes: [UInt32] { codes.filter { decode($0).isFinite } }

  /// Every format.
  static let all = [
    FormatUnderTest(BFloat16.self), FormatUnderTest(HalfFloat.self),
    FormatUnderTest(TensorFloat32.self), FormatUnderTest(Float8E4M3.self),
    FormatUnderTest(Float8E5M2.self), FormatUnderTest(Float6E2M3.self),
    FormatUnderTest(Float6E3M2.self), FormatUnderTest(Float4E2M1.self),
    FormatUnderTest(ScaleE8M0.self), FormatUnderTest(ScaleUE4M3.self),
  ]

  /// The formats with few enough values for exhaustive search.
  static let narrow = all.filter { $0.codes.count <= 256 }

  /// The formats with infinity.
  static let withInfinity = all.filter { $0.encoding.specialCodes == .infinityAndNaN }
}
