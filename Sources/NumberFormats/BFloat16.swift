// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The upper half of a `Float`: 8 exponent bits and 7 significand bits.
///
/// Bits: s eeeeeeee mmmmmmm. The exponents, infinities and NaNs are those of `Float`.
public struct BFloat16: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "bf16" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 16 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 8, significandBitCount: 7, exponentBias: 127,
      specialCodes: .infinityAndNaN)
  }

  /// The bits.
  public let bitPattern: UInt16

  /// Creates the value with the given bits.
  @inlinable
  public init(bitPattern: UInt16) {
    self.bitPattern = bitPattern
  }

  /// The exact value; a NaN keeps all its bits.
  @inlinable public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }

  /// Creates the nearest value; ties go to even.
  ///
  /// Values that round beyond the largest finite value become infinity. NaN becomes 0x7FC0 with its
  /// sign.
  @inlinable
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      self.init(bitPattern: UInt16(bits >> 31) << 15 | 0x7FC0)
    } else {
      // A carry out of the significand increments the exponent, and may produce infinity.
      let rounded = bits + 0x7FFF + (bits >> 16 & 1)
      self.init(bitPattern: UInt16(rounded >> 16))
    }
  }

  /// Creates the nearest value toward zero, as `cvt.rz.bf16.f32` does.
  ///
  /// Infinities stay infinite, finite values stay finite, and NaN becomes `canonicalNaN`.
  public init(truncating value: Float) {
    self.init(Double(value), rounding: .towardZero)
  }
}
