// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import NumberFormats

/// The middle of some numbers, and how far they spread.
struct Quartiles: Encodable, Equatable, Sendable {
  /// A quarter of the numbers are below, and three quarters above.
  let lower: Double
  /// Half of the numbers are below, and half above.
  let median: Double
  /// Three quarters of the numbers are below, and a quarter above.
  let upper: Double

  /// Computes the quartiles, between two numbers in proportion.
  ///
  /// - Precondition: There is a number.
  init(of numbers: [Double]) {
    require(!numbers.isEmpty, "Quartiles need at least one number.")
    let sorted = numbers.sorted()
    /// Returns the quantile at a fraction from 0, the smallest, to 1, the largest.
    func number(at place: Double) -> Double {
      let position = place * Double(sorted.count - 1)
      let index = min(Int(position), sorted.count - 1)
      let next = min(index + 1, sorted.count - 1)
      return sorted[index] + (position - Double(index)) * (sorted[next] - sorted[index])
    }
    lower = number(at: 0.25)
    median = number(at: 0.5)
    upper = number(at: 0.75)
  }
}

/// Returns the geometric mean of positive numbers; nil where there are none.
func geometricMean(of numbers: [Double]) -> Double? {
  guard !numbers.isEmpty else { return nil }
  return exp(numbers.reduce(0) { $0 + log($1) } / Double(numbers.count))
}
