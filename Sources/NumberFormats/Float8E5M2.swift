/// The 8-bit format of 5 exponent and 2 significand bits, with infinity and NaN as in IEEE 754.
///
/// Bits: s eeeee mm. The greatest finite value is 57344, the least 2^-16. 0x7C is infinity.
///
/// - SeeAlso: OCP 8-bit Floating Point Specification (OFP8), "E5M2".
public struct Float8E5M2: NumberFormat {
  /// What the field calls the format.
  @inlinable public static var name: String { "e5m2" }
  /// The number of bits that a value takes where values lie densely.
  @inlinable public static var bitWidth: Int { 8 }
  /// How values are laid out in bits.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 5, significandBitCount: 2, exponentBias: 15,
      specialCodes: .infinityAndNaN)
  }

  /// The bits, in the low end of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given bits.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern
  }
}
