// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import NumberFormats

/// A truth value that every thread of a running kernel has for itself.
///
/// The opposite of a predicate costs nothing: it is the same register, read the other way.
public struct Predicate: Sendable {
  /// The representation of a predicate.
  package enum Content: Sendable {
    /// In a register, perhaps the other way round.
    case register(RegisterID, isNegated: Bool)

    /// Known while the kernel is recorded.
    case constant(Bool)
  }

  /// The recorder of the kernel that the predicate belongs to.
  package let recorder: Recorder

  /// The representation of the predicate.
  package let content: Content

  /// Creates the predicate that a register holds.
  package init(_ recorder: Recorder, _ register: RegisterID, isNegated: Bool = false) {
    self.recorder = recorder
    content = .register(register, isNegated: isNegated)
  }

  /// Creates a constant.
  package init(_ recorder: Recorder, constant: Bool) {
    self.recorder = recorder
    content = .constant(constant)
  }
}

extension Predicate {
  /// The truth, where it is known while the kernel is recorded.
  public var constantValue: Bool? {
    if case .constant(let value) = content { value } else { nil }
  }

  /// The predicate as an operand of an instruction that takes opposites and constants.
  package var operand: Operand {
    switch content {
    case .register(let register, let isNegated):
      isNegated ? .negated(register) : .register(register)
    case .constant(let value): .integer(value ? 1 : 0)
    }
  }

  /// The predicate as an instruction's guard; nil where it always holds.
  ///
  /// - Precondition: The predicate is not the constant `false`.
  package var condition: Instruction.Guard? {
    switch content {
    case .register(let register, let isNegated):
      return Instruction.Guard(register, isNegated: isNegated)
    case .constant(let value):
      require(value, "An instruction that never runs is not recorded.")
      return nil
    }
  }

  /// A register that holds the predicate; opposites and constants get a new one.
  package var register: RegisterID {
    switch content {
    case .register(let register, isNegated: false): return register
    case .register(let register, isNegated: true):
      return recorder.emitResult(.pred, .not, ["pred"], [.register(register)])
    case .constant(let value):
      return recorder.emitResult(
        .pred, .setPredicate, ["eq", "b32"], [.integer(value ? 0 : 1), .integer(0)])
    }
  }

  /// Returns whether this predicate does not hold.
  public static prefix func ! (predicate: Predicate) -> Predicate {
    switch predicate.content {
    case .register(let register, let isNegated):
      Predicate(predicate.recorder, register, isNegated: !isNegated)
    case .constant(let value): Predicate(predicate.recorder, constant: !value)
    }
  }

  /// Returns whether both predicates hold; both are computed.
  public static func && (lhs: Predicate, rhs: Predicate) -> Predicate {
    switch (lhs.constantValue, rhs.constantValue) {
    case (true?, _): rhs
    case (_, true?): lhs
    case (false?, _): lhs
    case (_, false?): rhs
    case (nil, nil): lhs.combined(.and, with: rhs)
    }
  }

  /// Returns whether one of the predicates holds; both are computed.
  public static func || (lhs: Predicate, rhs: Predicate) -> Predicate {
    switch (lhs.constantValue, rhs.constantValue) {
    case (true?, _): lhs
    case (_, true?): rhs
    case (false?, _): rhs
    case (_, false?): lhs
    case (nil, nil): lhs.combined(.or, with: rhs)
    }
  }

  /// Records an instruction on two predicates.
  private func combined(_ opcode: Opcode, with other: Predicate) -> Predicate {
    recorder.check(other.recorder)
    let operands: [Operand] = [.register(register), .register(other.register)]
    return Predicate(recorder, recorder.emitResult(.pred, opcode, ["pred"], operands))
  }
}

extension DeviceValue {
  /// Records the comparison of this value with another.
  func compared(
    _ comparison: Modifier, with other: DeviceValue, _ constant: (Element, Element) -> Bool
  ) -> Predicate {
    if let first = constantValue, let second = other.constantValue {
      return Predicate(recorder, constant: constant(first, second))
    }
    recorder.check(other.recorder)
    let register = recorder.emitResult(
      .pred, .setPredicate, [comparison, Modifier(Element.arithmeticType)],
      [operand, other.operand])
    return Predicate(recorder, register)
  }
}
