extension Function {
  /// Returns this function with its unused registers dropped and the others renumbered.
  ///
  /// A register whose name is a prefix and a number gets the next number of its prefix and type,
  /// so that the text declares each such group once: `.reg .b32 %r<12>;`. Blocks are split where
  /// control may leave them, and blocks that are empty and bear no label are dropped.
  public func canonicalized() -> Function {
    var function = self
    function.blocks = blocks.map(Function.splitting)
    function.renumberRegisters()
    return function
  }

  /// Returns blocks of which only the last instruction may be a terminator.
  private static func splitting(_ blocks: [Block]) -> [Block] {
    var result: [Block] = []
    for block in blocks {
      var current = Block(label: block.label, pragmas: block.pragmas)
      for instruction in block.instructions {
        current.instructions.append(instruction)
        guard instruction.isTerminator else { continue }
        result.append(current)
        current = Block()
      }
      let bearsName = current.label != nil || !current.pragmas.isEmpty
      if bearsName || !current.instructions.isEmpty { result.append(current) }
    }
    return result
  }

  /// Drops the registers that nothing mentions, and gives the others contiguous numbers.
  private mutating func renumberRegisters() {
    let parameterNames = Set((results + parameters).filter(\.isRegister).map(\.name))
    var isUsed = registers.map { parameterNames.contains($0.name) }
    forEachInstruction { instruction in
      instruction.forEachMentionedRegister { isUsed[$0.index] = true }
    }
    let families = registers.map { RegisterFamily(of: $0) }
    var order = registers.indices.filter { isUsed[$0] }
    let firstOfFamily = Dictionary(
      order.map { (families[$0], $0) }, uniquingKeysWith: { first, _ in first })
    // Looked up once for each register: the comparisons are many.
    let firsts = families.map { firstOfFamily[$0] ?? 0 }
    order.sort { (firsts[$0], $0) < (firsts[$1], $1) }
    order =
      order.filter { parameterNames.contains(registers[$0].name) }
      + order.filter { !parameterNames.contains(registers[$0].name) }
    adopt(order: order, families: families, parameterNames: parameterNames)
  }

  /// Puts the registers in the given order and renames those that belong to numbered families.
  private mutating func adopt(
    order: [Int], families: [RegisterFamily], parameterNames: Set<String>
  ) {
    var newIndex = [Int](repeating: 0, count: registers.count)
    var declarations: [RegisterDeclaration] = []
    var counts: [RegisterFamily: Int] = [:]
    // Two types may share a prefix; the second then takes up the numbers behind the first's.
    var used = parameterNames
    for old in order where families[old].prefix == nil { used.insert(registers[old].name) }
    for old in order {
      newIndex[old] = declarations.count
      var declaration = registers[old]
      if let prefix = families[old].prefix, !parameterNames.contains(declaration.name) {
        var number = counts[families[old], default: 0]
        while used.contains("\(prefix)\(number)") { number += 1 }
        declaration.name = "\(prefix)\(number)"
        used.insert(declaration.name)
        counts[families[old]] = number + 1
      }
      declarations.append(declaration)
    }
    registers = declarations
    mapInstructions { $0.mapRegisters { RegisterID(newIndex[$0.index]) } }
  }

  /// Calls `body` with each instruction, in the order of the text.
  public func forEachInstruction(_ body: (Instruction) -> Void) {
    for block in blocks ?? [] { for instruction in block.instructions { body(instruction) } }
  }

  /// Replaces each instruction.
  private mutating func mapInstructions(_ transform: (Instruction) -> Instruction) {
    guard var blocks else { return }
    self.blocks = nil
    for index in blocks.indices {
      for position in blocks[index].instructions.indices {
        blocks[index].instructions[position] = transform(blocks[index].instructions[position])
      }
    }
    self.blocks = blocks
  }
}

/// What registers that are numbered together have in common.
private struct RegisterFamily: Hashable {
  /// The name without its number; nil for a register whose name has none.
  var prefix: String?

  /// The declared type.
  var type: ScalarType

  /// Creates the family of a register.
  init(of declaration: RegisterDeclaration) {
    type = declaration.type
    prefix = declaration.numberedName?.prefix
  }
}

extension RegisterDeclaration {
  /// The name as a prefix and a number, where it ends in one without leading zeros.
  public var numberedName: (prefix: String, number: Int)? {
    let bytes = name.utf8
    let digitCount = bytes.reversed().prefix { (0x30...0x39).contains($0) }.count
    guard digitCount > 0, digitCount < 10, digitCount < bytes.count else { return nil }
    let digits = name.suffix(digitCount)
    guard digitCount == 1 || digits.utf8.first != 0x30, let number = Int(digits) else {
      return nil
    }
    return (String(name.dropLast(digitCount)), number)
  }
}

extension Instruction {
  /// Calls `body` with each register that stands in this instruction, guard first.
  public func forEachMentionedRegister(_ body: (RegisterID) -> Void) {
    if let condition { body(condition.register) }
    for operand in operands { operand.forEachRegister(body) }
  }

  /// Returns this instruction with each register replaced.
  public func mapRegisters(_ transform: (RegisterID) -> RegisterID) -> Instruction {
    var instruction = self
    if let condition {
      instruction.condition?.register = transform(condition.register)
    }
    for index in operands.indices {
      instruction.operands[index] = operands[index].mapRegisters(transform)
    }
    return instruction
  }
}
