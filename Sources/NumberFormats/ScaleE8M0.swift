/// The scale factor format that is an exponent: powers of two from 2^-127 to 2^127.
///
/// Bits: eeeeeeee, with bias 127. 0xFF is NaN. There is neither zero nor sign: `init(_: Float)`
/// makes NaN of zero and of negative values, the conversions of the machine ignore the sign and
/// take zero for the least value.
///
/// With a significand of its leading bit alone, which is odd, every tie goes up: 1.5 becomes 2, 3
/// becomes 4. What is between 2^-127 and 1.5 times that becomes 2^-127, the nearest, as in
/// `cuda_fp8.hpp`; `ml_dtypes` 0.6 makes it 2^-126.
///
/// - SeeAlso: OCP Microscaling Formats (MX) Specification, "E8M0".
public struct ScaleE8M0: NumberFormat {
  /// What the field calls the format.
  @inlinable public static var name: String { "ue8m0" }
  /// The number of bits that a value takes where values lie densely.
  @inlinable public static var bitWidth: Int { 8 }
  /// How values are laid out in bits.
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

  /// Creates the least value not below a magnitude, as `cvt.rp.satfinite.ue8m0x2` does.
  ///
  /// What is above 2^127, infinity included, becomes 2^127. NaN becomes NaN.
  ///
  /// - SeeAlso: PTX ISA, "cvt"; `__nv_cvt_float_to_e8m0` in `cuda_fp8.hpp`, for the sign.
  public init(roundingUp value: Float) {
    self.init(Double(value.magnitude), rounding: .up, isSaturating: true)
  }

  /// Creates the greatest value not above a magnitude, as `cvt.rz.satfinite.ue8m0x2` does.
  ///
  /// What is below 2^-127, zero included, becomes 2^-127. NaN becomes NaN, infinity 2^127.
  ///
  /// - SeeAlso: PTX ISA, "cvt"; `__nv_cvt_float_to_e8m0` in `cuda_fp8.hpp`, for the sign.
  public init(truncating value: Float) {
    self.init(Double(value), rounding: .towardZero, isSaturating: true)
  }
}
