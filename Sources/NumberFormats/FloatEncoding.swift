/// How a small floating-point format lays its values out in bits.
///
/// From the top: the sign, where there is one, the exponent, and the significand without its
/// leading bit. The bits below the sign are the *magnitude code*; finite magnitudes ascend with it.
public struct FloatEncoding: Sendable, Hashable {
  /// What the topmost magnitude codes stand for.
  public enum SpecialCodes: Sendable, Hashable {
    /// An exponent of ones is infinity where the significand is 0, else NaN, as in IEEE 754.
    case infinityAndNaN
    /// The code of ones is NaN, and there is no infinity.
    case nan
    /// Every code is a finite value.
    case none
  }

  /// The number of exponent bits.
  public let exponentBitCount: Int
  /// The number of significand bits that are stored.
  public let significandBitCount: Int
  /// What is added to a value's exponent to make the exponent bits.
  public let exponentBias: Int
  /// Whether there is a sign bit, above the exponent.
  public let isSigned: Bool
  /// Whether exponent bits of zeros mean zero and the subnormal values.
  public let hasZero: Bool
  /// What the topmost magnitude codes stand for.
  public let specialCodes: SpecialCodes
  /// The number of bits below the significand, which are 0 in every code.
  public let paddingBitCount: Int

  /// Creates a description of a format.
  ///
  /// - Precondition: A format of infinity and NaN has at least one significand bit, and the
  ///   exponent and significand have at most 31 bits, the padding included.
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

  /// The magnitude code of ones: NaN, or in formats without NaN the greatest finite value.
  @usableFromInline
  var topCode: UInt32 { 1 << UInt32(exponentBitCount + significandBitCount) - 1 }

  /// The magnitude code whose exponent bits are ones and whose significand bits are zeros.
  private var topExponentCode: UInt32 { topCode - (1 << UInt32(significandBitCount) - 1) }

  /// The magnitude code of the greatest finite value.
  @usableFromInline
  var greatestFiniteCode: UInt32 {
    switch specialCodes {
    case .infinityAndNaN: topExponentCode - 1
    case .nan: topCode - 1
    case .none: topCode
    }
  }

  /// The magnitude code for what is beyond: infinity, else NaN, else the greatest finite value.
  var overflowCode: UInt32 {
    switch specialCodes {
    case .infinityAndNaN: topExponentCode
    case .nan, .none: topCode
    }
  }

  /// The magnitude code of the least value that is not zero.
  @usableFromInline
  var leastNonzeroCode: UInt32 { hasZero ? 1 : 0 }

  /// The magnitude code of NaN; of many the one whose significand has its topmost bit alone.
  private var quietNaNCode: UInt32 {
    switch specialCodes {
    case .infinityAndNaN: topExponentCode | 1 << UInt32(significandBitCount - 1)
    case .nan, .none: topCode
    }
  }

  /// The exponent of the least value whose significand has its leading bit.
  private var leastNormalExponent: Int { hasZero ? 1 - exponentBias : -exponentBias }

  /// The code of the sign, 0 for formats without one.
  private var signCode: UInt32 { isSigned ? topCode + 1 : 0 }

  /// Returns whether a code is a NaN's.
  @usableFromInline
  func isNaN(_ code: UInt32) -> Bool {
    specialCodes != .none && magnitudeCode(of: code) > max(greatestFiniteCode, infinityCode)
  }

  /// Returns whether a code is an infinity's.
  @usableFromInline
  func isInfinite(_ code: UInt32) -> Bool {
    specialCodes == .infinityAndNaN && magnitudeCode(of: code) == overflowCode
  }

  /// The magnitude code of infinity, 0 for formats without one.
  private var infinityCode: UInt32 { specialCodes == .infinityAndNaN ? overflowCode : 0 }

  /// Returns a code without sign and padding.
  private func magnitudeCode(of code: UInt32) -> UInt32 { code >> paddingBitCount & topCode }
}

extension FloatEncoding {
  /// Returns the value of a code, exactly; for NaN a quiet one of the same sign.
  @usableFromInline
  func decode(_ code: UInt32) -> Float {
    let isNegative = code >> paddingBitCount & signCode != 0
    let magnitude = isNaN(code) ? Float.nan : decodeMagnitude(magnitudeCode(of: code))
    return isNegative ? -magnitude : magnitude
  }

  /// Returns the value of a magnitude code that is not NaN's.
  private func decodeMagnitude(_ code: UInt32) -> Float {
    if specialCodes == .infinityAndNaN && code == overflowCode { return .infinity }
    let exponentBits = Int(code >> UInt32(significandBitCount))
    let fraction = code & (1 << UInt32(significandBitCount) - 1)
    let isNormal = exponentBits > 0 || !hasZero
    let significand = isNormal ? fraction | 1 << UInt32(significandBitCount) : fraction
    let exponent = max(exponentBits - exponentBias, leastNormalExponent)
    // Both factors and their product are exact in Double, and every value of the formats is a
    // Float.
    return Float(Double(significand) * powerOfTwo(exponent - significandBitCount))
  }

  /// Returns a power of two that is a normal Double.
  private func powerOfTwo(_ exponent: Int) -> Double {
    Double(bitPattern: UInt64(exponent + 1023) << 52)
  }
}

extension FloatEncoding {
  /// Returns the code for a value as the machine's conversions make it.
  ///
  /// NaN becomes the code of ones without a sign, which is the greatest finite value in formats
  /// without NaN. Formats without a sign take the magnitude.
  ///
  /// - Parameters:
  ///   - value: The value; a Float widened to Double is the same value.
  ///   - rounding: The way to round, once.
  ///   - isSaturating: Whether infinity and what rounds beyond the greatest finite value become
  ///     that one, rather than infinity or, in formats that have none, NaN.
  /// - Returns: The code, padding included.
  @usableFromInline
  func encode(_ value: Double, rounding: Rounding, isSaturating: Bool) -> UInt32 {
    if value.isNaN { return topCode << paddingBitCount }
    let isNegative = isSigned && value.sign == .minus
    let magnitude = encodeMagnitude(value.magnitude, isNegative, rounding, isSaturating)
    return (isNegative ? signCode | magnitude : magnitude) << paddingBitCount
  }

  /// Returns the code for a value as `ml_dtypes` and `numpy` make it: to the nearest, ties to even.
  ///
  /// NaN becomes a quiet one of the same sign. In formats without a sign negative values become
  /// NaN, and so does zero where the format has none.
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

  /// Returns the magnitude code for a magnitude that is not NaN.
  private func encodeMagnitude(
    _ magnitude: Double, _ isNegative: Bool, _ rounding: Rounding, _ isSaturating: Bool
  ) -> UInt32 {
    let beyond = isSaturating ? greatestFiniteCode : overflowCode
    if magnitude.isInfinite { return beyond }
    let rounded = roundedCode(magnitude, isNegative, rounding)
    if rounded <= greatestFiniteCode { return UInt32(rounded) }
    return rounding.overflows(isNegative: isNegative) ? beyond : greatestFiniteCode
  }

  /// Returns a finite magnitude's code in a format whose exponents go on without end.
  private func roundedCode(
    _ magnitude: Double, _ isNegative: Bool, _ rounding: Rounding
  ) -> UInt64 {
    let bits = magnitude.bitPattern
    let isSubnormal = bits < 1 << 52
    let exponent = isSubnormal ? -1022 : Int(bits >> 52) - 1023
    let significand = isSubnormal ? bits : bits & (1 << 52 - 1) | 1 << 52
    let unitExponent = max(exponent, leastNormalExponent)
    // A significand has 53 bits: a shift by 60 leaves less than a half, as any longer one would.
    let shift = UInt64(min(52 - significandBitCount + unitExponent - exponent, 60))
    let kept = significand >> shift
    let enlarges = rounding.enlarges(
      remainder: significand & (1 << shift - 1), half: 1 << (shift - 1),
      isOdd: kept & 1 == 1, isNegative: isNegative)
    // The significand's leading bit, and a carry out of it, raise the exponent bits by being added.
    let code =
      UInt64(unitExponent - leastNormalExponent) << UInt64(significandBitCount)
      + kept + (enlarges ? 1 : 0)
    if hasZero { return code }
    let leadingBit = UInt64(1) << UInt64(significandBitCount)
    return code > leadingBit ? code - leadingBit : 0
  }
}
