// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Made by Scripts/generate-operators.py; change that, not this.

import MachineIR

extension DeviceValue where Element == Float {
  /// Returns the sum, rounded to nearest even.
  public static func + (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.sum(with: rhs)
  }

  /// Returns the sum, rounded to nearest even.
  public static func + (lhs: DeviceValue, rhs: Float) -> DeviceValue {
    lhs.sum(with: lhs.sameKernel(rhs))
  }

  /// Returns the sum, rounded to nearest even.
  public static func + (lhs: Float, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).sum(with: rhs)
  }

  /// Returns the difference, rounded to nearest even.
  public static func - (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.difference(from: rhs)
  }

  /// Returns the difference, rounded to nearest even.
  public static func - (lhs: DeviceValue, rhs: Float) -> DeviceValue {
    lhs.difference(from: lhs.sameKernel(rhs))
  }

  /// Returns the difference, rounded to nearest even.
  public static func - (lhs: Float, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).difference(from: rhs)
  }

  /// Returns the product, rounded to nearest even.
  public static func * (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.product(with: rhs)
  }

  /// Returns the product, rounded to nearest even.
  public static func * (lhs: DeviceValue, rhs: Float) -> DeviceValue {
    lhs.product(with: lhs.sameKernel(rhs))
  }

  /// Returns the product, rounded to nearest even.
  public static func * (lhs: Float, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).product(with: rhs)
  }

  /// Returns the quotient, rounded to nearest even.
  public static func / (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.quotient(by: rhs)
  }

  /// Returns the quotient, rounded to nearest even.
  public static func / (lhs: DeviceValue, rhs: Float) -> DeviceValue {
    lhs.quotient(by: lhs.sameKernel(rhs))
  }

  /// Returns the quotient, rounded to nearest even.
  public static func / (lhs: Float, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(lhs).quotient(by: rhs)
  }

  /// Returns the value with the other sign.
  public static prefix func - (value: DeviceValue) -> DeviceValue {
    value.negated()
  }
}

extension DeviceValue where Element == Float {
  /// Returns whether the values are equal.
  public static func == (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("eq", with: rhs, ==)
  }

  /// Returns whether the values are equal.
  public static func == (lhs: DeviceValue, rhs: Float) -> Predicate {
    lhs.compared("eq", with: lhs.sameKernel(rhs), ==)
  }

  /// Returns whether the values are equal.
  public static func == (lhs: Float, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("eq", with: rhs, ==)
  }

  /// Returns whether the values differ.
  public static func != (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("neu", with: rhs, !=)
  }

  /// Returns whether the values differ.
  public static func != (lhs: DeviceValue, rhs: Float) -> Predicate {
    lhs.compared("neu", with: lhs.sameKernel(rhs), !=)
  }

  /// Returns whether the values differ.
  public static func != (lhs: Float, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("neu", with: rhs, !=)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("lt", with: rhs, <)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: DeviceValue, rhs: Float) -> Predicate {
    lhs.compared("lt", with: lhs.sameKernel(rhs), <)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: Float, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("lt", with: rhs, <)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("le", with: rhs, <=)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: DeviceValue, rhs: Float) -> Predicate {
    lhs.compared("le", with: lhs.sameKernel(rhs), <=)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: Float, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("le", with: rhs, <=)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("gt", with: rhs, >)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: DeviceValue, rhs: Float) -> Predicate {
    lhs.compared("gt", with: lhs.sameKernel(rhs), >)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: Float, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("gt", with: rhs, >)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("ge", with: rhs, >=)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: DeviceValue, rhs: Float) -> Predicate {
    lhs.compared("ge", with: lhs.sameKernel(rhs), >=)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: Float, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(lhs).compared("ge", with: rhs, >=)
  }
}

extension DeviceValue where Element == Float {
  /// Adds a value, in place.
  public static func += (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs + rhs
  }

  /// Adds a value, in place.
  public static func += (lhs: inout DeviceValue, rhs: Float) {
    lhs = lhs + rhs
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs - rhs
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: inout DeviceValue, rhs: Float) {
    lhs = lhs - rhs
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs * rhs
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: inout DeviceValue, rhs: Float) {
    lhs = lhs * rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs / rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: inout DeviceValue, rhs: Float) {
    lhs = lhs / rhs
  }
}

extension Variable where Element == Float {
  /// Adds a value, in place.
  public static func += (lhs: Variable, rhs: DeviceValue<Float>) {
    lhs.update(.add, ["rn", Modifier(Float.arithmeticType)], with: rhs)
  }

  /// Adds a value, in place.
  public static func += (lhs: Variable, rhs: Float) {
    lhs += lhs.current.sameKernel(rhs)
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: Variable, rhs: DeviceValue<Float>) {
    lhs.update(.sub, ["rn", Modifier(Float.arithmeticType)], with: rhs)
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: Variable, rhs: Float) {
    lhs -= lhs.current.sameKernel(rhs)
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: Variable, rhs: DeviceValue<Float>) {
    lhs.update(.mul, ["rn", Modifier(Float.arithmeticType)], with: rhs)
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: Variable, rhs: Float) {
    lhs *= lhs.current.sameKernel(rhs)
  }

  /// Divides by a value, in place.
  public static func /= (lhs: Variable, rhs: DeviceValue<Float>) {
    lhs.value = lhs.current / rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: Variable, rhs: Float) {
    lhs /= lhs.current.sameKernel(rhs)
  }
}
