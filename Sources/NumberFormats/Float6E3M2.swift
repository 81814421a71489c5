/// The 6-bit format of 3 exponent and 2 significand bits, all of whose values are finite.
///
/// Bits: s eee mm. The greatest value is 28, the least 0.0625.
///
/// - SeeAlso: OCP Microscaling Formats (MX) Specification, "FP6".
public struct Float6E3M2: NumberFormat {
  /// What the field calls the format.
  @inlinable public static var name: String { "e3m2" }
  /// The number of bits that a value takes where values lie densely.
  @inlinable public static var bitWidth: Int { 6 }
  /// How values are laid out in bits.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 3, significandBitCount: 2, exponentBias: 3,
      specialCodes: .none)
  }

  /// The bits, in the low end of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given low bits; the others are ignored.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern & 0x3F
  }
}
