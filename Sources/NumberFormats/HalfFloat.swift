// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// IEEE 754 binary16: 5 exponent bits and 10 significand bits.
///
/// Bits: s eeeee mmmmmmmmmm. The largest finite value is 65504, the smallest positive one 2^-24.
/// Swift's own `Float16` does not exist on every platform that this package supports; where it
/// does, the bits are the same.
public struct HalfFloat: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "f16" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 16 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 5, significandBitCount: 10, exponentBias: 15,
      specialCodes: .infinityAndNaN)
  }

  /// The bits.
  public let bitPattern: UInt16

  /// Creates the value with the given bits.
  @inlinable
  public init(bitPattern: UInt16) {
    self.bitPattern = bitPattern
  }

  /// The exact value; a NaN keeps its sign and the high bits of its significand.
  @inlinable public var float: Float {
    let sign = UInt32(bitPattern >> 15) << 31
    let magnitude = UInt32(bitPattern & 0x7FFF) << 13
    if bitPattern & 0x7C00 == 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
    // The biases differ by 112. The product is exact, and makes subnormal values normal.
    let scaled = Float(bitPattern: magnitude) * 0x1p112
    return Float(bitPattern: sign | scaled.bitPattern)
  }

  /// Creates the nearest value; ties go to even.
  ///
  /// Values that round beyond the largest finite value become infinity. NaN becomes 0x7E00 with its
  /// sign.
  @inlinable
  public init(_ value: Float) {
    let sign = UInt16(value.bitPattern >> 31) << 15
    self.init(bitPattern: sign | Self.nearestMagnitude(value.magnitude))
  }

  /// Returns the bits of the value nearest to a magnitude, or of a quiet NaN.
  @inlinable
  static func nearestMagnitude(_ magnitude: Float) -> UInt16 {
    if magnitude < 0x1p-14 {
      // The Floats from 0.5 to 1 have the same spacing as the subnormal values.
      return UInt16((magnitude + 0.5).bitPattern - Float(0.5).bitPattern)
    }
    if magnitude < 0x1p16 {
      // A carry out of the significand increments the exponent, and may produce infinity.
      let bits = magnitude.bitPattern
      return UInt16((bits + 0xFFF + (bits >> 13 & 1)) >> 13 - 112 << 10)
    }
    return magnitude.isNaN ? 0x7E00 : 0x7C00
  }

  /// Creates the nearest value toward zero, as `cvt.rz.f16.f32` does.
  ///
  /// Infinities stay infinite, finite values stay finite, and NaN becomes `canonicalNaN`.
  public init(truncating value: Float) {
    self.init(Double(value), rounding: .towardZero)
  }
}

// Macs with Intel processors have no `Float16`.
#if !(os(macOS) && arch(x86_64))
  extension HalfFloat {
    /// Creates the value with the bits of Swift's own type.
    @inlinable
    public init(_ value: Float16) {
      self.init(bitPattern: value.bitPattern)
    }
  }

  extension Float16 {
    /// Creates the value with the bits of a `HalfFloat`.
    @inlinable
    public init(_ value: HalfFloat) {
      self.init(bitPattern: value.bitPattern)
    }
  }
#endif
