// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Instruction {
  /// An instruction's use of a register.
  public enum RegisterUse: Hashable, Sendable {
    /// It reads the register.
    case read

    /// It writes the register in every lane that executes it.
    case write

    /// It writes the register and may read its old value, like an accumulator.
    case update
  }

  /// Calls `body` with each register that this instruction uses and the kind of use.
  ///
  /// The guard is read. Registers in addresses are read, whether the memory is read or written.
  public func forEachRegister(_ body: (RegisterID, RegisterUse) -> Void) {
    if let condition { body(condition.register, .read) }
    guard let form = opcode.description.form(of: self) else {
      for operand in operands { operand.forEachRegister { body($0, .update) } }
      return
    }
    for (operand, slot) in zip(operands, form.operands) {
      let use = operand.use(slot.access)
      operand.forEachRegister { body($0, use) }
    }
  }

  /// The target of a direct branch.
  public var branchTarget: String? {
    guard opcode == .branch, case .label(let label)? = operands.first else { return nil }
    return label
  }
}

extension Operand {
  /// Returns the use of this operand's registers for an access to it.
  func use(_ access: OperandSlot.Access) -> Instruction.RegisterUse {
    switch (self, access) {
    case (.memory, _), (.tensor, _), (_, .read): .read
    case (_, .write): .write
    case (_, .update): .update
    }
  }
}
