// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 8-bit format of 4 exponent and 3 significand bits, without infinity (`e4m3fn`).
///
/// Bits: s eeee mmm. The largest finite value is 448, the smallest positive one 2^-9. 0x7F and 0xFF
/// are NaN.
///
/// - SeeAlso: OCP 8-bit Floating Point Specification (OFP8), "E4M3".
public struct Float8E4M3: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "e4m3" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 8 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 4, significandBitCount: 3, exponentBias: 7,
      specialCodes: .nan)
  }

  /// The bits, in the low bits of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given bits.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern
  }
}
