// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A finite number other than zero, which is rounded once to a float.
///
/// The lowest bit of the significand may be a sticky bit: it is 1 if any bit below it is. The
/// significand has far more bits than a float, so this does not affect rounding.
struct ExactNumber {
  /// Whether the number is negative.
  var isNegative: Bool

  /// The magnitude, in units of 2^exponent; never zero.
  var significand: UInt128

  /// The exponent of the significand's lowest bit.
  var exponent: Int
}

extension ExactNumber {
  /// Creates the value of a float.
  ///
  /// - Precondition: The float is finite and not zero.
  init<T: LaneFloat>(_ value: T) {
    let double = Double(value)
    let bits = double.bitPattern
    let exponentBits = Int(bits >> 52 & 0x7FF)
    let fraction = bits & (1 << 52 - 1)
    isNegative = double.sign == .minus
    significand = UInt128(exponentBits == 0 ? fraction : fraction | 1 << 52)
    exponent = max(exponentBits, 1) - 1075
  }

  /// The number with its significand shifted so that one high bit is free for a carry.
  private var normalized: ExactNumber {
    let shift = significand.leadingZeroBitCount - 2
    return ExactNumber(
      isNegative: isNegative, significand: significand << UInt128(shift),
      exponent: exponent - shift)
  }

  /// Returns the product with a number, both with significands of at most 64 bits.
  func multiplied(by other: ExactNumber) -> ExactNumber {
    ExactNumber(
      isNegative: isNegative != other.isNegative, significand: significand * other.significand,
      exponent: exponent + other.exponent)
  }

  /// Returns the quotient by a number, both with significands of at most 53 bits.
  func divided(by other: ExactNumber) -> ExactNumber {
    let dividend = normalized
    let (quotient, remainder) = dividend.significand.quotientAndRemainder(
      dividingBy: other.significand)
    return ExactNumber(
      isNegative: isNegative != other.isNegative,
      significand: quotient << 1 | (remainder == 0 ? 0 : 1),
      exponent: dividend.exponent - other.exponent - 1)
  }

  /// Returns the sum with a number, or `nil` if it is zero; both have at most 106 bits.
  func adding(_ other: ExactNumber) -> ExactNumber? {
    var larger = normalized
    var smaller = other.normalized
    if (larger.exponent, larger.significand) < (smaller.exponent, smaller.significand) {
      swap(&larger, &smaller)
    }
    let addend = smaller.significand.shiftedRightJamming(by: larger.exponent - smaller.exponent)
    if larger.isNegative == smaller.isNegative {
      larger.significand += addend
    } else {
      larger.significand -= addend
    }
    return larger.significand == 0 ? nil : larger
  }

  /// Returns the square root of a positive number.
  func squareRoot() -> ExactNumber {
    var radicand = normalized
    if radicand.exponent % 2 != 0 {
      radicand.significand >>= 1
      radicand.exponent += 1
    }
    let root = radicand.significand.integerSquareRoot()
    let isExact = root * root == radicand.significand
    return ExactNumber(
      isNegative: false, significand: root << 1 | (isExact ? 0 : 1),
      exponent: radicand.exponent / 2 - 1)
  }

  /// Returns the number rounded to a float.
  func rounded<T: LaneFloat>(to type: T.Type, _ rounding: Rounding) -> T {
    let leastExponent = 1 - T.exponentBias
    let ownExponent = exponent + 127 - significand.leadingZeroBitCount
    let unitExponent = max(ownExponent, leastExponent) - T.significandBitCount
    var kept = self.kept(above: unitExponent - exponent)
    if isEnlarged(above: unitExponent - exponent, rounding) { kept += 1 }
    // Added to the exponent bits, the leading bit of the significand and a carry increment them.
    let exponentCode = UInt64(max(ownExponent, leastExponent) - leastExponent)
    let code = exponentCode << UInt64(T.significandBitCount) + kept
    return T(magnitudeCode: code, isNegative: isNegative, overflowing: rounding)
  }

  /// Returns the significand without its lowest bits, or with zeros appended if `count` is
  /// negative.
  private func kept(above count: Int) -> UInt64 {
    if count > 127 { return 0 }
    return UInt64(truncatingIfNeeded: significand >> count)
  }

  /// Returns whether the significand without its lowest bits must be incremented.
  private func isEnlarged(above count: Int, _ rounding: Rounding) -> Bool {
    if count <= 0 { return false }
    // No significand reaches the highest bit: with a larger count, the removed part is less than a
    // half.
    let half = UInt128(1) << UInt128(min(count - 1, 127))
    let remainder = count > 127 ? significand : significand & (half << 1 &- 1)
    return rounding.enlarges(
      remainder, half: half, isOdd: kept(above: count) & 1 == 1, isNegative: isNegative)
  }
}

extension UInt128 {
  /// Returns the bits shifted right; the lowest bit is 1 if any lost bit is.
  fileprivate func shiftedRightJamming(by count: Int) -> UInt128 {
    if count > 127 { return self == 0 ? 0 : 1 }
    let shifted = self >> UInt128(count)
    return shifted << UInt128(count) == self ? shifted : shifted | 1
  }

  /// Returns the largest integer whose square is not larger than this.
  fileprivate func integerSquareRoot() -> UInt128 {
    var root: UInt128 = 0
    var bit: UInt128 = 1 << 63
    while bit != 0 {
      let candidate = root | bit
      if candidate * candidate <= self { root = candidate }
      bit >>= 1
    }
    return root
  }
}

extension Rounding {
  /// Returns whether a magnitude between two neighbours is rounded to the larger one.
  fileprivate func enlarges(
    _ remainder: UInt128, half: UInt128, isOdd: Bool, isNegative: Bool
  ) -> Bool {
    switch self {
    case .toNearestEven: remainder > half || (remainder == half && isOdd)
    case .toNearestAway: remainder >= half && remainder > 0
    case .towardZero: false
    case .up: remainder > 0 && !isNegative
    case .down: remainder > 0 && isNegative
    }
  }
}
