/// A floating-point format with a sign, as matrix instructions see it.
package struct FusedFormat: Sendable, Equatable {
  /// How a sum that the format cannot hold exactly is rounded.
  package enum Rounding: Sendable {
    /// Toward zero; beyond the greatest number, to infinity.
    case towardZero
    /// To the nearest number, or to the even one of two equally near.
    case toNearestEven
  }

  /// Which codes are not finite numbers.
  package enum Specials: Sendable {
    /// Those with the greatest exponent field: infinities and NaNs.
    case infinitiesAndNaNs
    /// The greatest code of each sign, a NaN.
    case oneNaN
    /// None.
    case none
  }

  /// The number of bits of the exponent field.
  package let exponentBits: Int

  /// The number of bits of the fraction field.
  package let fractionBits: Int

  /// The number of bits below the fraction field, which do not count.
  package var ignoredBits = 0

  /// Which codes are not finite numbers.
  package var specials = Specials.infinitiesAndNaNs

  /// How results are rounded to this format.
  package var rounding = Rounding.towardZero

  /// bfloat16, an operand format.
  package static let bfloat16 = FusedFormat(exponentBits: 8, fractionBits: 7)

  /// IEEE half precision, an operand and an accumulator format.
  package static let float16 = FusedFormat(
    exponentBits: 5, fractionBits: 10, rounding: .toNearestEven)

  /// TensorFloat-32, an operand format in 32 bits.
  package static let tensorFloat32 = FusedFormat(
    exponentBits: 8, fractionBits: 10, ignoredBits: 13)

  /// e4m3, an operand format.
  package static let float8E4M3 = FusedFormat(
    exponentBits: 4, fractionBits: 3, specials: .oneNaN)

  /// e5m2, an operand format.
  package static let float8E5M2 = FusedFormat(exponentBits: 5, fractionBits: 2)

  /// e2m3, an operand format.
  package static let float6E2M3 = FusedFormat(exponentBits: 2, fractionBits: 3, specials: .none)

  /// e3m2, an operand format.
  package static let float6E3M2 = FusedFormat(exponentBits: 3, fractionBits: 2, specials: .none)

  /// e2m1, an operand format.
  package static let float4E2M1 = FusedFormat(exponentBits: 2, fractionBits: 1, specials: .none)

  /// IEEE single precision, an accumulator format.
  package static let float32 = FusedFormat(exponentBits: 8, fractionBits: 23)
}

extension FusedFormat {
  /// What is added to exponents to make them fields.
  package var bias: Int { (1 << (exponentBits - 1)) - 1 }

  /// The least exponent, which subnormal numbers have as well.
  package var leastExponent: Int { 1 - bias }

  /// The exponent of the last bit of subnormal numbers, the finest there is.
  package var leastUnit: Int { leastExponent - fractionBits }

  /// The code of positive infinity, where there is one: the greatest exponent field alone.
  package var infinity: UInt32 { ((1 << UInt32(exponentBits)) - 1) << UInt32(fractionBits) }

  /// The code with only the sign bit set.
  package var signBit: UInt32 { 1 << UInt32(exponentBits + fractionBits) }

  /// The code of the NaN that matrix instructions give: all bits set but the sign.
  package var nan: UInt32 { signBit - 1 }

  /// Returns the code of magnitude * 2^exponent, rounded as this format is, without its sign.
  ///
  /// - Precondition: `magnitude` is not zero.
  package func rounded(_ magnitude: UInt, exponent: Int) -> UInt32 {
    let leading = exponent + UInt.bitWidth - 1 - magnitude.leadingZeroBitCount
    guard leading <= bias else { return infinity }
    let unit = max(leading - fractionBits, leastUnit)
    let count = rounded(magnitude, shiftedRight: unit - exponent)
    // A normal number's count of units has its leading bit at `fractionBits`, where it adds one to
    // the exponent field; a carry from rounding adds one more.
    return (UInt32(unit - leastUnit) << UInt32(fractionBits)) + UInt32(count)
  }

  /// Returns magnitude / 2^shift as an integer, rounded as this format is.
  private func rounded(_ magnitude: UInt, shiftedRight shift: Int) -> UInt {
    // Swift's shifts take any count: negative ones go left, great ones give zero.
    let count = magnitude >> shift
    guard rounding == .toNearestEven, (1...UInt.bitWidth).contains(shift) else { return count }
    let rest = magnitude - (count << shift)
    let half: UInt = 1 << (shift - 1)
    let isUp = rest > half || (rest == half && count % 2 == 1)
    return isUp ? count + 1 : count
  }
}
