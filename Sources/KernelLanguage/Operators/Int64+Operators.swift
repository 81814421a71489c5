// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Made by Scripts/generate-operators.py; change that, not this.

import MachineIR

extension DeviceValue where Element == Int64 {
  /// Returns the sum, which wraps around.
  public static func + (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.sum(with: rhs)
  }

  /// Returns the sum, which wraps around.
  public static func + (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.sum(with: lhs.sameKernel(integer: rhs))
  }

  /// Returns the sum, which wraps around.
  public static func + (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).sum(with: rhs)
  }

  /// Returns the difference, which wraps around.
  public static func - (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.difference(from: rhs)
  }

  /// Returns the difference, which wraps around.
  public static func - (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.difference(from: lhs.sameKernel(integer: rhs))
  }

  /// Returns the difference, which wraps around.
  public static func - (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).difference(from: rhs)
  }

  /// Returns the low half of the product.
  public static func * (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.product(with: rhs)
  }

  /// Returns the low half of the product.
  public static func * (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.product(with: lhs.sameKernel(integer: rhs))
  }

  /// Returns the low half of the product.
  public static func * (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).product(with: rhs)
  }

  /// Returns the quotient, rounded towards zero.
  public static func / (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.quotient(by: rhs)
  }

  /// Returns the quotient, rounded towards zero.
  public static func / (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.quotient(by: lhs.sameKernel(integer: rhs))
  }

  /// Returns the quotient, rounded towards zero.
  public static func / (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).quotient(by: rhs)
  }

  /// Returns the remainder of the quotient.
  public static func % (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.remainder(by: rhs)
  }

  /// Returns the remainder of the quotient.
  public static func % (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.remainder(by: lhs.sameKernel(integer: rhs))
  }

  /// Returns the remainder of the quotient.
  public static func % (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).remainder(by: rhs)
  }

  /// Returns the bits that both have.
  public static func & (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.conjunction(with: rhs)
  }

  /// Returns the bits that both have.
  public static func & (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.conjunction(with: lhs.sameKernel(integer: rhs))
  }

  /// Returns the bits that both have.
  public static func & (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).conjunction(with: rhs)
  }

  /// Returns the bits that one of them has.
  public static func | (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.disjunction(with: rhs)
  }

  /// Returns the bits that one of them has.
  public static func | (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.disjunction(with: lhs.sameKernel(integer: rhs))
  }

  /// Returns the bits that one of them has.
  public static func | (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).disjunction(with: rhs)
  }

  /// Returns the bits that exactly one of them has.
  public static func ^ (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.exclusiveDisjunction(with: rhs)
  }

  /// Returns the bits that exactly one of them has.
  public static func ^ (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.exclusiveDisjunction(with: lhs.sameKernel(integer: rhs))
  }

  /// Returns the bits that exactly one of them has.
  public static func ^ (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).exclusiveDisjunction(with: rhs)
  }

  /// Returns the value shifted left.
  public static func << (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.shiftedLeft(by: rhs)
  }

  /// Returns the value shifted left.
  public static func << (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.shiftedLeft(by: lhs.sameKernel(integer: rhs))
  }

  /// Returns the value shifted left.
  public static func << (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).shiftedLeft(by: rhs)
  }

  /// Returns the value shifted right.
  public static func >> (lhs: DeviceValue, rhs: DeviceValue) -> DeviceValue {
    lhs.shiftedRight(by: rhs)
  }

  /// Returns the value shifted right.
  public static func >> (lhs: DeviceValue, rhs: Int) -> DeviceValue {
    lhs.shiftedRight(by: lhs.sameKernel(integer: rhs))
  }

  /// Returns the value shifted right.
  public static func >> (lhs: Int, rhs: DeviceValue) -> DeviceValue {
    rhs.sameKernel(integer: lhs).shiftedRight(by: rhs)
  }

  /// Returns the bits that the value does not have.
  public static prefix func ~ (value: DeviceValue) -> DeviceValue {
    value.complement()
  }
}

extension DeviceValue where Element == Int64 {
  /// Returns whether the values are equal.
  public static func == (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("eq", with: rhs, ==)
  }

  /// Returns whether the values are equal.
  public static func == (lhs: DeviceValue, rhs: Int) -> Predicate {
    lhs.compared("eq", with: lhs.sameKernel(integer: rhs), ==)
  }

  /// Returns whether the values are equal.
  public static func == (lhs: Int, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(integer: lhs).compared("eq", with: rhs, ==)
  }

  /// Returns whether the values differ.
  public static func != (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("ne", with: rhs, !=)
  }

  /// Returns whether the values differ.
  public static func != (lhs: DeviceValue, rhs: Int) -> Predicate {
    lhs.compared("ne", with: lhs.sameKernel(integer: rhs), !=)
  }

  /// Returns whether the values differ.
  public static func != (lhs: Int, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(integer: lhs).compared("ne", with: rhs, !=)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("lt", with: rhs, <)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: DeviceValue, rhs: Int) -> Predicate {
    lhs.compared("lt", with: lhs.sameKernel(integer: rhs), <)
  }

  /// Returns whether the first value is less than the second.
  public static func < (lhs: Int, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(integer: lhs).compared("lt", with: rhs, <)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("le", with: rhs, <=)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: DeviceValue, rhs: Int) -> Predicate {
    lhs.compared("le", with: lhs.sameKernel(integer: rhs), <=)
  }

  /// Returns whether the first value is at most the second.
  public static func <= (lhs: Int, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(integer: lhs).compared("le", with: rhs, <=)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("gt", with: rhs, >)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: DeviceValue, rhs: Int) -> Predicate {
    lhs.compared("gt", with: lhs.sameKernel(integer: rhs), >)
  }

  /// Returns whether the first value is greater than the second.
  public static func > (lhs: Int, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(integer: lhs).compared("gt", with: rhs, >)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: DeviceValue, rhs: DeviceValue) -> Predicate {
    lhs.compared("ge", with: rhs, >=)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: DeviceValue, rhs: Int) -> Predicate {
    lhs.compared("ge", with: lhs.sameKernel(integer: rhs), >=)
  }

  /// Returns whether the first value is at least the second.
  public static func >= (lhs: Int, rhs: DeviceValue) -> Predicate {
    rhs.sameKernel(integer: lhs).compared("ge", with: rhs, >=)
  }
}

extension DeviceValue where Element == Int64 {
  /// Adds a value, in place.
  public static func += (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs + rhs
  }

  /// Adds a value, in place.
  public static func += (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs + rhs
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs - rhs
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs - rhs
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs * rhs
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs * rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs / rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs / rhs
  }

  /// Takes the remainder by a value, in place.
  public static func %= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs % rhs
  }

  /// Takes the remainder by a value, in place.
  public static func %= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs % rhs
  }

  /// Keeps the bits of a value, in place.
  public static func &= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs & rhs
  }

  /// Keeps the bits of a value, in place.
  public static func &= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs & rhs
  }

  /// Sets the bits of a value, in place.
  public static func |= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs | rhs
  }

  /// Sets the bits of a value, in place.
  public static func |= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs | rhs
  }

  /// Flips the bits of a value, in place.
  public static func ^= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs ^ rhs
  }

  /// Flips the bits of a value, in place.
  public static func ^= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs ^ rhs
  }

  /// Shifts left by a value, in place.
  public static func <<= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs << rhs
  }

  /// Shifts left by a value, in place.
  public static func <<= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs << rhs
  }

  /// Shifts right by a value, in place.
  public static func >>= (lhs: inout DeviceValue, rhs: DeviceValue) {
    lhs = lhs >> rhs
  }

  /// Shifts right by a value, in place.
  public static func >>= (lhs: inout DeviceValue, rhs: Int) {
    lhs = lhs >> rhs
  }
}

extension Variable where Element == Int64 {
  /// Adds a value, in place.
  public static func += (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.update(.add, [Modifier(Int64.arithmeticType)], with: rhs)
  }

  /// Adds a value, in place.
  public static func += (lhs: Variable, rhs: Int) {
    lhs += lhs.current.sameKernel(integer: rhs)
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.update(.sub, [Modifier(Int64.arithmeticType)], with: rhs)
  }

  /// Subtracts a value, in place.
  public static func -= (lhs: Variable, rhs: Int) {
    lhs -= lhs.current.sameKernel(integer: rhs)
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.update(.mul, ["lo", Modifier(Int64.arithmeticType)], with: rhs)
  }

  /// Multiplies by a value, in place.
  public static func *= (lhs: Variable, rhs: Int) {
    lhs *= lhs.current.sameKernel(integer: rhs)
  }

  /// Divides by a value, in place.
  public static func /= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.value = lhs.current / rhs
  }

  /// Divides by a value, in place.
  public static func /= (lhs: Variable, rhs: Int) {
    lhs /= lhs.current.sameKernel(integer: rhs)
  }

  /// Takes the remainder by a value, in place.
  public static func %= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.value = lhs.current % rhs
  }

  /// Takes the remainder by a value, in place.
  public static func %= (lhs: Variable, rhs: Int) {
    lhs %= lhs.current.sameKernel(integer: rhs)
  }

  /// Keeps the bits of a value, in place.
  public static func &= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.update(.and, [Modifier(Int64.bitsType)], with: rhs)
  }

  /// Keeps the bits of a value, in place.
  public static func &= (lhs: Variable, rhs: Int) {
    lhs &= lhs.current.sameKernel(integer: rhs)
  }

  /// Sets the bits of a value, in place.
  public static func |= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.update(.or, [Modifier(Int64.bitsType)], with: rhs)
  }

  /// Sets the bits of a value, in place.
  public static func |= (lhs: Variable, rhs: Int) {
    lhs |= lhs.current.sameKernel(integer: rhs)
  }

  /// Flips the bits of a value, in place.
  public static func ^= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.update(.xor, [Modifier(Int64.bitsType)], with: rhs)
  }

  /// Flips the bits of a value, in place.
  public static func ^= (lhs: Variable, rhs: Int) {
    lhs ^= lhs.current.sameKernel(integer: rhs)
  }

  /// Shifts left by a value, in place.
  public static func <<= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.value = lhs.current << rhs
  }

  /// Shifts left by a value, in place.
  public static func <<= (lhs: Variable, rhs: Int) {
    lhs <<= lhs.current.sameKernel(integer: rhs)
  }

  /// Shifts right by a value, in place.
  public static func >>= (lhs: Variable, rhs: DeviceValue<Int64>) {
    lhs.value = lhs.current >> rhs
  }

  /// Shifts right by a value, in place.
  public static func >>= (lhs: Variable, rhs: Int) {
    lhs >>= lhs.current.sameKernel(integer: rhs)
  }
}
