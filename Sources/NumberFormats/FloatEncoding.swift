// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The bit layout of a small floating-point format.
///
/// From the top: the sign, if there is one, the exponent, and the significand without its leading
/// bit. The bits below the sign are the *magnitude code*, which orders the finite magnitudes.
public struct FloatEncoding: Sendable, Hashable {
  /// The meaning of the highest magnitude codes.
  public enum SpecialCodes: Sendable, Hashable {
    /// An exponent of all ones is infinity if the significand is 0, and NaN otherwise, as in IEEE
    /// 754.
    case infinityAndNaN
    /// The code of all ones is NaN, and there is no infinity.
    case nan
    /// Every code is a finite value.
    case none
  }

  /// The number of exponent bits.
  public let exponentBitCount: Int
  /// The number of significand bits that are stored.
  public let significandBitCount: Int
  /// The exponent bias.
  public let exponentBias: Int
  /// Whether there is a sign bit above the exponent.
  public let isSigned: Bool
  /// Whether an exponent field of zero means zero and the subnormal values.
  public let hasZero: Bool
  /// The meaning of the highest magnitude codes.
  public let specialCodes: SpecialCodes
  /// The number of bits below the significand, which are always 0.
  public let paddingBitCount: Int

  /// Creates a description of a format.
  ///
  /// - Precondition: A format with infinity and NaN has at least one significand bit. The exponent,
  ///   the significand and the padding have at most 31 bits together.
  @inlinable
  public init(
    exponentBitCount: Int, significandBitCount: Int, exponentBias: Int,
    specialCodes: SpecialCodes, isSigned: Bool = true, hasZero: Bool = true,
    paddingBitCount: Int = 0
  ) {
    self.exponentBitCount = exponentBitCount
    self.significandBitCount = significandBitCount
    self.exponentBias = exponentBias
    self.specialCodes = specialCodes
    self.isSigned = isSigned
    self.hasZero = hasZero
    self.paddingBitCount = paddingBitCount
  }

  /// The magnitude code of all ones: NaN, or in formats without NaN the largest finite value.
  @usableFromInline
  var topCode: UInt32 { 1 << UInt32(exponentBitCount + significandBitCount) - 1 }

  /// The magnitude code whose exponent bits are ones and whose significand bits are zeros.
  private var topExponentCode: UInt32 { topCode - (1 << UInt32(significandBitCount) - 1) }

  /// The magnitude code of the largest finite value.
  @usableFromInline
  var greatestFiniteCode: UInt32 {
    switch specialCodes {
    case .infinityAndNaN: topExponentCode - 1
    case .nan: topCode - 1
    case .none: topCode
    }
  }

  /// The magnitude code of an overflow: infinity, else NaN, else the largest finite value.
  var overflowCode: UInt32 {
    switch specialCodes {
    case .infinityAndNaN: topExponentCode
    case .nan, .none: topCode
    }
  }

  /// The magnitude code of the smallest value other than zero.
  @usableFromInline
  var leastNonzeroCode: UInt32 { hasZero ? 1 : 0 }

  /// The magnitude code of the quiet NaN whose significand has only its highest bit set.
  private var quietNaNCode: UInt32 {
    switch specialCodes {
    case .infinityAndNaN: topExponentCode | 1 << UInt32(significandBitCount - 1)
    case .nan, .none: topCode
    }
  }

  /// The exponent of the smallest normal value.
  private var leastNormalExponent: Int { hasZero ? 1 - exponentBias : -exponentBias }

  /// The sign bit in a code, or 0 for formats without a sign.
  private var signCode: UInt32 { isSigned ? topCode + 1 : 0 }

  /// Returns whether a code is a NaN.
  @usableFromInline
  func isNaN(_ code: UInt32) -> Bool {
    specialCodes != .none && magnitudeCode(of: code) > max(greatestFiniteCode, infinityCode)
  }

  /// Returns whether a code is an infinity.
  @usableFromInline
  func isInfinite(_ code: UInt32) -> Bool {
    specialCodes == .infinityAndNaN && magnitudeCode(of: code) == overflowCode
  }

  /// The magnitude code of infinity, or 0 for formats without one.
  private var infinityCode: UInt32 { specialCodes == .infinityAndNaN ? overflowCode : 0 }

  /// Returns a code without sign and padding.
  private func magnitudeCode(of code: UInt32) -> UInt32 { code >> paddingBitCount & topCode }
}

extension FloatEncoding {
  /// Returns the exact value of a code; a NaN becomes a quiet NaN of the same sign.
  @usableFromInline
  func decode(_ code: UInt32) -> Float {
    let isNegative = code >> paddingBitCount & signCode != 0
    let magnitude = isNaN(code) ? Float.nan : decodeMagnitude(magnitudeCode(of: code))
    return isNegative ? -magnitude : magnitude
  }

  /// Returns the value of a magnitude code other than NaN.
  private func decodeMagnitude(_ code: UInt32) -> Float {
    if specialCodes == .infinityAndNaN && code == overflowCode { return .infinity }
    let exponentBits = Int(code >> UInt32(significandBitCount))
    let fraction = code & (1 << UInt32(significandBitCount) - 1)
    let isNormal = exponentBits > 0 || !hasZero
    let significand = isNormal ? fraction | 1 << UInt32(significandBitCount) : fraction
    let exponent = max(exponentBits - exponentBias, leastNormalExponent)
    // Both factors and their product are exact in Double, and Float can represent every value of
    // the formats.
    return Float(Double(significand) * powerOfTwo(exponent - significandBitCount))
  }

  /// Returns a power of two that is a normal Double.
  private func powerOfTwo(_ exponent: Int) -> Double {
    Double(bitPattern: UInt64(exponent + 1023) << 52)
  }
}

extension FloatEncoding {
  /// Returns the code of a value, as the hardware's conversions encode it.
  ///
  /// NaN becomes the code of all ones without a sign, which in formats without NaN is the largest
  /// finite value. Formats without a sign encode the magnitude.
  ///
  /// - Parameters:
  ///   - value: The value; widening a Float to Double does not change it.
  ///   - rounding: The rounding, which is applied once.
  ///   - isSaturating: Whether infinity and overflow become the largest finite value, rather than
  ///     infinity or, in formats without infinity, NaN.
  /// - Returns: The code, including padding.
  @usableFromInline
  func encode(_ value: Double, rounding: Rounding, isSaturating: Bool) -> UInt32 {
    if value.isNaN { return topCode << paddingBitCount }
    let isNegative = isSigned && value.sign == .minus
    let magnitude = encodeMagnitude(value.magnitude, isNegative, rounding, isSaturating)
    return (isNegative ? signCode | magnitude : magnitude) << paddingBitCount
  }

  /// Returns the code of the nearest value, ties to even, as `ml_dtypes` and `numpy` encode it.
  ///
  /// NaN becomes a quiet NaN of the same sign. In formats without a sign, negative values become
  /// NaN; in formats without zero, so does zero.
  @usableFromInline
  func encodeNearest(_ value: Double) -> UInt32 {
    let isNegative = value.sign == .minus
    if value.isNaN && specialCodes != .none {
      return (isNegative ? signCode | quietNaNCode : quietNaNCode) << paddingBitCount
    }
    let isRepresentable = (isSigned || value >= 0) && (hasZero || value != 0)
    if !isRepresentable { return topCode << paddingBitCount }
    return encode(value, rounding: .toNearestEven, isSaturating: false)
  }

  /// Returns the magnitude code of a magnitude other than NaN.
  private func encodeMagnitude(
    _ magnitude: Double, _ isNegative: Bool, _ rounding: Rounding, _ isSaturating: Bool
  ) -> UInt32 {
    let beyond = isSaturating ? greatestFiniteCode : overflowCode
    if magnitude.isInfinite { return beyond }
    let rounded = roundedCode(magnitude, isNegative, rounding)
    if rounded <= greatestFiniteCode { return UInt32(rounded) }
    return rounding.overflows(isNegative: isNegative) ? beyond : greatestFiniteCode
  }

  /// Returns the code of a finite magnitude in a format with an unbounded exponent.
  private func roundedCode(
    _ magnitude: Double, _ isNegative: Bool, _ rounding: Rounding
  ) -> UInt64 {
    let bits = magnitude.bitPattern
    let isSubnormal = bits < 1 << 52
    let exponent = isSubnormal ? -1022 : Int(bits >> 52) - 1023
    let significand = isSubnormal ? bits : bits & (1 << 52 - 1) | 1 << 52
    let unitExponent = max(exponent, leastNormalExponent)
    // A significand has 53 bits, so a shift by 60 leaves less than a half, as any longer shift
    // would.
    let shift = UInt64(min(52 - significandBitCount + unitExponent - exponent, 60))
    let kept = significand >> shift
    let enlarges = rounding.enlarges(
      remainder: significand & (1 << shift - 1), half: 1 << (shift - 1),
      isOdd: kept & 1 == 1, isNegative: isNegative)
    // Added to the exponent bits, the leading bit of the significand and a carry increment them.
    let code =
      UInt64(unitExponent - leastNormalExponent) << UInt64(significandBitCount)
      + kept + (enlarges ? 1 : 0)
    if hasZero { return code }
    let leadingBit = UInt64(1) << UInt64(significandBitCount)
    return code > leadingBit ? code - leadingBit : 0
  }
}
