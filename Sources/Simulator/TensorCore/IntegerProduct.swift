// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The arithmetic of tensor-core instructions on integers and bits, written for readability.
///
/// It corresponds to `MatrixProduct` for floats.
package struct IntegerProduct: Sendable {
  /// The types of elements.
  package enum Element: Sendable {
    /// Signed bytes.
    case s8
    /// Unsigned bytes.
    case u8
    /// Single bits, combined by "and".
    case b1

    /// Returns the number that a code represents.
    package func value(_ code: UInt32) -> Int {
      switch self {
      case .s8: Int(Int8(truncatingIfNeeded: code))
      case .u8: Int(UInt8(truncatingIfNeeded: code))
      case .b1: Int(code & 1)
      }
    }
  }

  /// The type of the elements of A.
  package var elementA: Element

  /// The type of the elements of B.
  package var elementB: Element

  /// Whether sums are clamped to 32 bits rather than wrapped.
  package var saturates = false

  /// Creates the arithmetic for elements of given types.
  package init(_ elementA: Element, _ elementB: Element, saturates: Bool) {
    self.elementA = elementA
    self.elementB = elementB
    self.saturates = saturates
  }

  /// Returns one element of the D that an instruction computes.
  package func sum(a: ArraySlice<UInt32>, b: ArraySlice<UInt32>, d: UInt32) -> UInt32 {
    let old = Int(Int32(bitPattern: d))
    let sum = zip(a, b).reduce(old) { $0 + elementA.value($1.0) * elementB.value($1.1) }
    let result = saturates ? Int32(clamping: sum) : Int32(truncatingIfNeeded: sum)
    return UInt32(bitPattern: result)
  }

  /// Computes D = A * B^T + D like `steps` instructions one after the other.
  ///
  /// - SeeAlso: `MatrixProduct.multiplyAccumulate`.
  package func multiplyAccumulate(
    _ shape: (m: Int, n: Int, k: Int), steps: Int, a: [UInt32], b: [UInt32], d: inout [UInt32],
    accumulates: Bool
  ) {
    for row in 0..<shape.m {
      for column in 0..<shape.n {
        var element = accumulates ? d[row * shape.n + column] : 0
        for step in 0..<steps {
          let aStart = (row * steps + step) * shape.k
          let bStart = (column * steps + step) * shape.k
          element = sum(
            a: a[aStart..<aStart + shape.k], b: b[bStart..<bStart + shape.k], d: element)
        }
        d[row * shape.n + column] = element
      }
    }
  }
}
