// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A signed floating-point format of matrix instructions.
package struct FusedFormat: Sendable, Equatable {
  /// The rounding of a sum that the format cannot represent exactly.
  package enum Rounding: Sendable {
    /// Toward zero; beyond the largest number, to infinity.
    case towardZero
    /// To the nearest number, ties to even.
    case toNearestEven
  }

  /// The codes that are not finite numbers.
  package enum Specials: Sendable {
    /// Codes with the largest exponent field: infinities and NaNs.
    case infinitiesAndNaNs
    /// The largest code of each sign, a NaN.
    case oneNaN
    /// None.
    case none
  }

  /// The number of bits of the exponent field.
  package let exponentBits: Int

  /// The number of bits of the fraction field.
  package let fractionBits: Int

  /// The number of bits below the fraction field that are ignored.
  package var ignoredBits = 0

  /// The codes that are not finite numbers.
  package var specials = Specials.infinitiesAndNaNs

  /// The rounding of results to this format.
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
  /// The exponent bias.
  package var bias: Int { (1 << (exponentBits - 1)) - 1 }

  /// The smallest exponent, which subnormal numbers also have.
  package var leastExponent: Int { 1 - bias }

  /// The exponent of the last bit of subnormal numbers, the smallest of all.
  package var leastUnit: Int { leastExponent - fractionBits }

  /// The code of positive infinity, if there is one: only the largest exponent field.
  package var infinity: UInt32 { ((1 << UInt32(exponentBits)) - 1) << UInt32(fractionBits) }

  /// The code with only the sign bit set.
  package var signBit: UInt32 { 1 << UInt32(exponentBits + fractionBits) }

  /// The code of the NaN that matrix instructions return: all bits set except the sign.
  package var nan: UInt32 { signBit - 1 }

  /// Returns the code of magnitude * 2^exponent without its sign, with the format's rounding.
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

  /// Returns magnitude / 2^shift as an integer, with the format's rounding.
  private func rounded(_ magnitude: UInt, shiftedRight shift: Int) -> UInt {
    // Swift's shifts accept any count: negative ones shift left, large ones return zero.
    let count = magnitude >> shift
    guard rounding == .toNearestEven, (1...UInt.bitWidth).contains(shift) else { return count }
    let rest = magnitude - (count << shift)
    let half: UInt = 1 << (shift - 1)
    let isUp = rest > half || (rest == half && count % 2 == 1)
    return isUp ? count + 1 : count
  }
}
