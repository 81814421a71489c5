// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The way in which an atomic or a reduction combines the old and the given value.
public enum AtomicUpdate: UInt8, CaseIterable, Hashable, Sendable {
  case and, or, xor, compareAndSwap, exchange, add, increment, decrement, minimum, maximum

  /// The modifier.
  var word: Modifier {
    switch self {
    case .and: "and"
    case .or: "or"
    case .xor: "xor"
    case .compareAndSwap: "cas"
    case .exchange: "exch"
    case .add: "add"
    case .increment: "inc"
    case .decrement: "dec"
    case .minimum: "min"
    case .maximum: "max"
    }
  }

  /// Returns the operation that a modifier of an instruction names.
  init?(of instruction: Instruction) {
    guard let operation = Self.allCases.first(where: { instruction.has($0.word) }) else {
      return nil
    }
    self = operation
  }
}

extension [AtomicUpdate] {
  /// The operations on bits.
  static let bitwise: [AtomicUpdate] = [.and, .or, .xor]

  /// The operations on counters.
  static let counting: [AtomicUpdate] = [.increment, .decrement]

  /// The operations that keep the lower or the higher value.
  static let extremes: [AtomicUpdate] = [.minimum, .maximum]

  /// The slot for one of the operations.
  var slot: ModifierSlot { .one(map(\.word)) }
}

/// The operations of atomics and reductions on single registers in global memory, with their types.
let scalarReductions: [(operations: [AtomicUpdate], types: [ScalarType])] = [
  (.bitwise, [.b32, .b64]),
  ([.add], [.u32, .s32, .u64, .f32, .f64]),
  (.counting, [.u32]),
  (.extremes, [.u32, .s32, .u64, .s64]),
]
