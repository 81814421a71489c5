// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The value of a constant expression.
enum Constant {
  /// 64 bits, and whether operators treat them as unsigned.
  case integer(Int64, isUnsigned: Bool)

  /// A float written in decimal, or as the bits of a double.
  case double(Double)

  /// A float written as its bits.
  case single(UInt32)

  /// The integer, if it is one.
  var integer: Int64? {
    guard case .integer(let value, _) = self else { return nil }
    return value
  }

  /// The value as an operand of an instruction.
  var operand: Operand {
    switch self {
    case .integer(let value, _): .integer(value)
    case .double(let value): .float64(value.bitPattern)
    case .single(let bits): .float32(bits)
    }
  }

  /// The value as a double, or `nil` for integers.
  var real: Double? {
    switch self {
    case .integer: nil
    case .double(let value): value
    case .single(let bits): Double(Float(bitPattern: bits))
    }
  }

  /// Whether the value is not zero.
  var isTrue: Bool {
    switch self {
    case .integer(let value, _): value != 0
    case .double(let value): value != 0
    case .single(let bits): Float(bitPattern: bits) != 0
    }
  }

  /// Creates the integer 1 or 0 for a condition.
  init(_ condition: Bool) { self = .integer(condition ? 1 : 0, isUnsigned: false) }
}

/// An operator between two constants.
enum ConstantOperator: String {
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case add = "+"
  case subtract = "-"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case less = "<"
  case greater = ">"
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="
  case and = "&"
  case exclusiveOr = "^"
  case or = "|"
  case logicalAnd = "&&"
  case logicalOr = "||"

  /// The precedence of the operator, as in C.
  var precedence: Int {
    switch self {
    case .multiply, .divide, .remainder: 10
    case .add, .subtract: 9
    case .shiftLeft, .shiftRight: 8
    case .less, .greater, .lessOrEqual, .greaterOrEqual: 7
    case .equal, .notEqual: 6
    case .and: 5
    case .exclusiveOr: 4
    case .or: 3
    case .logicalAnd: 2
    case .logicalOr: 1
    }
  }

  /// Returns the result, or `nil` for a division by zero or a bitwise operation on floats.
  ///
  /// - SeeAlso: PTX ISA, "Integer Constant Expression Evaluation".
  func apply(_ left: Constant, _ right: Constant) -> Constant? {
    if case .integer(let a, let isLeftUnsigned) = left,
      case .integer(let b, let isRightUnsigned) = right
    {
      return apply(a, b, isLeftUnsigned: isLeftUnsigned, isRightUnsigned: isRightUnsigned)
    }
    guard let a = left.real, let b = right.real else { return nil }
    return apply(a, b)
  }

  /// Returns the result for floats.
  private func apply(_ a: Double, _ b: Double) -> Constant? {
    switch self {
    case .multiply: .double(a * b)
    case .divide: .double(a / b)
    case .add: .double(a + b)
    case .subtract: .double(a - b)
    case .less: Constant(a < b)
    case .greater: Constant(a > b)
    case .lessOrEqual: Constant(a <= b)
    case .greaterOrEqual: Constant(a >= b)
    case .equal: Constant(a == b)
    case .notEqual: Constant(a != b)
    case .logicalAnd: Constant(a != 0 && b != 0)
    case .logicalOr: Constant(a != 0 || b != 0)
    case .remainder, .shiftLeft, .shiftRight, .and, .exclusiveOr, .or: nil
    }
  }

  /// Returns the result for integers, which is unsigned if one of them is.
  private func apply(
    _ a: Int64, _ b: Int64, isLeftUnsigned: Bool, isRightUnsigned: Bool
  ) -> Constant? {
    let isUnsigned = isLeftUnsigned || isRightUnsigned
    let (x, y) = (UInt64(bitPattern: a), UInt64(bitPattern: b))
    /// Returns a value of the common type.
    func common(_ value: Int64) -> Constant { .integer(value, isUnsigned: isUnsigned) }
    switch self {
    case .multiply: return common(a &* b)
    case .divide:
      guard b != 0 else { return nil }
      return common(isUnsigned ? Int64(bitPattern: x / y) : a.dividedReportingOverflow(by: b).0)
    case .remainder:
      guard b != 0 else { return nil }
      return common(
        isUnsigned ? Int64(bitPattern: x % y) : (b == -1 ? 0 : a % b))
    case .add: return common(a &+ b)
    case .subtract: return common(a &- b)
    case .shiftLeft: return .integer(b & ~63 == 0 ? a << b : 0, isUnsigned: isLeftUnsigned)
    case .shiftRight:
      let shift = b & ~63 == 0 ? b : 63
      let isGone = b & ~63 != 0
      if isLeftUnsigned {
        return .integer(isGone ? 0 : Int64(bitPattern: x >> UInt64(shift)), isUnsigned: true)
      }
      return .integer(a >> shift, isUnsigned: false)
    case .less: return Constant(isUnsigned ? x < y : a < b)
    case .greater: return Constant(isUnsigned ? x > y : a > b)
    case .lessOrEqual: return Constant(isUnsigned ? x <= y : a <= b)
    case .greaterOrEqual: return Constant(isUnsigned ? x >= y : a >= b)
    case .equal: return Constant(a == b)
    case .notEqual: return Constant(a != b)
    case .and: return common(a & b)
    case .exclusiveOr: return common(a ^ b)
    case .or: return common(a | b)
    case .logicalAnd: return Constant(a != 0 && b != 0)
    case .logicalOr: return Constant(a != 0 || b != 0)
    }
  }
}
