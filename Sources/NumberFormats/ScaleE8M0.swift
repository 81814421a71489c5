// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The scale factor format that is only an exponent: powers of two from 2^-127 to 2^127.
///
/// Bits: eeeeeeee, with bias 127. 0xFF is NaN. There is no zero and no sign. `init(_: Float)`
/// converts zero and negative values to NaN; the hardware's conversions ignore the sign and convert
/// zero to the smallest value.
///
/// The significand is the leading bit alone, which counts as odd, so that every tie rounds up: 1.5
/// becomes 2, 3 becomes 4. Values between 2^-127 and 1.5 times that become 2^-127, the nearest, as
/// in `cuda_fp8.hpp`; `ml_dtypes` 0.6 returns 2^-126.
///
/// - SeeAlso: OCP Microscaling Formats (MX) Specification, "E8M0".
public struct ScaleE8M0: NumberFormat {
  /// The usual name of the format.
  @inlinable public static var name: String { "ue8m0" }
  /// The number of bits of a value in a dense array.
  @inlinable public static var bitWidth: Int { 8 }
  /// The bit layout of the values.
  @inlinable public static var encoding: FloatEncoding {
    FloatEncoding(
      exponentBitCount: 8, significandBitCount: 0, exponentBias: 127,
      specialCodes: .nan, isSigned: false, hasZero: false)
  }

  /// The bits.
  public let bitPattern: UInt8

  /// Creates the value with the given bits.
  @inlinable
  public init(bitPattern: UInt8) {
    self.bitPattern = bitPattern
  }

  /// Creates the smallest value not below a magnitude, as `cvt.rp.satfinite.ue8m0x2` does.
  ///
  /// Values above 2^127, including infinity, become 2^127. NaN stays NaN.
  ///
  /// - SeeAlso: PTX ISA, "cvt"; `__nv_cvt_float_to_e8m0` in `cuda_fp8.hpp`, for the sign.
  public init(roundingUp value: Float) {
    self.init(Double(value.magnitude), rounding: .up, isSaturating: true)
  }

  /// Creates the largest value not above a magnitude, as `cvt.rz.satfinite.ue8m0x2` does.
  ///
  /// Values below 2^-127, including zero, become 2^-127. Infinity becomes 2^127. NaN stays NaN.
  ///
  /// - SeeAlso: PTX ISA, "cvt"; `__nv_cvt_float_to_e8m0` in `cuda_fp8.hpp`, for the sign.
  public init(truncating value: Float) {
    self.init(Double(value), rounding: .towardZero, isSaturating: true)
  }
}
