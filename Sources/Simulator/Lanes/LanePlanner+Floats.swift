// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension LanePlanner {
  /// Plans an operation on one float.
  func floats(_ operation: FloatUnary) throws(UnsupportedInstruction) -> LanePlan {
    try plan(.floatUnary(operation, floatType()), type(), count: 1, modifiers)
  }

  /// Plans an operation on one float, given the operations for full and for 16-bit floats.
  func floats(
    _ operation: FloatUnary, _ half: HalfOperation
  ) throws(UnsupportedInstruction) -> LanePlan {
    if HalfType(try type()) != nil { return try halves(half, count: 1) }
    return try floats(operation)
  }

  /// Plans an operation on 16-bit floats, which only rounds to the nearest.
  func halves(_ operation: HalfOperation, count: Int) throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    guard let halfType = HalfType(type) else { throw unsupported("the type.") }
    if has("oob") { throw unsupported("the NaN for out-of-bounds data.") }
    if modifiers.rounding != .toNearestEven { throw unsupported("the rounding.") }
    return try plan(.half(operation, halfType), type, count: count, modifiers)
  }

  /// Plans `fma`.
  func fusedProductSum() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if types.count == 2, let half = HalfType(types[1]) {
      return try plan(
        .mixedMultiplyAdd(half), type, [types[1], types[1], type], modifiers)
    }
    if type == .f32x2 { return try plan(.fusedMultiplyAddPair, type, count: 3, modifiers) }
    guard let floatType = FloatType(type) else {
      return try halves(.fusedMultiplyAdd, count: 3)
    }
    return try plan(.fusedMultiplyAdd(floatType), type, count: 3, modifiers)
  }

  /// Plans `div`.
  func division() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    guard let floatType = FloatType(type) else {
      return try integers(.integerBinary(.divide, integerType()), count: 2)
    }
    let inexact: FloatBinary = has("full") ? .divideFull : .divide
    let operation = has("approx") ? .divideApproximate : inexact
    return try plan(.floatBinary(operation, floatType), type, count: 2, modifiers)
  }

  /// Plans `abs` or `neg`, given the operations for each kind of type.
  func signChange(
    _ integer: IntegerUnary, _ float: FloatUnary, _ half: HalfOperation
  ) throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if FloatType(type) != nil { return try floats(float) }
    if HalfType(type) != nil { return try halves(half, count: 1) }
    return try integers(.integerUnary(integer, integerType()), count: 1)
  }

  /// Plans `min` or `max`.
  func extremum(isMinimum: Bool) throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if type == .f32 && instruction.operands.count == 4 {
      return try plan(.extremum3(isMinimum: isMinimum), type, count: 3, modifiers)
    }
    if let floatType = FloatType(type) {
      let operation: FloatBinary = isMinimum ? .minimum : .maximum
      return try plan(.floatBinary(operation, floatType), type, count: 2, modifiers)
    }
    if HalfType(type) != nil { return try halves(isMinimum ? .minimum : .maximum, count: 2) }
    if let operation = pairExtremum(of: type, isMinimum: isMinimum) {
      return try words(operation, count: 2)
    }
    let plain: IntegerBinary = isMinimum ? .minimum : .maximum
    let rectified: IntegerBinary = isMinimum ? .minimumRectified : .maximumRectified
    let operation = has("relu") ? rectified : plain
    return try integers(.integerBinary(operation, integerType()), count: 2)
  }

  /// Returns the `min` or `max` operation on pairs of integers, if the type is one.
  private func pairExtremum(of type: ScalarType, isMinimum: Bool) -> WordOperation? {
    switch type {
    case .u16x2: isMinimum ? .minimumUnsignedPair : .maximumUnsignedPair
    case .s16x2 where has("relu"):
      isMinimum ? .minimumSignedPairRectified : .maximumSignedPairRectified
    case .s16x2: isMinimum ? .minimumSignedPair : .maximumSignedPair
    default: nil
    }
  }

  /// Plans `testp`.
  func testProperty() throws(UnsupportedInstruction) -> LanePlan {
    for word in instruction.modifiers {
      guard let property = FloatProperty(word) else { continue }
      return try plan(.testProperty(property, floatType()), .pred, [type()])
    }
    throw unsupported("the property.")
  }
}
