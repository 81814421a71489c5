// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Conformance
import MachineIR
import PTX
import Testing

struct TypedInstructionTests {
  @Test func `instructions of the programs are made again from their parts`() throws {
    var count = 0
    for program in ConformanceSuite.programs() {
      let functions = try parse(program.text).functions
      for instruction in functions.flatMap({ $0.blocks ?? [] }).flatMap(\.instructions)
      where instruction.opcode.family != .plain {
        let bare = Instruction(instruction.opcode, instruction.modifiers, instruction.operands)
        let typed = TypedInstruction(instruction)
        #expect(typed?.member.instruction == bare, "\(program.name): \(instruction.mnemonic)")
        count += 1
      }
    }
    #expect(count > 100)
  }
}
