import NumberFormats

/// A float that arithmetic on lanes has: single or double precision.
protocol LaneFloat: BinaryFloatingPoint, LaneValue {
  /// The NaN that arithmetic makes of numbers, as 0 / 0 does.
  static var canonicalNaN: Self { get }

  /// The NaN that arithmetic makes of this value, which is one: in single precision the same as
  /// ever, in double precision this one, quieted.
  var propagatedNaN: Self { get }

  /// What is added to a value's exponent to make the exponent bits.
  static var exponentBias: Int { get }

  /// Creates the value whose exponent and significand bits are a code, or what such a code beyond the
  /// greatest finite value is rounded to.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding)
}

extension Float: LaneFloat {
  /// The NaN that arithmetic makes, as PTX names it.
  @inline(__always)
  static var canonicalNaN: Float { Float(bitPattern: 0x7FFF_FFFF) }

  /// The NaN that arithmetic makes of a NaN.
  @inline(__always)
  var propagatedNaN: Float { Float.canonicalNaN }

  /// What is added to a value's exponent to make the exponent bits.
  static var exponentBias: Int { 127 }

  /// Creates the value of a magnitude code, or what is beyond the greatest finite value.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding) {
    let greatest = rounding.largestCode(isNegative: isNegative, infinity: 0x7F80_0000)
    self.init(
      bitPattern: UInt32(min(magnitudeCode, greatest)) | (isNegative ? 0x8000_0000 : 0))
  }
}

extension Double: LaneFloat {
  /// The NaN that arithmetic makes of numbers, as an H100 does; PTX names none.
  @inline(__always)
  static var canonicalNaN: Double { Double(bitPattern: 0xFFF8_0000_0000_0000) }

  /// This NaN with its quiet bit set; payload and sign stay.
  @inline(__always)
  var propagatedNaN: Double { Double(bitPattern: bitPattern | 0x0008_0000_0000_0000) }

  /// What is added to a value's exponent to make the exponent bits.
  static var exponentBias: Int { 1023 }

  /// Creates the value of a magnitude code, or what is beyond the greatest finite value.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding) {
    let greatest = rounding.largestCode(isNegative: isNegative, infinity: 0x7FF0_0000_0000_0000)
    self.init(bitPattern: min(magnitudeCode, greatest) | (isNegative ? 1 << 63 : 0))
  }
}

extension Rounding {
  /// Returns the code of what magnitudes beyond the greatest finite one become.
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
  /// Gives this result of an operation the bits that it has where it is NaN.
  ///
  /// - Parameter a: The operand.
  /// - Returns: The result, with an operand's NaN or that of numbers in the place of a NaN.
  @inline(__always)
  func propagatingNaN(_ a: Self) -> Self {
    self == self ? self : (a != a ? a.propagatedNaN : Self.canonicalNaN)
  }

  /// Gives this result of an operation the bits that it has where it is NaN.
  ///
  /// - Parameters:
  ///   - a: The operand whose NaN goes before the other's.
  ///   - b: The other operand.
  /// - Returns: The result, with an operand's NaN or that of numbers in the place of a NaN.
  @inline(__always)
  func propagatingNaN(_ a: Self, _ b: Self) -> Self {
    self == self ? self : (a != a ? a.propagatedNaN : propagatingNaN(b))
  }

  /// Gives this result of an operation the bits that it has where it is NaN.
  ///
  /// - Parameters:
  ///   - a: The operand whose NaN goes before the others'.
  ///   - b: The operand whose NaN goes before the last one's.
  ///   - c: The last operand.
  /// - Returns: The result, with an operand's NaN or that of numbers in the place of a NaN.
  @inline(__always)
  func propagatingNaN(_ a: Self, _ b: Self, _ c: Self) -> Self {
    self == self ? self : (a != a ? a.propagatedNaN : propagatingNaN(b, c))
  }

  /// Returns this value, or a zero of its sign where it is subnormal and subnormals are flushed.
  @inline(__always)
  func flushed(if flushes: Bool) -> Self {
    flushes && magnitude < Self.leastNormalMagnitude
      ? Self(signOf: self, magnitudeOf: 0) : self
  }

  /// Returns whether this result of an operation, which subnormals of are flushed, is the least
  /// normal number only because it was rounded to the digits of subnormal ones.
  ///
  /// A result is subnormal, as an H200 has it, if it is so when it is rounded to as many digits as
  /// normal numbers have.
  ///
  /// - Parameters:
  ///   - flushes: Whether subnormals are flushed.
  ///   - scaled: Makes the result 2^64 times as great.
  /// - Returns: Whether the result is to be flushed too.
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
  /// Returns the sum, rounded as asked.
  func adding(_ other: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite { return self + other }
    if self == 0 && other == 0 { return Self.zeroSum(self, other, rounding) }
    if self == 0 { return other }
    if other == 0 { return self }
    let sum = ExactNumber(self).adding(ExactNumber(other))
    return sum?.rounded(to: Self.self, rounding) ?? Self.zeroSum(self, other, rounding)
  }

  /// Returns the product, rounded as asked.
  func multiplied(by other: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite || self == 0 || other == 0 { return self * other }
    return ExactNumber(self).multiplied(by: ExactNumber(other)).rounded(to: Self.self, rounding)
  }

  /// Returns the quotient, rounded as asked.
  func divided(by other: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite || self == 0 || other == 0 { return self / other }
    return ExactNumber(self).divided(by: ExactNumber(other)).rounded(to: Self.self, rounding)
  }

  /// Returns the square root, rounded as asked.
  func squareRoot(_ rounding: Rounding) -> Self {
    if !(self > 0) || !isFinite { return squareRoot() }
    return ExactNumber(self).squareRoot().rounded(to: Self.self, rounding)
  }

  /// Returns the product with a value plus another one, rounded once, as asked.
  func multiplied(by other: Self, adding addend: Self, _ rounding: Rounding) -> Self {
    if !isFinite || !other.isFinite || self == 0 || other == 0 {
      // The product is zero, infinite or NaN: it is exact.
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
  /// Returns the lesser of two values, -0 being less than +0; of a NaN and a number, the number.
  @inline(__always)
  static func minimumNumber(_ a: Self, _ b: Self) -> Self {
    let equal = Self(container: a.container | b.container)
    let lesser = a < b ? a : (a == b ? equal : b)
    return (a != a ? b : (b != b ? a : lesser)).propagatingNaN(b)
  }

  /// Returns the greater of two values, +0 being greater than -0; of a NaN and a number, the number.
  @inline(__always)
  static func maximumNumber(_ a: Self, _ b: Self) -> Self {
    let equal = Self(container: a.container & b.container)
    let greater = a > b ? a : (a == b ? equal : b)
    return (a != a ? b : (b != b ? a : greater)).propagatingNaN(b)
  }

  /// Returns the lesser or greater of two values, as the modifiers `.NaN` and `.xorsign.abs` ask.
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
