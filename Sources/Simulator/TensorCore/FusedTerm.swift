// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TensorCoreArithmetic

/// One term of a fused sum: an operand, a product of two, or the old D.
///
/// A finite term is ±significand * 2^(exponent - significandFractionBits).
package struct FusedTerm: Sendable {
  /// The kind of a term.
  package enum Kind: Sendable {
    /// A number, possibly zero.
    case finite
    /// An infinity.
    case infinite
    /// Not a number.
    case nan
  }

  /// The kind of the term.
  package var kind: Kind

  /// Whether the sign bit is set.
  package var isNegative: Bool

  /// The magnitude as an integer; products are not normalized.
  package var significand: UInt

  /// The number of fraction bits of the significand.
  package var significandFractionBits: Int

  /// The exponent for the alignment of terms, if the term is finite.
  package var exponent: Int

  /// Creates the term of a code.
  package init(_ code: UInt32, in format: FusedFormat) {
    let code = code >> UInt32(format.ignoredBits)
    let magnitude = code & (format.signBit - 1)
    let field = Int(magnitude >> UInt32(format.fractionBits))
    let fraction = UInt(magnitude) & ((1 << UInt(format.fractionBits)) - 1)

    isNegative = code & format.signBit != 0
    significandFractionBits = format.fractionBits
    significand = field == 0 ? fraction : fraction + (1 << UInt(format.fractionBits))
    exponent = max(field - format.bias, format.leastExponent)
    if magnitude == 0 { exponent = Int(TC_ZERO_EXPONENT) }
    kind = FusedTerm.kind(ofMagnitude: magnitude, in: format)
  }

  /// Returns the kind of a code without its sign.
  private static func kind(ofMagnitude magnitude: UInt32, in format: FusedFormat) -> Kind {
    switch format.specials {
    case .none: return .finite
    case .oneNaN: return magnitude == format.nan ? .nan : .finite
    case .infinitiesAndNaNs:
      if magnitude < format.infinity { return .finite }
      return magnitude == format.infinity ? .infinite : .nan
    }
  }
}

extension FusedTerm {
  /// Whether the term is a zero of either sign.
  private var isZero: Bool { kind == .finite && significand == 0 }

  /// The term with the opposite sign.
  package var negated: FusedTerm {
    var result = self
    result.isNegative.toggle()
    return result
  }

  /// Returns the exact quotient by a power of two.
  package func divided(byPowerOfTwo shift: Int) -> FusedTerm {
    var result = self
    result.exponent -= shift
    return result
  }

  /// Returns the exact product; its significand may be up to but not including 4.
  package static func * (a: FusedTerm, b: FusedTerm) -> FusedTerm {
    var result = a
    result.kind = kind(ofProductOf: a, b)
    result.isNegative = a.isNegative != b.isNegative
    result.significand = a.significand * b.significand
    result.significandFractionBits = a.significandFractionBits + b.significandFractionBits
    result.exponent = a.exponent + b.exponent
    return result
  }

  /// Returns the kind of a product.
  private static func kind(ofProductOf a: FusedTerm, _ b: FusedTerm) -> Kind {
    if a.kind == .nan || b.kind == .nan { return .nan }
    if a.kind == .finite && b.kind == .finite { return .finite }
    return a.isZero || b.isZero ? .nan : .infinite
  }

  /// Returns the term in units of 2^unit, truncated toward zero.
  ///
  /// - Precondition: The term is finite, and the result fits in 63 bits.
  package func truncated(toMultipleOf unit: Int) -> Int {
    let shift = exponent - significandFractionBits - unit
    // Swift's shifts accept any count; negative ones shift right.
    let count = Int(significand << shift)
    return isNegative ? -count : count
  }
}
