// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 6-bit format of 2 exponent and 3 significand bits, all of whose values are finite.
///
/// Bits: s ee mmm. The largest value is 7.5, the smallest positive one 0.125.
///
/// - SeeAlso: OCP Microscaling Formats (MX) Specification, "FP6".
public struct Float6E2M3: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "e2m3" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 6 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 2, significandBitCount: 3, exponentBias: 1,
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
