// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

// Comparisons with predicates or values as results.
//
// SeeAlso: PTX ISA, "Comparison and Selection Instructions".

extension LaneOperands {
  /// Returns the lanes in which a comparison of the first and the second source is true.
  ///
  /// For pairs the low halves are compared, or the high ones if `isHigh`.
  @inline(never)
  func lanes(
    where comparison: Comparison, _ type: ComparedType, _ modifiers: LaneModifiers,
    isHigh: Bool = false
  ) -> UInt32 {
    switch type {
    case .integer(.u16): return lanes(comparison, UInt16.self)
    case .integer(.s16): return lanes(comparison, Int16.self)
    case .integer(.u32): return lanes(comparison, UInt32.self)
    case .integer(.s32): return lanes(comparison, Int32.self)
    case .integer(.u64): return lanes(comparison, UInt64.self)
    case .integer(.s64): return lanes(comparison, Int64.self)
    case .float(.f32):
      if modifiers.contains(.flushesSubnormals) {
        return lanes(comparison) { (word: UInt32) in Float(container: word).flushed(if: true) }
      }
      return lanes(comparison, Float.self)
    case .float(.f64): return lanes(comparison, Double.self)
    case .half(.f16), .half(.f16x2): return halves(comparison, HalfFloat.self, modifiers, isHigh)
    case .half(.bf16), .half(.bf16x2): return halves(comparison, BFloat16.self, modifiers, isHigh)
    }
  }

  /// Returns the lanes in which a comparison of values of a type is true.
  @inline(__always)
  private func lanes<T: LaneValue & Comparable>(
    _ comparison: Comparison, _ type: T.Type
  ) -> UInt32 {
    lanes(comparison) { (value: T) in value }
  }

  /// Returns the lanes in which a comparison of half-precision values is true.
  @inline(__always)
  private func halves<T: LaneHalf>(
    _ comparison: Comparison, _ type: T.Type, _ modifiers: LaneModifiers, _ isHigh: Bool
  ) -> UInt32 {
    let flushes = modifiers.contains(.flushesSubnormals)
    let shift: UInt32 = isHigh ? 16 : 0
    return lanes(comparison) { (word: UInt32) in
      T(container: word >> shift).flushed(if: flushes).float
    }
  }

  /// Returns the lanes in which a comparison of the transformed sources is true.
  @inline(__always)
  private func lanes<Source: LaneValue, Value: Comparable>(
    _ comparison: Comparison, _ value: (Source) -> Value
  ) -> UInt32 {
    switch comparison {
    case .equal: return compare(value) { $0 == $1 }
    case .notEqual: return compare(value) { $0 < $1 || $0 > $1 }
    case .less: return compare(value) { $0 < $1 }
    case .lessOrEqual: return compare(value) { $0 <= $1 }
    case .greater: return compare(value) { $0 > $1 }
    case .greaterOrEqual: return compare(value) { $0 >= $1 }
    case .equalOrUnordered: return compare(value) { !($0 < $1 || $0 > $1) }
    case .notEqualOrUnordered: return compare(value) { !($0 == $1) }
    case .lessOrUnordered: return compare(value) { !($0 >= $1) }
    case .lessOrEqualOrUnordered: return compare(value) { !($0 > $1) }
    case .greaterOrUnordered: return compare(value) { !($0 <= $1) }
    case .greaterOrEqualOrUnordered: return compare(value) { !($0 < $1) }
    case .ordered: return compare(value) { $0 == $0 && $1 == $1 }
    case .unordered: return compare(value) { $0 != $0 || $1 != $1 }
    }
  }

  /// Returns the lanes in which a predicate of both transformed sources is true.
  @inline(__always)
  private func compare<Source: LaneValue, Value>(
    _ value: (Source) -> Value, _ predicate: (Value, Value) -> Bool
  ) -> UInt32 {
    lanes { predicate(value(first($0)), value(second($0))) }
  }

  /// Writes true in the given lanes and false in the others.
  @inline(never)
  func write(_ truth: TruthValue, in lanes: UInt32) {
    let word: UInt32 =
      switch truth {
      case .ones16: 0xFFFF
      case .ones32: 0xFFFF_FFFF
      case .one32: Float(1).bitPattern
      case .oneHalf: UInt32(HalfFloat.oneCode)
      case .oneBrain: UInt32(BFloat16.oneCode)
      }
    write { lane in lanes >> UInt32(lane) & 1 == 1 ? word : 0 }
  }

  /// Writes pairs of truth values, given the lanes of the low and of the high halves.
  @inline(never)
  func write(_ truth: TruthValue, inLow low: UInt32, inHigh high: UInt32) {
    let word: UInt32 =
      switch truth {
      case .oneHalf: UInt32(HalfFloat.oneCode)
      case .oneBrain: UInt32(BFloat16.oneCode)
      case .ones16, .ones32, .one32: 0xFFFF
      }
    write { lane in
      (low >> UInt32(lane) & 1 == 1 ? word : 0) | (high >> UInt32(lane) & 1 == 1 ? word << 16 : 0)
    }
  }
}

extension ComparedType {
  /// Whether values are pairs whose halves are compared.
  var isPair: Bool { self == .half(.f16x2) || self == .half(.bf16x2) }
}

extension LaneModifiers {
  /// Returns the lanes of a comparison, combined with those of a predicate as the modifiers
  /// specify.
  @inline(__always)
  func combined(_ outcome: UInt32, with predicate: UInt32) -> UInt32 {
    if contains(.combinesByAnd) { return outcome & predicate }
    if contains(.combinesByOr) { return outcome | predicate }
    return contains(.combinesByXor) ? outcome ^ predicate : outcome
  }
}

extension LaneInstruction {
  /// Returns the lanes of the predicate that is the third source, or of its negation.
  @inline(__always)
  func thirdPredicate(in memory: LaneMemory) -> UInt32 {
    let predicate = memory.predicate(sources.2)
    return modifiers.contains(.negatesPredicate) ? ~predicate : predicate
  }

  /// Executes `setp`.
  ///
  /// The second destination gets the negation of the comparison; for pairs, the comparison of the
  /// high halves.
  @inline(__always)
  func setPredicate(
    _ comparison: Comparison, _ type: ComparedType, _ operands: LaneOperands, in memory: LaneMemory
  ) {
    let outcome = operands.lanes(where: comparison, type, modifiers)
    let predicate = thirdPredicate(in: memory)
    let first = modifiers.combined(outcome, with: predicate)
    if destinations.1 >= 0 {
      let other =
        type.isPair
        ? operands.lanes(where: comparison, type, modifiers, isHigh: true) : ~outcome
      let second = modifiers.combined(other, with: predicate)
      memory.setPredicate(destinations.1, second, mask: operands.mask)
    }
    if destinations.0 >= 0 {
      memory.setPredicate(destinations.0, first, mask: operands.mask)
    }
  }

  /// Executes `set`.
  @inline(never)
  func set(
    _ comparison: Comparison, _ type: ComparedType, _ truth: TruthValue,
    _ operands: LaneOperands, in memory: LaneMemory
  ) {
    let predicate = thirdPredicate(in: memory)
    let outcome = operands.lanes(where: comparison, type, modifiers)
    let lanes = modifiers.combined(outcome, with: predicate)
    guard type.isPair else { return operands.write(truth, in: lanes) }
    let highOutcome = operands.lanes(where: comparison, type, modifiers, isHigh: true)
    let highLanes = modifiers.combined(highOutcome, with: predicate)
    operands.write(truth, inLow: lanes, inHigh: highLanes)
  }

  /// Executes `lop3` with a predicate: whether the word is not zero, combined with a fourth source.
  @inline(never)
  func logic3Predicate(_ operands: LaneOperands, in memory: LaneMemory) {
    let predicate = memory.predicate(sources.3)
    let combining = modifiers.contains(.negatesPredicate) ? ~predicate : predicate
    let outcome = operands.lanesOfLogic3(immediate, writes: destinations.0 >= 0)
    if destinations.1 >= 0 {
      let result = modifiers.combined(outcome, with: combining)
      memory.setPredicate(destinations.1, result, mask: operands.mask)
    }
  }
}
