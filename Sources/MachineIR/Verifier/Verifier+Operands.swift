// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MARK: - Kinds and types of operands

extension Verifier {
  /// Checks that each operand is of the kind and type of its slot.
  mutating func verifyOperands(
    of instruction: Instruction, _ shape: InstructionShape, _ form: InstructionShape.Form
  ) {
    if let condition = instruction.condition, type(condition.register) != .pred {
      report("the guard \(name(condition.register)) is not a predicate", instruction)
    }
    for (index, (operand, slot)) in zip(instruction.operands, form.slots).enumerated() {
      verifySymbols(of: operand, instruction)
      guard slot.description.accepts(operand) else {
        let words = slot.description.kind.words
        report("operand \(index + 1) of '\(instruction.mnemonic)' must be \(words)", instruction)
        continue
      }
      verify(operand, slot, index, instruction, shape)
    }
  }

  /// Checks that the symbols of an operand exist.
  private mutating func verifySymbols(of operand: Operand, _ instruction: Instruction) {
    switch operand {
    case .symbol(let name, _): verifySymbol(name, instruction)
    case .memory(let address), .tensor(let address, _):
      if case .symbol(let name) = address.base { verifySymbol(name, instruction) }
    case .vector(let elements), .list(let elements):
      for element in elements { verifySymbols(of: element, instruction) }
    default: break
    }
  }

  /// Checks that a symbol exists.
  private mutating func verifySymbol(_ name: String, _ instruction: Instruction) {
    guard !symbols.isKnown(name) else { return }
    report("there is no variable, parameter or function '\(name)'", instruction)
  }

  /// Checks that an operand has the type of its slot.
  private mutating func verify(
    _ operand: Operand, _ slot: InstructionShape.Form.Slot, _ index: Int,
    _ instruction: Instruction, _ shape: InstructionShape
  ) {
    switch (slot.description.kind, operand) {
    case (.memory, .memory(let address)), (.memoryOrValue, .memory(let address)),
      (.tensor, .tensor(let address, _)):
      verify(address, instruction, shape)
    case (.predicate, .register(let register)), (.predicate, .negated(let register)):
      verify(register, .pred, .exact, index, instruction)
    case (.predicates, .register(let register)):
      verify(register, .pred, .exact, index, instruction)
    case (.predicates, .pair(let first, let second)):
      verifyDestination(first, .pred, index, instruction)
      verifyDestination(second, .pred, index, instruction)
    case (.valueAndPredicate, .pair(let first, let second)):
      if let type = slot.type { verifyDestination(first, type, index, instruction) }
      verifyDestination(second, .pred, index, instruction)
    case (.vector, .vector(let elements)):
      if instruction.opcode == .move, shape.vectorCount == 1 {
        verifyPacking(elements, index, instruction)
      } else if let type = slot.type {
        for element in elements { verify(element, type, slot.rule, index, instruction) }
        if slot.rule == .wider { verifyWidths(of: elements, index, instruction) }
      }
    case (.symbolOrValue, .vector(let elements)):
      verifyPacking(elements, index, instruction)
    case (.value, _), (.vector, _), (.symbolOrValue, _), (.memoryOrValue, _),
      (.valueAndPredicate, _):
      guard let type = slot.type else { return }
      verify(operand, type, slot.rule, index, instruction)
    default: break
    }
    if case .tensor(_, let coordinates) = operand {
      for coordinate in coordinates { verify(coordinate, .b32, .exact, index, instruction) }
    }
  }

  /// Checks the type of one destination of a pair.
  private mutating func verifyDestination(
    _ operand: Operand, _ type: ScalarType, _ index: Int, _ instruction: Instruction
  ) {
    guard case .register(let register) = operand else { return }
    verify(register, type, .exact, index, instruction)
  }

  /// Checks the type of a single value.
  private mutating func verify(
    _ operand: Operand, _ type: ScalarType, _ rule: WidthRule, _ index: Int,
    _ instruction: Instruction
  ) {
    switch operand {
    case .register(let register): verify(register, type, rule, index, instruction)
    case .integer(let value): verifyLiteral(value, type, index, instruction)
    case .float32, .float64:
      let isBits = type.kind == .bits && operand.literalBitWidth == type.bitWidth
      if !isBits, type != .f32, type != .f64 {
        report(
          "operand \(index + 1) of '\(instruction.mnemonic)' is a float, but must be "
            + ".\(type.rawValue)", instruction)
      }
    case .special(let special): verify(special, type, index, instruction)
    default: break
    }
  }

  /// Checks that an integer literal is valid for a type.
  private mutating func verifyLiteral(
    _ value: Int64, _ type: ScalarType, _ index: Int, _ instruction: Instruction
  ) {
    if type.isFloat {
      report(
        "operand \(index + 1) of '\(instruction.mnemonic)' is an integer, but must be "
          + ".\(type.rawValue)", instruction)
    } else if type.bitWidth < 64, type != .pred {
      let limit = Int64(1) << Int64(type.bitWidth)
      guard value >= limit || value < -limit / 2 else { return }
      warn(
        "operand \(index + 1) of '\(instruction.mnemonic)' is truncated to "
          + "\(type.bitWidth) bits", instruction)
    }
  }

  /// Checks that a special register may be read here.
  private mutating func verify(
    _ special: SpecialRegister, _ type: ScalarType, _ index: Int, _ instruction: Instruction
  ) {
    guard instruction.opcode == .move || instruction.opcode == .convert else {
      report(
        "'\(instruction.mnemonic)' cannot read %\(special.rawValue); only mov and cvt can",
        instruction)
      return
    }
    if instruction.opcode == .move, special.type.bitWidth != type.bitWidth {
      report(
        "%\(special.rawValue) has \(special.type.bitWidth) bits, but '\(instruction.mnemonic)' "
          + "moves \(type.bitWidth)", instruction)
    }
  }

  /// Checks that a register fits a type.
  private mutating func verify(
    _ register: RegisterID, _ type: ScalarType, _ rule: WidthRule, _ index: Int,
    _ instruction: Instruction
  ) {
    let declared = self.type(register)
    guard !rule.accepts(declared, for: type) else { return }
    report(
      "operand \(index + 1) of '\(instruction.mnemonic)' must fit .\(type.rawValue), but "
        + "\(name(register)) is .\(declared.rawValue)", instruction)
  }

  /// Checks that the registers of a vector have the same width, if they may be wider than its
  /// elements.
  private mutating func verifyWidths(
    of elements: [Operand], _ index: Int, _ instruction: Instruction
  ) {
    let registers = elements.compactMap { element in
      if case .register(let register) = element { register } else { nil }
    }
    guard let first = registers.first,
      let other = registers.first(where: { type($0).bitWidth != type(first).bitWidth })
    else { return }
    report(
      "the registers of operand \(index + 1) of '\(instruction.mnemonic)' must have one width, "
        + "but \(name(first)) is .\(type(first).rawValue) and \(name(other)) .\(type(other).rawValue)",
      instruction)
  }

  /// Checks that the parts of a packed value have as many bits as the whole.
  private mutating func verifyPacking(
    _ elements: [Operand], _ index: Int, _ instruction: Instruction
  ) {
    guard let type = instruction.types.first else { return }
    var width = 0
    for element in elements {
      switch element {
      case .register(let register): width += self.type(register).bitWidth
      // A literal or a discarded part takes the width that the others leave.
      default: return
      }
    }
    guard width != type.bitWidth else { return }
    report(
      "the elements of operand \(index + 1) of '\(instruction.mnemonic)' have \(width) bits "
        + "together, not \(type.bitWidth)", instruction)
  }

  /// Checks that the base of an address has the width of addresses.
  private mutating func verify(
    _ address: Operand.Address, _ instruction: Instruction, _ shape: InstructionShape
  ) {
    guard case .register(let register) = address.base else { return }
    let declared = type(register)
    let isInteger = declared.isInteger && (declared.bitWidth == 32 || declared.bitWidth == 64)
    if !isInteger {
      report("\(name(register)) is .\(declared.rawValue) and cannot hold an address", instruction)
    } else if declared.bitWidth == 32, module.addressSize == 64, shape.wantsWideAddress {
      report(
        "\(name(register)) is .\(declared.rawValue), but addresses of '\(instruction.mnemonic)' "
          + "have 64 bits", instruction)
    }
  }

  /// The declared type of a register.
  private func type(_ register: RegisterID) -> ScalarType { function.type(of: register) }

  /// The name of a register.
  private func name(_ register: RegisterID) -> String { function.name(of: register) }
}

extension InstructionShape {
  /// Returns the rule for the width of an operand.
  func widthRule(ofOperand index: Int) -> WidthRule {
    let narrowFloats: Set<ScalarType> = [.bf16, .tf32, .f16x2, .bf16x2]
    switch opcode {
    case .load, .loadUniform, .store: return .wider
    case .convert:
      guard index < types.count else { return .exact }
      let type = types[index]
      let isScalar = !narrowFloats.contains(type) && (!type.isFloat || type.bitWidth >= 16)
      return isScalar && operandCount == 2 ? .wider : .exact
    default: return .exact
    }
  }

  /// Returns whether addresses have 64 bits.
  func findWantsWideAddress() -> Bool {
    guard opcode == .load || opcode == .store || opcode == .atomic || opcode == .reduction else {
      return false
    }
    let short: [Modifier] = [
      "shared", "shared::cta", "shared::cluster", "local", "const", "param", "param::entry",
      "param::func",
    ]
    return !hasOne(of: short)
  }
}

extension Operand {
  /// The number of bits of a float literal.
  fileprivate var literalBitWidth: Int {
    if case .float32 = self { 32 } else { 64 }
  }
}

extension OperandSlot.Kind {
  /// The kind of the operand, in words.
  fileprivate var words: String {
    switch self {
    case .value: "a value"
    case .vector: "a value or a vector of values"
    case .predicate: "a predicate"
    case .valueAndPredicate: "a register, optionally followed by '|' and a predicate"
    case .predicates: "a predicate or a pair of them"
    case .memory: "an address in brackets"
    case .symbolOrValue: "a value or a symbol"
    case .memoryOrValue: "a value or an address in brackets"
    case .tensor: "a tensor map and coordinates in brackets"
    case .immediate: "an integer literal"
    case .label: "a label or function"
    case .list: "a list in parentheses"
    }
  }
}
