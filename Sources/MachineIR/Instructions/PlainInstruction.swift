// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An instruction whose meaning a table gives: its opcode, modifiers and operands are its parts.
public struct PlainInstruction: InstructionFamily {
  /// The instruction.
  public var instruction: Instruction

  /// The forms, which `Opcode+Description.swift` lists.
  public static let forms = Dictionary(
    uniqueKeysWithValues: Opcode.allCases.filter { $0.family == .plain }.map {
      ($0, $0.plainDescription.forms)
    })

  /// Takes an instruction as it is.
  public init(reading instruction: Instruction) { self.instruction = instruction }

  /// The properties that the modifiers state.
  public var traits: InstructionTraits { instruction.has("aligned") ? .isAligned : [] }
}
