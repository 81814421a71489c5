// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A value that every thread of a running kernel has for itself: one register, or a constant.
///
/// Operators on values record instructions; where both operands are constants, or one is neutral,
/// nothing is recorded. The operators are declared for each element type in files of their own.
///
/// All operands of an operation belong to the same kernel; one of another kernel is a finding of
/// the recording.
public struct DeviceValue<Element: DeviceElement>: Sendable {
  /// The representation of a value.
  package enum Content: Sendable {
    /// In a register.
    case register(RegisterID)

    /// In the instructions that use it.
    case constant(Element)
  }

  /// The recorder of the kernel that the value belongs to.
  package let recorder: Recorder

  /// The representation of the value.
  package let content: Content

  /// Creates the value that a register holds.
  package init(_ recorder: Recorder, _ register: RegisterID) {
    self.recorder = recorder
    content = .register(register)
  }

  /// Creates a constant.
  package init(_ recorder: Recorder, constant: Element) {
    self.recorder = recorder
    content = .constant(constant)
  }
}

extension DeviceValue {
  /// The value, where it is known while the kernel is recorded.
  public var constantValue: Element? {
    if case .constant(let value) = content { value } else { nil }
  }

  /// The value as an operand: a register, or an immediate where the type has them.
  package var operand: Operand {
    if case .constant(let value) = content, Element.hasImmediates { return value.literal }
    return .register(register)
  }

  /// A register that holds the value; a constant is moved into a new one.
  package var register: RegisterID {
    switch content {
    case .register(let register): return register
    case .constant(let value):
      return recorder.emitResult(
        Element.registerType, .move, [Modifier(Element.registerType)], [value.literal])
    }
  }

  /// Returns a constant of the same kernel.
  package func sameKernel(_ value: Element) -> DeviceValue {
    DeviceValue(recorder, constant: value)
  }

  /// Records an instruction that makes one value of others.
  ///
  /// - Precondition: All values belong to this value's kernel.
  package func emit<Result: DeviceElement>(
    _ opcode: Opcode, _ modifiers: [Modifier], _ operands: [Operand], as type: Result.Type
  ) -> DeviceValue<Result> {
    DeviceValue<Result>(
      recorder, recorder.emitResult(Result.registerType, opcode, modifiers, operands))
  }
}

extension Recorder {
  /// Reports it where something that is used here belongs to another recorder's kernel.
  ///
  /// It is unknown which of the two is being recorded, so both get the finding.
  package func check(_ other: Recorder) {
    guard self !== other else { return }
    reject(.foreignValue(owner: other.kernelName, user: kernelName))
    other.reject(.foreignValue(owner: kernelName, user: other.kernelName))
  }
}
