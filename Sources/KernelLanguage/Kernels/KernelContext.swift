import DeviceRuntime
import MachineIR

/// What a kernel's body calls: every method records instructions for the given architecture.
///
/// The methods are found with what they are about: control flow, memory, barriers, copies, tensor
/// cores. An instruction that the architecture lacks has no method here, so that using it does not
/// compile.
public struct KernelContext<Machine: Architecture>: Sendable {
  /// What records the kernel.
  package let recorder: Recorder

  /// Creates the context of a recording.
  package init(_ recorder: Recorder) { self.recorder = recorder }

  /// Returns a constant, for the operations that take values alone.
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

  /// Records what `body` does as a structured part that was called at the given line.
  ///
  /// Instructions of the part have their own line, and this one as the line that called them.
  public func inlined<Result>(
    at file: String, _ line: Int, _ body: () -> Result
  ) -> Result {
    recorder.withCaller(file, line, body)
  }

  /// Takes the line of a call as the place of the instructions that follow.
  package func at(_ file: String, _ line: Int) { recorder.setPlace(file, line) }

  /// Records an instruction.
  package func emit(
    _ opcode: Opcode, _ modifiers: [Modifier] = [], _ operands: [Operand] = [],
    when condition: Instruction.Guard? = nil
  ) {
    recorder.emit(opcode, modifiers, operands, when: condition)
  }
}

/// An index or a count in a kernel: a device value, or an integer that the host knows.
public protocol KernelIndex: Sendable {
  /// Returns the index as a value of the context's kernel.
  func deviceValue<Machine: Architecture>(
    in context: KernelContext<Machine>
  ) -> DeviceValue<UInt32>
}

extension Int: KernelIndex {
  /// Returns the integer as a constant.
  ///
  /// - Precondition: It is not negative and has at most 32 bits.
  public func deviceValue<Machine: Architecture>(
    in context: KernelContext<Machine>
  ) -> DeviceValue<UInt32> {
    guard let exact = UInt32(exactly: self) else {
      preconditionFailure("The index or count \(self) is not an unsigned integer of 32 bits.")
    }
    return context.constant(exact)
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
