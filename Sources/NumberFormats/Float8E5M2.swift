// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 8-bit format of 5 exponent and 2 significand bits, with infinity and NaN as in IEEE 754.
///
/// Bits: s eeeee mm. The largest finite value is 57344, the smallest positive one 2^-16. 0x7C is
/// infinity.
///
/// - SeeAlso: OCP 8-bit Floating Point Specification (OFP8), "E5M2".
public struct Float8E5M2: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "e5m2" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 8 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 5, significandBitCount: 2, exponentBias: 15,
      specialCodes: .infinityAndNaN)
  }

  /// The bits, in the low bits of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given bits.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern
  }
}
