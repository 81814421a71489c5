// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shifts, bit fields and other operations on the bits of integers.
//
// SeeAlso: PTX ISA, "Logic and Shift Instructions", "bfe", "bfi", "prmt", "szext", "bmsk", "dp4a".

extension LaneOperands {
  /// Executes a shift; counts of at least the width shift all bits out.
  @inline(never)
  func shift(_ direction: ShiftDirection, _ type: IntegerType) {
    switch type {
    case .u16: shift(direction, UInt16.self)
    case .s16: shift(direction, Int16.self)
    case .u32: shift(direction, UInt32.self)
    case .s32: shift(direction, Int32.self)
    case .u64: shift(direction, UInt64.self)
    case .s64: shift(direction, Int64.self)
    }
  }

  /// Executes a shift of integers of a type.
  @inline(__always)
  private func shift<T: LaneInteger>(_ direction: ShiftDirection, _ type: T.Type) {
    let width = UInt32(T.bitWidth)
    switch direction {
    case .left:
      binary { (a: T, count: UInt32) in count < width ? a &<< T(truncatingIfNeeded: count) : 0 }
    case .right:
      let last = width - 1
      binary { (a: T, count: UInt32) in
        // At the last position all bits equal the sign; unsigned integers need one more.
        let shifted = a &>> T(truncatingIfNeeded: min(count, last))
        return T.isSigned || count < width ? shifted : 0
      }
    }
  }

  /// Executes a bit query.
  @inline(never)
  func execute(_ query: BitQuery, _ type: IntegerType) {
    switch type {
    case .u16: execute(query, UInt16.self)
    case .s16: execute(query, Int16.self)
    case .u32: execute(query, UInt32.self)
    case .s32: execute(query, Int32.self)
    case .u64: execute(query, UInt64.self)
    case .s64: execute(query, Int64.self)
    }
  }

  /// Executes a bit query on integers of a type.
  @inline(__always)
  private func execute<T: LaneInteger>(_ query: BitQuery, _ type: T.Type) {
    switch query {
    case .populationCount: unary { (a: T) in UInt32(truncatingIfNeeded: a.nonzeroBitCount) }
    case .leadingZeroCount: unary { (a: T) in UInt32(truncatingIfNeeded: a.leadingZeroBitCount) }
    case .leadingBit: unary { (a: T) in UInt32(truncatingIfNeeded: leadingBit(a)) }
    case .leadingBitShift:
      unary { (a: T) in
        let bit = leadingBit(a)
        return UInt32(truncatingIfNeeded: bit < 0 ? -1 : T.bitWidth - 1 - bit)
      }
    }
  }

  /// Executes `bfe`, which extracts the field with a position and a length.
  @inline(never)
  func bitFieldExtract(_ type: IntegerType) {
    switch type {
    case .u32: ternary { (a: UInt32, b: UInt32, c: UInt32) in bitField(a, b, c) }
    case .s32: ternary { (a: Int32, b: UInt32, c: UInt32) in bitField(a, b, c) }
    case .u64: ternary { (a: UInt64, b: UInt32, c: UInt32) in bitField(a, b, c) }
    case .s64: ternary { (a: Int64, b: UInt32, c: UInt32) in bitField(a, b, c) }
    case .u16, .s16: fatalError("Bit fields of 16-bit integers do not exist.")
    }
  }

  /// Executes `bfi`, which inserts the first operand's low bits into the second at a position.
  @inline(never)
  func bitFieldInsert(_ type: IntegerType, length: UnsafePointer<UInt32>) {
    switch type {
    case .u32, .s32: bitFieldInsert(UInt32.self, length)
    case .u64, .s64: bitFieldInsert(UInt64.self, length)
    case .u16, .s16: fatalError("Bit fields of 16-bit integers do not exist.")
    }
  }

  /// Executes `bfi` on integers of a type.
  @inline(__always)
  private func bitFieldInsert<T: LaneInteger>(_ type: T.Type, _ length: UnsafePointer<UInt32>) {
    write { lane in
      let position = third(lane, as: UInt32.self) & fieldMask(T.self)
      // Shifts with `<<` discard the bits outside the type for every count.
      let field: T = ~(~0 << (length[lane] & fieldMask(T.self))) << position
      return first(lane, as: T.self) << position & field | second(lane, as: T.self) & ~field
    }
  }
}

/// Returns the index of the highest bit that differs from the sign, counted from the lowest, or -1.
@inline(__always)
private func leadingBit<T: FixedWidthInteger>(_ value: T) -> Int {
  let bits = value < 0 ? ~value : value
  return T.bitWidth - 1 - bits.leadingZeroBitCount
}

/// Returns the mask of the bits of a field's position and length that are used: 8 bits, or all of
/// them for 64-bit types, for which `ptxas` generates shifts that clamp at the width.
@inline(__always)
private func fieldMask<T: FixedWidthInteger>(_ type: T.Type) -> UInt32 {
  T.bitWidth == 64 ? .max : 0xFF
}

/// Returns the field of `length` bits at `position`, sign-extended if the type is signed.
///
/// Bits of the field outside the type equal the type's highest bit.
@inline(__always)
private func bitField<T: FixedWidthInteger>(
  _ value: T, _ position: UInt32, _ length: UInt32
) -> T {
  let position = position & fieldMask(T.self)
  let length = length & fieldMask(T.self)
  let width = UInt32(T.bitWidth)
  if length == 0 { return 0 }
  // An arithmetic shift inserts the sign, which is the value of a signed field outside the type.
  let shifted = value >> position
  if length >= width { return shifted }
  return (shifted << (width - length)) >> (width - length)
}
