// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Made by Scripts/generate-operators.py; change that, not this.

import MachineIR

extension DeviceValue where Element == Double {
  /// Returns the sum, rounded to nearest even.
  public static func + (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.sum(with: rhs)
  }

  /// Returns the sum, rounded to nearest even.
  public static func + (lhs: DeviceValue, rhs: Double) -> DeviceValue {
    lhs.sum(with: lhs.sameKernel(rhs))
  }

  /// Returns the sum, rounded to nearest even.
  public static func + (lhs: Double, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).sum(with: rhs)
  }

  /// Returns the difference, rounded to nearest even.
  public static func - (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.difference(from: rhs)
  }

  /// Returns the difference, rounded to nearest even.
  public static func - (lhs: DeviceValue, rhs: Double) -> DeviceValue {
    lhs.difference(from: lhs.sameKernel(rhs))
  }

  /// Returns the difference, rounded to nearest even.
  public static func - (lhs: Double, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).difference(from: rhs)
  }

  /// Returns the product, rounded to nearest even.
  public static func * (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.product(with: rhs)
  }

  /// Returns the product, rounded to nearest even.
  public static func * (lhs: DeviceValue, rhs: Double) -> DeviceValue {
    lhs.product(with: lhs.sameKernel(rhs))
  }

  /// Returns the product, rounded to nearest even.
  public static func * (lhs: Double, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).product(with: rhs)
  }

  /// Returns the quotient, rounded to nearest even.
  public static func / (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.quotient(by: rhs)
  }

  /// Returns the quotient, rounded to nearest even.
  public static func / (lhs: DeviceValue, rhs: Double) -> DeviceValue {
    lhs.quotient(by: lhs.sameKernel(rhs))
  }

  /// Returns the quotient, rounded to nearest even.
  public static func / (lhs: Double, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).quotient(by: rhs)
  }

  /// Returns the value with the other sign.
  public static prefix func - (value: DeviceValue) -> DeviceValue {
    value.negated()
  }
}

extension DeviceValue where Element == Double {
  /// Returns whether the values are equal.
  public static func == (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("eq", with: rhs, ==)
  }

  /// Returns whether the values are equal.
  public static func == (lhs: DeviceValue, rhs: Double) -> Predicate {
    lhs.compared("eq", with: lhs.sameKernel(rhs), ==)
  }

  /// Returns whether the values are equal.
  public static func == (lhs: Double, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("eq", with: rhs, ==)
  }

  /// Returns whether the values differ.
  public static func != (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("neu", with: rhs, !=)
  }

  /// Returns whether the values differ.
  public static func != (lhs: DeviceValue, rhs: Double) -> Predicate {
    lhs.compared("neu", with: lhs.sameKernel(rhs), !=)
  }

  /// Returns whether the values differ.
  public static func != (lhs: Double, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("neu", with: rhs, !=)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("lt", with: rhs, <)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: DeviceValue, rhs: Double) -> Predicate {
    lhs.compared("lt", with: lhs.sameKernel(rhs), <)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: Double, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("lt", with: rhs, <)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("le", with: rhs, <=)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: DeviceValue, rhs: Double) -> Predicate {
    lhs.compared("le", with: lhs.sameKernel(rhs), <=)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: Double, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("le", with: rhs, <=)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("gt", with: rhs, >)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: DeviceValue, rhs: Double) -> Predicate {
    lhs.compared("gt", with: lhs.sameKernel(rhs), >)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: Double, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("gt", with: rhs, >)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("ge", with: rhs, >=)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: DeviceValue, rhs: Double) -> Predicate {
    lhs.compared("ge", with: lhs.sameKernel(rhs), >=)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: Double, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("ge", with: rhs, >=)
  }
}

extension DeviceValue where Element == Double {
  /// Adds a value, in place.
  public static func += (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs + rhs
  }

  /// Adds a value, in place.
  public static func += (lhs: inout DeviceValue, rhs: Double) {
    lhs = lhs + rhs
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs - rhs
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: inout DeviceValue, rhs: Double) {
    lhs = lhs - rhs
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs * rhs
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: inout DeviceValue, rhs: Double) {
    lhs = lhs * rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs / rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: inout DeviceValue, rhs: Double) {
    lhs = lhs / rhs
  }
}

extension Variable where Element == Double {
  /// Adds a value, in place.
  public static func += (lhs: Variable, rhs: DeviceValue<Double>) {
    lhs.update(.add, ["rn", Modifier(Double.arithmeticType)], with: rhs)
  }

  /// Adds a value, in place.
  public static func += (lhs: Variable, rhs: Double) {
    lhs += lhs.current.sameKernel(rhs)
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: Variable, rhs: DeviceValue<Double>) {
    lhs.update(.sub, ["rn", Modifier(Double.arithmeticType)], with: rhs)
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: Variable, rhs: Double) {
    lhs -= lhs.current.sameKernel(rhs)
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: Variable, rhs: DeviceValue<Double>) {
    lhs.update(.mul, ["rn", Modifier(Double.arithmeticType)], with: rhs)
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: Variable, rhs: Double) {
    lhs *= lhs.current.sameKernel(rhs)
  }

  /// Divides by a value, in place.
  public static func /= (lhs: Variable, rhs: DeviceValue<Double>) {
    lhs.value = lhs.current / rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: Variable, rhs: Double) {
    lhs /= lhs.current.sameKernel(rhs)
  }
}
