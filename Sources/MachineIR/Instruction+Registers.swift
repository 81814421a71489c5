extension Instruction {
  /// How an instruction uses a register.
  public enum RegisterUse: Hashable, Sendable {
    /// It reads the register.
    case read

    /// It writes the register in every lane that runs it.
    case write

    /// It writes the register and may read its old value: an accumulator.
    case update
  }

  /// Calls `body` with each register that this instruction uses, and how.
  ///
  /// The guard is read. Registers in addresses are read, whatever is done with the memory.
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

  /// The label that a branch goes to, where this is a direct branch.
  public var branchTarget: String? {
    guard opcode == .branch, case .label(let label)? = operands.first else { return nil }
    return label
  }
}

extension Operand {
  /// Returns how the registers of this operand are used where it is accessed as given.
  func use(_ access: OperandSlot.Access) -> Instruction.RegisterUse {
    switch (self, access) {
    case (.memory, _), (.tensor, _), (_, .read): .read
    case (_, .write): .write
    case (_, .update): .update
    }
  }
}
