// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic with a carry flag per lane. The flag is the carry of the machine's adder, which subtracts
// by adding the complement and 1: after a subtraction it is set where nothing was borrowed, and `subc`
// borrows where it is not set. So `addc` after `sub.cc` adds 1 where nothing was borrowed.
//
// SeeAlso: PTX ISA, "Extended-Precision Integer Arithmetic Instructions".

extension LaneOperands {
  /// Executes arithmetic that reads or writes the carry flags, depending on the modifiers.
  @inline(never)
  func execute(
    _ operation: CarryingOperation, _ type: IntegerType, _ modifiers: LaneModifiers,
    carry: UnsafeMutablePointer<UInt32>
  ) {
    // A subtraction that reads no flag borrows nothing.
    let initial: UInt32 = operation == .subtract ? .max : 0
    let carriesIn = modifiers.contains(.readsCarry) ? carry.pointee : initial
    let carriesOut =
      switch type {
      case .u16, .s16: fatalError("Arithmetic on 16-bit integers has no carry.")
      case .u32: execute(operation, UInt32.self, carriesIn)
      case .s32: execute(operation, Int32.self, carriesIn)
      case .u64: execute(operation, UInt64.self, carriesIn)
      case .s64: execute(operation, Int64.self, carriesIn)
      }
    if modifiers.contains(.writesCarry) {
      carry.pointee = carry.pointee & ~mask | carriesOut
    }
  }

  /// Executes the operation on a type, and returns the mask of the lanes with a carry.
  @inline(__always)
  private func execute<T: LaneInteger>(
    _ operation: CarryingOperation, _ type: T.Type, _ carriesIn: UInt32
  ) -> UInt32 where T.Magnitude: LaneInteger {
    switch operation {
    case .add:
      carrying(T.self, carriesIn) { addWithCarry(first($0), second($0), $1) }
    case .subtract:
      carrying(T.self, carriesIn) { lane, carry in
        addWithCarry(first(lane), ~second(lane, as: T.Magnitude.self), carry)
      }
    case .multiplyAddLow:
      carrying(T.self, carriesIn) { lane, carry in
        let product = first(lane, as: T.self) &* second(lane, as: T.self)
        return addWithCarry(T.Magnitude(truncatingIfNeeded: product), third(lane), carry)
      }
    case .multiplyAddHigh:
      carrying(T.self, carriesIn) { lane, carry in
        let product = first(lane, as: T.self).multipliedFullWidth(by: second(lane))
        return addWithCarry(T.Magnitude(truncatingIfNeeded: product.high), third(lane), carry)
      }
    }
  }

  /// Writes the result of an operation on each lane and its carry, and returns the new carries.
  @inline(__always)
  private func carrying<T: LaneInteger>(
    _ type: T.Type, _ carriesIn: UInt32, _ operation: (Int, Bool) -> (T.Magnitude, Bool)
  ) -> UInt32 where T.Magnitude: LaneInteger {
    var carries: UInt32 = 0
    write { lane in
      let (result, carry) = operation(lane, carriesIn >> UInt32(lane) & 1 == 1)
      carries |= (carry ? 1 : 0) &<< UInt32(lane)
      return result
    }
    return carries
  }
}

/// Returns the sum of two integers and a carry, and the new carry.
@inline(__always)
private func addWithCarry<T: FixedWidthInteger>(_ a: T, _ b: T, _ carry: Bool) -> (T, Bool) {
  let (sum, isFirstCarry) = a.addingReportingOverflow(b)
  let (result, isSecondCarry) = sum.addingReportingOverflow(carry ? 1 : 0)
  return (result, isFirstCarry || isSecondCarry)
}
