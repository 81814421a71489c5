// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import TensorCoreArithmetic

/// The arithmetic of tensor-core instructions on floats, written for readability.
///
/// `TensorCoreArithmetic.h` defines the result of an instruction. The C functions declared there
/// compute the same bits several hundred times faster, and are used in simulations; tests compare
/// them with this type.
package struct MatrixProduct: Sendable {
  /// The format of the elements of A.
  package var elementA: FusedFormat

  /// The format of the elements of B.
  package var elementB: FusedFormat

  /// The format of the elements of D: `.float32` or `.float16`.
  package var accumulator: FusedFormat

  /// The number of bits below the largest exponent that terms keep.
  package var fractionBits = Int(TC_FRACTION_BITS)

  /// Whether the products are negated: because of A or B, but not both.
  package var isNegated = false

  /// Creates the arithmetic for elements of given formats.
  package init(_ elementA: FusedFormat, _ elementB: FusedFormat, accumulator: FusedFormat) {
    self.elementA = elementA
    self.elementB = elementB
    self.accumulator = accumulator
  }

  /// Returns one element of the D that an instruction computes.
  ///
  /// - Parameters:
  ///   - a: The codes of a row of A, as many as the k of the instruction.
  ///   - b: The codes of a row of B, as many as `a`.
  ///   - d: The code of the old element of D; 0 if the instruction does not accumulate.
  ///   - shift: The exponent of the power of two by which the old element is divided.
  /// - Returns: The code of the new element of D.
  /// - Precondition: `a` and `b` have the same length.
  package func fusedSum(
    a: ArraySlice<UInt32>, b: ArraySlice<UInt32>, d: UInt32, shift: Int = 0
  ) -> UInt32 {
    require(a.count == b.count, "A row of A and a row of B have the same number of elements.")
    var terms = zip(a, b).map { a, b in
      FusedTerm(a, in: elementA) * FusedTerm(b, in: elementB)
    }
    if isNegated { terms = terms.map { $0.negated } }
    terms.append(FusedTerm(d, in: accumulator).divided(byPowerOfTwo: shift))
    return fusedSum(of: terms)
  }

  /// Returns the code of the sum of products and the old D.
  private func fusedSum(of terms: [FusedTerm]) -> UInt32 {
    let infiniteSigns = Set(terms.filter { $0.kind == .infinite }.map(\.isNegative))
    if infiniteSigns.count == 2 || terms.contains(where: { $0.kind == .nan }) {
      return accumulator.nan
    }
    if let isNegative = infiniteSigns.first {
      return accumulator.infinity | (isNegative ? accumulator.signBit : 0)
    }
    return finiteSum(of: terms)
  }

  /// Returns the code of the sum of at least one finite term.
  private func finiteSum(of terms: [FusedTerm]) -> UInt32 {
    let greatest = terms.reduce(Int.min) { max($0, $1.exponent) }
    let sum = terms.reduce(0) { sum, term in
      sum + term.truncated(toMultipleOf: greatest - fractionBits)
    }
    guard sum != 0 else { return 0 }
    let magnitude = accumulator.rounded(cut(sum.magnitude), exponent: greatest - fractionBits)
    if magnitude == 0, accumulator.rounding == .toNearestEven { return 0 }
    return magnitude | (sum < 0 ? accumulator.signBit : 0)
  }

  /// Returns a sum without the bits that a truncated result does not keep.
  private func cut(_ magnitude: UInt) -> UInt {
    guard accumulator.rounding == .towardZero else { return magnitude }
    let excess = UInt.bitWidth - 1 - magnitude.leadingZeroBitCount - fractionBits
    return excess > 0 ? (magnitude >> excess) << excess : magnitude
  }
}

extension MatrixProduct {
  /// Computes D = A * B^T + D like `steps` instructions one after the other.
  ///
  /// - Parameters:
  ///   - shape: The extents m and n of D, and k, the number of products of one instruction.
  ///   - steps: The number of instructions, each of which takes the next k columns of A and B.
  ///   - a: A: [m, k * steps], row-major; the code of an element is in the low bits.
  ///   - b: B: [n, k * steps], row-major.
  ///   - d: D: [m, n], row-major.
  ///   - accumulates: Whether the first instruction adds to the old D.
  ///   - shift: The exponent of the power of two by which the first instruction divides the old D.
  package func multiplyAccumulate(
    _ shape: (m: Int, n: Int, k: Int), steps: Int, a: [UInt32], b: [UInt32], d: inout [UInt32],
    accumulates: Bool, shift: Int = 0
  ) {
    for row in 0..<shape.m {
      for column in 0..<shape.n {
        var element = accumulates ? d[row * shape.n + column] : 0
        for step in 0..<steps {
          let aStart = (row * steps + step) * shape.k
          let bStart = (column * steps + step) * shape.k
          element = fusedSum(
            a: a[aStart..<aStart + shape.k], b: b[bStart..<bStart + shape.k], d: element,
            shift: step == 0 ? shift : 0)
        }
        d[row * shape.n + column] = element
      }
    }
  }
}
