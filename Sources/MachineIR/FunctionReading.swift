// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The instructions of a function prepared for the verifier and the analyses: shapes, forms and
/// register uses, computed once.
struct FunctionReading {
  /// The prepared data of one instruction.
  struct Entry {
    /// The shape.
    let shape: InstructionShape

    /// The form, if the instruction has a valid one.
    let form: InstructionShape.Form?

    /// The guard, if the instruction has one.
    let condition: Instruction.Guard?

    /// The range of its register uses.
    let uses: Range<Int>
  }

  /// A use of a register.
  struct Use {
    /// The register.
    var register: RegisterID

    /// The kind of use.
    var kind: Instruction.RegisterUse
  }

  /// The instructions of each block.
  private(set) var blocks: [[Entry]] = []

  /// The uses of registers, in the order of the text.
  private(set) var uses: [Use] = []

  /// The number of registers of the function.
  let registerCount: Int

  /// Reads a function.
  init(_ function: Function) {
    registerCount = function.registers.count
    var table = ShapeTable()
    for block in function.blocks ?? [] {
      let instructions = block.instructions.span
      var entries: [Entry] = []
      entries.reserveCapacity(instructions.count)
      for index in instructions.indices {
        entries.append(read(instructions[index], table.shape(of: instructions[index])))
      }
      blocks.append(entries)
    }
  }

  /// Reads an instruction.
  private mutating func read(_ instruction: Instruction, _ shape: InstructionShape) -> Entry {
    let form = shape.form(of: instruction)
    let start = uses.count
    if let condition = instruction.condition {
      uses.append(Use(register: condition.register, kind: .read))
    }
    for (index, operand) in instruction.operands.enumerated() {
      // An instruction without a valid form may use its operands in any way.
      guard let form else {
        operand.forEachRegister { uses.append(Use(register: $0, kind: .update)) }
        continue
      }
      guard index < form.slots.count else { break }
      let kind = operand.use(form.slots[index].description.access)
      operand.forEachRegister { uses.append(Use(register: $0, kind: kind)) }
    }
    return Entry(
      shape: shape, form: form, condition: instruction.condition, uses: start..<uses.count)
  }

  /// Calls `body` with each use of an instruction, in the order of the text.
  func forEachUse(of entry: Entry, _ body: (Use) -> Void) {
    for index in entry.uses { body(uses[index]) }
  }
}
