// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A register of a kernel that can be assigned more than once.
///
/// Device control flow is recorded once, so a Swift `var` cannot carry a value from one iteration
/// to the next; a variable can. Reading `value` copies: the result stays the same when the variable
/// changes. `+=` and its like change the register in place.
public struct Variable<Element: DeviceElement>: Sendable {
  /// The recorder of the kernel that the variable belongs to.
  package let recorder: Recorder

  /// The register.
  package let register: RegisterID

  /// Creates the variable over a register.
  package init(_ recorder: Recorder, _ register: RegisterID) {
    self.recorder = recorder
    self.register = register
  }

  /// The value that the variable has now.
  public var value: DeviceValue<Element> {
    get {
      let copy = recorder.emitResult(
        Element.registerType, .move, [Modifier(Element.registerType)], [.register(register)])
      return DeviceValue(recorder, copy)
    }
    nonmutating set { assign(newValue) }
  }

  /// Copies a value into the variable.
  private func assign(_ value: DeviceValue<Element>) {
    recorder.check(value.recorder)
    let source: Operand = value.constantValue?.literal ?? value.operand
    recorder.emit(
      .move, [Modifier(Element.registerType)], [.register(register), source])
  }

  /// The variable's register itself, read without a copy.
  ///
  /// Use it only as an operand of instructions recorded before the next assignment: it changes with
  /// the variable. `value` copies, and stays.
  public var current: DeviceValue<Element> { DeviceValue(recorder, register) }

  /// Records an instruction whose result is the variable itself.
  package func update(_ opcode: Opcode, _ modifiers: [Modifier], _ operands: [Operand]) {
    recorder.emit(opcode, modifiers, [.register(register)] + operands)
  }
}

extension Variable where Element: DeviceInteger {
  /// Replaces the variable by the result of an instruction on it and a value.
  func update(_ opcode: Opcode, _ modifiers: [Modifier], with value: DeviceValue<Element>) {
    recorder.check(value.recorder)
    if opcode == .div || opcode == .rem { value.expectDivisor() }
    update(opcode, modifiers, [.register(register), value.operand])
  }
}

extension Variable where Element: DeviceFloat {
  /// Replaces the variable by the result of an instruction on it and a value.
  func update(_ opcode: Opcode, _ modifiers: [Modifier], with value: DeviceValue<Element>) {
    recorder.check(value.recorder)
    update(opcode, modifiers, [.register(register), value.operand])
  }

  /// Adds a product, rounding once: `fma`.
  ///
  /// - SeeAlso: PTX ISA, "fma".
  public func addProduct(_ first: DeviceValue<Element>, _ second: DeviceValue<Element>) {
    recorder.check(first.recorder)
    recorder.check(second.recorder)
    update(
      .fma, ["rn", Modifier(Element.arithmeticType)],
      [first.operand, second.operand, .register(register)])
  }
}
