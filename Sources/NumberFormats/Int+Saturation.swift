// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Int {
  /// Returns the product of this integer and another, or the nearest integer that there is.
  package func saturatingProduct(_ other: Int) -> Int {
    let (product, isTooLarge) = multipliedReportingOverflow(by: other)
    guard isTooLarge else { return product }
    return (self < 0) == (other < 0) ? .max : .min
  }

  /// Returns the sum of this integer and another, or the nearest integer that there is.
  package func saturatingSum(_ other: Int) -> Int {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    guard isTooLarge else { return sum }
    return self < 0 ? .min : .max
  }
}
