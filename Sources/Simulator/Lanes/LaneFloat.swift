import NumberFormats

/// A float that arithmetic on lanes has: single or double precision.
protocol LaneFloat: BinaryFloatingPoint, LaneValue {
  /// The NaN that arithmetic makes, whatever NaN it was given.
  ///
  /// In single precision it is PTX's, 0x7FFFFFFF. In double precision PTX names none: here it is
  /// 0x7FF8000000000000.
  static var canonicalNaN: Self { get }

  /// What is added to a value's exponent to make the exponent bits.
  static var exponentBias: Int { get }

  /// Creates the value whose exponent and significand bits are a code, or what such a code beyond the
  /// greatest finite value is rounded to.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding)
}

extension Float: LaneFloat {
  /// The NaN that arithmetic makes.
  @inline(__always)
  static var canonicalNaN: Float { Float(bitPattern: 0x7FFF_FFFF) }

  /// What is added to a value's exponent to make the exponent bits.
  static var exponentBias: Int { 127 }

  /// Creates the value of a magnitude code, or what is beyond the greatest finite value.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding) {
    let greatest = rounding.greatestCode(isNegative: isNegative, infinity: 0x7F80_0000)
    self.init(
      bitPattern: UInt32(min(magnitudeCode, greatest)) | (isNegative ? 0x8000_0000 : 0))
  }
}

extension Double: LaneFloat {
  /// The NaN that arithmetic makes.
  @inline(__always)
  static var canonicalNaN: Double { Double(bitPattern: 0x7FF8_0000_0000_0000) }

  /// What is added to a value's exponent to make the exponent bits.
  static var exponentBias: Int { 1023 }

  /// Creates the value of a magnitude code, or what is beyond the greatest finite value.
  init(magnitudeCode: UInt64, isNegative: Bool, overflowing rounding: Rounding) {
    let greatest = rounding.greatestCode(isNegative: isNegative, infinity: 0x7FF0_0000_0000_0000)
    self.init(bitPattern: min(magnitudeCode, greatest) | (isNegative ? 1 << 63 : 0))
  }
}

extension Rounding {
  /// Returns the code of what magnitudes beyond the greatest finite one become.
  fileprivate func greatestCode(isNegative: Bool, infinity: UInt64) -> UInt64 {
    switch self {
    case .toNearestEven, .toNearestAway: infinity
    case .towardZero: infinity - 1
    case .up: isNegative ? infinity - 1 : infinity
    case .down: isNegative ? infinity : infinity - 1
    }
  }
}

extension LaneFloat {
  /// This value, or the NaN that arithmetic makes.
  @inline(__always)
  var canonical: Self { self != self ? Self.canonicalNaN : self }

  /// Returns this value, or a zero of its sign where it is subnormal and subnormals are flushed.
  @inline(__always)
  func flushed(if flushes: Bool) -> Self {
    flushes && magnitude < Self.leastNormalMagnitude
      ? Self(signOf: self, magnitudeOf: 0) : self
  }

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
    return (a != a ? b : (b != b ? a : lesser)).canonical
  }

  /// Returns the greater of two values, +0 being greater than -0; of a NaN and a number, the number.
  @inline(__always)
  static func maximumNumber(_ a: Self, _ b: Self) -> Self {
    let equal = Self(container: a.container & b.container)
    let greater = a > b ? a : (a == b ? equal : b)
    return (a != a ? b : (b != b ? a : greater)).canonical
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
