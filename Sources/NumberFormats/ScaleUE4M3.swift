// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The scale factor format of 4 exponent and 3 significand bits, without a sign.
///
/// Bits: 0 eeee mmm. The values are the non-negative ones of `Float8E4M3`; 0x7F is NaN. A value
/// takes a byte, whose highest bit is ignored on reading and 0 here.
///
/// - SeeAlso: PTX ISA, "Alternate Floating-Point Data Formats".
public struct ScaleUE4M3: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "ue4m3" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 8 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 4, significandBitCount: 3, exponentBias: 7,
      specialCodes: .nan, isSigned: false)
  }

  /// The bits, in the low bits of the integer.
  public let bitPattern: UInt8

  /// Creates the value with the given bits; bit 7 is ignored.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern & 0x7F
  }
}
