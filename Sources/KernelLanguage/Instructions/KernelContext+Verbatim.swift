// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX

/// A value for a placeholder in verbatim PTX, which a register holds.
public protocol VerbatimOperand: Sendable {
  /// Returns the register that holds it.
  func verbatimRegister(in recording: KernelRecording) -> RegisterID
}

extension DeviceValue: VerbatimOperand {
  /// Returns the value's register; constants are moved into one.
  public func verbatimRegister(in recording: KernelRecording) -> RegisterID {
    recording.recorder.check(recorder)
    return register
  }
}

extension Variable: VerbatimOperand {
  /// Returns the variable's register, which the text may read and write.
  public func verbatimRegister(in recording: KernelRecording) -> RegisterID {
    recording.recorder.check(recorder)
    return register
  }
}

extension Predicate: VerbatimOperand {
  /// Returns the predicate's register.
  public func verbatimRegister(in recording: KernelRecording) -> RegisterID {
    recording.recorder.check(recorder)
    return register
  }
}

extension SharedAddress: VerbatimOperand {
  /// Returns a register that holds the address.
  public func verbatimRegister(in recording: KernelRecording) -> RegisterID {
    recording.recorder.check(recorder)
    return value.register
  }
}

extension KernelContext {
  /// Records PTX verbatim.
  ///
  /// `$0` stands for the first operand, `$1` for the second, and so on; the destination of a result
  /// is a variable. The text may declare registers, but no labels.
  /// ```swift
  /// let mixed = k.variable(UInt32(0))
  /// k.ptx("lop3.b32 $0, $1, $2, $3, 0x96;", mixed, a, b, c)
  /// ```
  /// Text that the parser rejects is reported when the kernel is built.
  public func ptx(
    _ text: String, _ operands: any VerbatimOperand..., file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    let recording = KernelRecording(recorder: recorder)
    recorder.emitVerbatim(text, operands.map { $0.verbatimRegister(in: recording) })
  }
}

extension Recorder {
  /// Records the instructions of a text in which `$i` stands for a register.
  fileprivate func emitVerbatim(_ text: String, _ operands: [RegisterID]) {
    do throws(SyntaxError) {
      let module = try parse(verbatimModule(text, operands))
      guard let function = module.functions.first else { return }
      let blocks = function.blocks ?? []
      guard blocks.allSatisfy({ $0.label == nil }) else {
        return report(.verbatimText(text, reason: "it has labels"))
      }
      let registers = adopt(function.registers, operands)
      for instruction in blocks.flatMap(\.instructions) {
        let own = instruction.mapRegisters { registers[$0.index] }
        emit(own.opcode, own.modifiers, own.operands, when: own.condition)
      }
    } catch {
      report(.verbatimText(text, reason: error.message))
    }
  }

  /// Returns a module whose only function has the text as its body.
  private func verbatimModule(_ text: String, _ operands: [RegisterID]) -> String {
    var declarations = ""
    var body = text
    for (index, register) in operands.enumerated().reversed() {
      declarations += ".reg .\(type(of: register).rawValue) %operand\(index)_;\n"
      body = body.replacing("$\(index)", with: "%operand\(index)_")
    }
    return """
      .version 9.0
      .target sm_100a
      .address_size 64
      .extern .shared .align 1024 .b8 \(SharedMemoryLayout.symbol)[];
      .visible .entry verbatim()
      {
      \(declarations)\(body)
      }
      """
  }

  /// Returns this recording's register for each one of a verbatim text.
  private func adopt(
    _ declarations: [RegisterDeclaration], _ operands: [RegisterID]
  ) -> [RegisterID] {
    let names = Dictionary(
      uniqueKeysWithValues: operands.enumerated().map { ("%operand\($0.offset)_", $0.element) })
    return declarations.map { names[$0.name] ?? makeRegister($0.type) }
  }
}
