// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A `Float` without its low 13 bits: 8 exponent bits and 10 significand bits (`tf32`).
///
/// Bits: s eeeeeeee mmmmmmmmmm 0000000000000. A value takes 32 bits in memory and registers. Tensor
/// cores ignore the low 13 bits of an operand, so `init(bitPattern:)` with the bits of a Float
/// gives the value that they read.
public struct TensorFloat32: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "tf32" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 32 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 8, significandBitCount: 10, exponentBias: 127,
      specialCodes: .infinityAndNaN, paddingBitCount: 13)
  }

  /// The bits; the low 13 are 0.
  public let bitPattern: UInt32

  /// Creates the value with the given bits, as tensor cores read a Float: the low 13 are ignored.
  @inlinable
  public init(bitPattern: UInt32) {
    self.bitPattern = bitPattern & 0xFFFF_E000
  }

  /// The exact value; a NaN keeps all its bits.
  @inlinable public var float: Float { Float(bitPattern: bitPattern) }

  /// Creates the nearest value toward zero, as `cvt.rz.tf32.f32` does.
  ///
  /// Infinities stay infinite, finite values stay finite, and NaN becomes `canonicalNaN`.
  public init(truncating value: Float) {
    self.init(Double(value), rounding: .towardZero)
  }

  /// Creates the nearest value, ties away from zero, as `cvt.rna.tf32.f32` does.
  ///
  /// Values that round beyond the largest finite value become infinity. NaN only loses its low 13
  /// bits, so a NaN whose high significand bits are 0 becomes infinity (measured on an H100).
  public init(roundingAway value: Float) {
    if value.isNaN {
      self.init(bitPattern: value.bitPattern)
    } else {
      self.init(Double(value), rounding: .toNearestAway)
    }
  }
}
