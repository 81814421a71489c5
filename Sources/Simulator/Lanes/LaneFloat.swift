// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A float on which lanes do arithmetic: single or double precision.
protocol LaneFloat: BinaryFloatingPoint, LaneValue {
  /// The NaN that arithmetic on numbers returns, as for 0 / 0.
  static var canonicalNaN: Self { get }

  /// The NaN that arithmetic returns for this NaN operand: the canonical one in single precision,
  /// the operand quieted in double precision.
  var propagatedNaN: Self { get }

  /// The exponent bias.
  static var exponentBias: Int { get }

  /// Creates the value with a code of exponent and significand bits, or the result of an overflow
  /// for a code beyond the largest finite value.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding)
}

extension Float: LaneFloat {
  /// The NaN that arithmetic returns, as PTX specifies.
  @inline(__always)
  static var canonicalNaN: Float { Float(bitPattern: 0x7FFF_FFFF) }

  /// The NaN that arithmetic returns for a NaN operand.
  @inline(__always)
  var propagatedNaN: Float { Float.canonicalNaN }

  /// The exponent bias.
  static var exponentBias: Int { 127 }

  /// Creates the value with a magnitude code, or the result of an overflow.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding) {
    let greatest = rounding.largestCode(isNegative: isNegative, infinity: 0x7F80_0000)
    self.init(
      bitPattern: UInt32(min(magnitudeCode, greatest)) | (isNegative ? 0x8000_0000 : 0))
  }
}

extension Double: LaneFloat {
  /// The NaN that arithmetic on numbers returns, as on an H100; PTX does not specify it.
  @inline(__always)
  static var canonicalNaN: Double { Double(bitPattern: 0xFFF8_0000_0000_0000) }

  /// This NaN with its quiet bit set and the same payload and sign.
  @inline(__always)
  var propagatedNaN: Double { Double(bitPattern: bitPattern | 0x0008_0000_0000_0000) }

  /// The exponent bias.
  static var exponentBias: Int { 1023 }

  /// Creates the value with a magnitude code, or the result of an overflow.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding) {
    let greatest = rounding.largestCode(isNegative: isNegative, infinity: 0x7FF0_0000_0000_0000)
    self.init(bitPattern: min(magnitudeCode, greatest) | (isNegative ? 1 << 63 : 0))
  }
}

extension Rounding {
  /// Returns the code of the result of an overflow.
  fileprivate func largestCode(isNegative: Bool, infinity: UInt64) -> UInt64 {
    switch self {
    case .toNearestEven, .toNearestAway: infinity
    case .towardZero: infinity - 1
    case .up: isNegative ? infinity - 1 : infinity
    case .down: isNegative ? infinity : infinity - 1
    }
  }
}

extension LaneFloat {
  /// Returns this result of an operation, with the bits of the hardware if it is NaN.
  ///
  /// - Parameter a: The operand.
  /// - Returns: The result; a NaN is replaced by the operand's or the canonical one.
  @inline(__always)
  func propagatingNaN(_ a: Self) -> Self {
    self == self ? self : (a != a ? a.propagatedNaN : Self.canonicalNaN)
  }

  /// Returns this result of an operation, with the bits of the hardware if it is NaN.
  ///
  /// - Parameters:
  ///   - a: The operand whose NaN has precedence.
  ///   - b: The other operand.
  /// - Returns: The result; a NaN is replaced by an operand's or the canonical one.
  @inline(__always)
  func propagatingNaN(_ a: Self, _ b: Self) -> Self {
    self == self ? self : (a != a ? a.propagatedNaN : propagatingNaN(b))
  }

  /// Returns this result of an operation, with the bits of the hardware if it is NaN.
  ///
  /// - Parameters:
  ///   - a: The operand whose NaN has precedence.
  ///   - b: The operand whose NaN comes second.
  ///   - c: The last operand.
  /// - Returns: The result; a NaN is replaced by an operand's or the canonical one.
  @inline(__always)
  func propagatingNaN(_ a: Self, _ b: Self, _ c: Self) -> Self {
    self == self ? self : (a != a ? a.propagatedNaN : propagatingNaN(b, c))
  }

  /// Returns this value, or a zero of its sign if it is subnormal and subnormals are flushed.
  @inline(__always)
  func flushed(if flushes: Bool) -> Self {
    flushes && magnitude < Self.leastNormalMagnitude
      ? Self(signOf: self, magnitudeOf: 0) : self
  }

  /// Returns whether a result that is the smallest normal number must be flushed, because it is
  /// only normal due to rounding to the precision of subnormal numbers.
  ///
  /// As on an H200, a result counts as subnormal if it is subnormal when rounded to the precision
  /// of normal numbers.
  ///
  /// - Parameters:
  ///   - flushes: Whether subnormals are flushed.
  ///   - scaled: Computes the result times 2^64.
  /// - Returns: Whether the result must be flushed.
  @inline(__always)
  func isRoundedToNormal(_ flushes: Bool, _ scaled: () -> Self) -> Bool {
    guard flushes, magnitude == Self.leastNormalMagnitude else { return false }
    return scaled().magnitude < Self.leastNormalMagnitude * Self.scale
  }

  /// 2^64.
  @inline(__always)
  static var scale: Self { Self(sign: .plus, exponent: 64, significand: 1) }

  /// This value clamped to the range from +0 to 1; NaN becomes +0.
  @inline(__always)
  var saturated: Self { self > 0 ? (self < 1 ? self : 1) : 0 }
}

extension LaneFloat {
  /// Returns the sum with the given rounding.
  func adding(_ other: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite { return self + other }
    if self == 0 && other == 0 { return Self.zeroSum(self, other, rounding) }
    if self == 0 { return other }
    if other == 0 { return self }
    let sum = ExactNumber(self).adding(ExactNumber(other))
    return sum?.rounded(to: Self.self, rounding) ?? Self.zeroSum(self, other, rounding)
  }

  /// Returns the product with the given rounding.
  func multiplied(by other: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite || self == 0 || other == 0 { return self * other }
    return ExactNumber(self).multiplied(by: ExactNumber(other)).rounded(to: Self.self, rounding)
  }

  /// Returns the quotient with the given rounding.
  func divided(by other: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite || self == 0 || other == 0 { return self / other }
    return ExactNumber(self).divided(by: ExactNumber(other)).rounded(to: Self.self, rounding)
  }

  /// Returns the square root with the given rounding.
  func squareRoot(_ rounding: Rounding) -> Self {
    if !(self > 0) || !isFinite { return squareRoot() }
    return ExactNumber(self).squareRoot().rounded(to: Self.self, rounding)
  }

  /// Returns the product with a value plus another one, rounded once.
  func multiplied(by other: Self, adding addend: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite || self == 0 || other == 0 {
      // The product is zero, infinite or NaN, and therefore exact.
      return (self * other).adding(addend, rounding)
    }
    if !addend.isFinite { return addend }
    let product = ExactNumber(self).multiplied(by: ExactNumber(other))
    if addend == 0 { return product.rounded(to: Self.self, rounding) }
    if let sum = product.adding(ExactNumber(addend)) {
      return sum.rounded(to: Self.self, rounding)
    }
    return Self.zeroSum(addend, -addend, rounding)
  }

  /// Returns the zero that is the sum of two opposite values or of two zeros.
  private static func zeroSum(_ a: Self, _ b: Self, _ rounding: Rounding) -> Self {
    if a.sign == b.sign { return Self(signOf: a, magnitudeOf: 0) }
    return rounding == .down ? -0.0 : 0.0
  }
}

extension LaneFloat {
  /// Returns the smaller of two values, where -0 is less than +0; for a NaN and a number, the
  /// number.
  @inline(__always)
  static func minimumNumber(_ a: Self, _ b: Self) -> Self {
    let equal = Self(container: a.container | b.container)
    let lesser = a < b ? a : (a == b ? equal : b)
    return (a != a ? b : (b != b ? a : lesser)).propagatingNaN(b)
  }

  /// Returns the larger of two values, where +0 is greater than -0; for a NaN and a number, the
  /// number.
  @inline(__always)
  static func maximumNumber(_ a: Self, _ b: Self) -> Self {
    let equal = Self(container: a.container & b.container)
    let greater = a > b ? a : (a == b ? equal : b)
    return (a != a ? b : (b != b ? a : greater)).propagatingNaN(b)
  }

  /// Returns the smaller or larger of two values, with the modifiers `.NaN` and `.xorsign.abs`.
  @inline(__always)
  static func extremum(_ a: Self, _ b: Self, isMinimum: Bool, _ modifiers: LaneModifiers) -> Self {
    if modifiers.contains(.propagatesNaN) && (a != a || b != b) { return canonicalNaN }
    let combinesSigns = modifiers.contains(.combinesSigns)
    let x = combinesSigns ? a.magnitude : a
    let y = combinesSigns ? b.magnitude : b
    let result = isMinimum ? minimumNumber(x, y) : maximumNumber(x, y)
    if !combinesSigns || result != result { return result }
    return a.sign == b.sign ? result : -result
  }
}
