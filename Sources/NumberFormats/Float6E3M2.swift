// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 6-bit format of 3 exponent and 2 significand bits, all of whose values are finite.
///
/// Bits: s eee mm. The largest value is 28, the smallest positive one 0.0625.
///
/// - SeeAlso: OCP Microscaling Formats (MX) Specification, "FP6".
public struct Float6E3M2: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "e3m2" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 6 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 3, significandBitCount: 2, exponentBias: 3,
      specialCodes: .none)
  }

  /// The bits, in the low bits of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given low bits; the others are ignored.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern & 0x3F
  }
}
