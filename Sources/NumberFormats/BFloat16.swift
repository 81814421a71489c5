/// The upper half of a `Float`: 8 exponent bits and 7 significand bits.
///
/// Bits: s eeeeeeee mmmmmmm. The exponents, infinities and NaNs are those of `Float`.
public struct BFloat16: NumberFormat {
  /// What the field calls the format.
  @inlinable public static var name: String { "bf16" }
  /// The number of bits that a value takes where values lie densely.
  @inlinable public static var bitWidth: Int { 16 }
  /// How values are laid out in bits.
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

  /// The value, exactly; a NaN keeps all its bits.
  @inlinable public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }

  /// Creates the nearest value, of two the one whose last significand bit is 0.
  ///
  /// What rounds beyond the greatest finite value becomes infinity, and NaN 0x7FC0 with its sign.
  @inlinable
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      self.init(bitPattern: UInt16(bits >> 31) << 15 | 0x7FC0)
    } else {
      // A carry out of the significand raises the exponent, at the end to infinity's.
      let rounded = bits + 0x7FFF + (bits >> 16 & 1)
      self.init(bitPattern: UInt16(rounded >> 16))
    }
  }

  /// Creates the nearest value that is not further from zero, as `cvt.rz.bf16.f32` does.
  ///
  /// Infinities stay, finite values stay finite, and NaN becomes `canonicalNaN`.
  public init(truncating value: Float) {
    self.init(Double(value), rounding: .towardZero)
  }
}
