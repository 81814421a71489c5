// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on integers. PTX calls the result of a division by zero machine-specific; here it is
// that of the code that `ptxas` generates for Hopper: quotients and remainders of all ones.
//
// SeeAlso: PTX ISA, "Integer Arithmetic Instructions" and "Extended-Precision Integer Arithmetic".

extension LaneOperands {
  /// Executes an operation on one integer.
  @inline(never)
  func execute(_ operation: IntegerUnary, _ type: IntegerType) {
    switch type {
    case .u16: execute(operation, on: UInt16.self)
    case .s16: execute(operation, on: Int16.self)
    case .u32: execute(operation, on: UInt32.self)
    case .s32: execute(operation, on: Int32.self)
    case .u64: execute(operation, on: UInt64.self)
    case .s64: execute(operation, on: Int64.self)
    }
  }

  /// Executes an operation on one integer of a type.
  @inline(__always)
  private func execute<T: LaneInteger>(_ operation: IntegerUnary, on type: T.Type) {
    switch operation {
    case .absolute: unary { (a: T) in a < 0 ? 0 &- a : a }
    case .negate: unary { (a: T) in 0 &- a }
    case .not: unary { (a: T) in ~a }
    case .logicalNot: unary { (a: T) in a == 0 ? 1 as T : 0 as T }
    case .reverseBits: unary { (a: T) in reverseBits(a) }
    }
  }

  /// Executes an operation on two integers.
  @inline(never)
  func execute(_ operation: IntegerBinary, _ type: IntegerType) {
    switch type {
    case .u16: execute(operation, on: UInt16.self)
    case .s16: execute(operation, on: Int16.self)
    case .u32: execute(operation, on: UInt32.self)
    case .s32: execute(operation, on: Int32.self)
    case .u64: execute(operation, on: UInt64.self)
    case .s64: execute(operation, on: Int64.self)
    }
  }

  /// Executes an operation on two integers of a type.
  @inline(__always)
  private func execute<T: LaneInteger>(_ operation: IntegerBinary, on type: T.Type) {
    switch operation {
    case .add: binary { (a: T, b: T) in a &+ b }
    case .subtract: binary { (a: T, b: T) in a &- b }
    case .addSaturating: binary { (a: T, b: T) in addSaturating(a, b) }
    case .subtractSaturating: binary { (a: T, b: T) in subtractSaturating(a, b) }
    case .multiplyLow: binary { (a: T, b: T) in a &* b }
    case .multiplyHigh: binary { (a: T, b: T) in a.multipliedFullWidth(by: b).high }
    case .divide: binary { (a: T, b: T) in quotient(a, b) }
    case .remainder: binary { (a: T, b: T) in remainder(a, b) }
    case .minimum: binary { (a: T, b: T) in a < b ? a : b }
    case .maximum: binary { (a: T, b: T) in a < b ? b : a }
    case .minimumRectified: binary { (a: T, b: T) in max(a < b ? a : b, 0) }
    case .maximumRectified: binary { (a: T, b: T) in max(a < b ? b : a, 0) }
    case .and: binary { (a: T, b: T) in a & b }
    case .or: binary { (a: T, b: T) in a | b }
    case .xor: binary { (a: T, b: T) in a ^ b }
    }
  }

  /// Executes an operation on three integers.
  @inline(never)
  func execute(_ operation: IntegerTernary, _ type: IntegerType) {
    switch type {
    case .u16: execute(operation, on: UInt16.self)
    case .s16: execute(operation, on: Int16.self)
    case .u32: execute(operation, on: UInt32.self)
    case .s32: execute(operation, on: Int32.self)
    case .u64: execute(operation, on: UInt64.self)
    case .s64: execute(operation, on: Int64.self)
    }
  }

  /// Executes an operation on three integers of a type.
  @inline(__always)
  private func execute<T: LaneInteger>(_ operation: IntegerTernary, on type: T.Type) {
    switch operation {
    case .multiplyAddLow: ternary { (a: T, b: T, c: T) in a &* b &+ c }
    case .multiplyAddHigh:
      ternary { (a: T, b: T, c: T) in a.multipliedFullWidth(by: b).high &+ c }
    case .multiplyAddHighSaturating:
      ternary { (a: T, b: T, c: T) in addSaturating(a.multipliedFullWidth(by: b).high, c) }
    case .addAbsoluteDifference:
      ternary { (a: T, b: T, c: T) in c &+ (a < b ? b &- a : a &- b) }
    }
  }

  /// Executes a multiplication whose product has twice the width of its factors.
  @inline(never)
  func multiplyWide(_ type: IntegerType) {
    switch type {
    case .u16: binary { (a: UInt16, b: UInt16) in UInt32(a) &* UInt32(b) }
    case .s16: binary { (a: Int16, b: Int16) in Int32(a) &* Int32(b) }
    case .u32: binary { (a: UInt32, b: UInt32) in UInt64(a) &* UInt64(b) }
    case .s32: binary { (a: Int32, b: Int32) in Int64(a) &* Int64(b) }
    case .u64, .s64: fatalError("There are no wider products of 64-bit integers.")
    }
  }

  /// Executes a multiplication and addition whose result has twice the width of the factors.
  @inline(never)
  func multiplyAddWide(_ type: IntegerType) {
    switch type {
    case .u16: ternary { (a: UInt16, b: UInt16, c: UInt32) in UInt32(a) &* UInt32(b) &+ c }
    case .s16: ternary { (a: Int16, b: Int16, c: Int32) in Int32(a) &* Int32(b) &+ c }
    case .u32: ternary { (a: UInt32, b: UInt32, c: UInt64) in UInt64(a) &* UInt64(b) &+ c }
    case .s32: ternary { (a: Int32, b: Int32, c: Int64) in Int64(a) &* Int64(b) &+ c }
    case .u64, .s64: fatalError("There are no wider products of 64-bit integers.")
    }
  }
}

/// Returns the saturated sum.
@inline(__always)
func addSaturating<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  let (sum, overflows) = a.addingReportingOverflow(b)
  return overflows ? (b < 0 ? T.min : T.max) : sum
}

/// Returns the saturated difference.
@inline(__always)
private func subtractSaturating<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  let (difference, overflows) = a.subtractingReportingOverflow(b)
  return overflows ? (b < 0 ? T.max : T.min) : difference
}

/// Returns the quotient, rounded toward zero and wrapped to the type; all ones for a zero divisor.
@inline(__always)
private func quotient<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  b == 0 ? ~0 : a.dividedReportingOverflow(by: b).partialValue
}

/// Returns the remainder, with the sign of the dividend; all ones for a zero divisor.
@inline(__always)
private func remainder<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  b == 0 ? ~0 : a.remainderReportingOverflow(dividingBy: b).partialValue
}

/// Returns the bits in reverse order.
@inline(__always)
func reverseBits<T: FixedWidthInteger>(_ value: T) -> T {
  var bits = UInt64(truncatingIfNeeded: value)
  bits = (bits >> 1) & 0x5555_5555_5555_5555 | (bits & 0x5555_5555_5555_5555) << 1
  bits = (bits >> 2) & 0x3333_3333_3333_3333 | (bits & 0x3333_3333_3333_3333) << 2
  bits = (bits >> 4) & 0x0F0F_0F0F_0F0F_0F0F | (bits & 0x0F0F_0F0F_0F0F_0F0F) << 4
  return T(truncatingIfNeeded: bits.byteSwapped >> UInt64(64 - T.bitWidth))
}
