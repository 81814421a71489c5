// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 4-bit format of 2 exponent bits and 1 significand bit, all of whose values are finite.
///
/// Bits: s ee m. The magnitudes are 0, 0.5, 1, 1.5, 2, 3, 4 and 6.
///
/// - SeeAlso: OCP Microscaling Formats (MX) Specification, "FP4".
public struct Float4E2M1: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "e2m1" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 4 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 2, significandBitCount: 1, exponentBias: 1,
      specialCodes: .none)
  }

  /// The bits, in the low bits of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given low bits; the others are ignored.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern & 0xF
  }
}
