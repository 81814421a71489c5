// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// The context of a kernel's body: every method records instructions for the given architecture.
///
/// The methods are in extensions by topic: control flow, memory, barriers, copies, tensor cores. An
/// instruction that the architecture lacks has no method, so that using it does not compile.
public struct KernelContext<Machine: Architecture>: Sendable {
  /// The recorder of the kernel.
  package let recorder: Recorder

  /// Creates the context of a recording.
  package init(_ recorder: Recorder) { self.recorder = recorder }

  /// Returns a constant as a value, for operations that take only values.
  public func constant<Element: DeviceElement>(_ value: Element) -> DeviceValue<Element> {
    DeviceValue(recorder, constant: value)
  }

  /// The predicate that holds in all threads.
  public var always: Predicate { Predicate(recorder, constant: true) }

  /// The predicate that holds in no thread.
  public var never: Predicate { Predicate(recorder, constant: false) }

  /// Creates a register that can be assigned again, with its first value.
  public func variable<Element: DeviceElement>(
    _ value: DeviceValue<Element>, file: String = #fileID, line: Int = #line
  ) -> Variable<Element> {
    at(file, line)
    recorder.check(value.recorder)
    let variable = Variable<Element>(recorder, recorder.makeRegister(Element.registerType))
    variable.value = value
    return variable
  }

  /// Creates a register that can be assigned again, with a constant as its first value.
  public func variable<Element: DeviceElement>(
    _ value: Element, file: String = #fileID, line: Int = #line
  ) -> Variable<Element> {
    variable(constant(value), file: file, line: line)
  }

  /// Records the instructions of `body` as inlined at the given line of the caller.
  ///
  /// The instructions have their own source line, and this one as the line that they are inlined
  /// at.
  public func inlined<Result>(
    at file: String, _ line: Int, _ body: () -> Result
  ) -> Result {
    recorder.withCaller(file, line, body)
  }

  /// Sets the source place of the instructions that follow to the line of a call.
  package func at(_ file: String, _ line: Int) { recorder.setPlace(file, line) }

  /// Records an instruction.
  package func emit(
    _ opcode: Opcode, _ modifiers: [Modifier] = [], _ operands: [Operand] = [],
    when condition: Instruction.Guard? = nil
  ) {
    recorder.emit(opcode, modifiers, operands, when: condition)
  }

  /// Records an instruction with these parts.
  package func emit(_ member: some InstructionFamily) { recorder.emit(member) }
}

extension Int: KernelIndex {
  /// Returns the integer as a constant.
  ///
  /// One that is negative or has more than 32 bits is a finding of the recording.
  public func deviceValue<Machine: Architecture>(
    in context: KernelContext<Machine>
  ) -> DeviceValue<UInt32> {
    let exact = UInt32(exactly: self)
    context.recorder.expect(
      exact != nil, "the index or count \(self) is not a 32-bit unsigned integer")
    return context.constant(exact ?? 0)
  }
}

extension DeviceValue: KernelIndex where Element == UInt32 {
  /// Returns this value.
  public func deviceValue<Machine: Architecture>(
    in context: KernelContext<Machine>
  ) -> DeviceValue<UInt32> {
    context.recorder.check(recorder)
    return self
  }
}

extension KernelContext {
  /// Returns the findings to which a component that was called at a line reports mistakes.
  public func findings(at file: String, _ line: Int) -> RecordingFindings {
    RecordingFindings(recorder: recorder, file: file, line: line)
  }
}
