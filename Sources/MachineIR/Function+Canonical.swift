// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Function {
  /// Returns this function without its unused registers, and with the others renumbered.
  ///
  /// A register whose name is a prefix and a number gets the next number for its prefix and type,
  /// so that the text declares each group once: `.reg .b32 %r<12>;`. Blocks are split after
  /// instructions that may leave them. Empty blocks without a label are removed.
  public func canonicalized() -> Function {
    var function = self
    function.canonicalize()
    return function
  }

  /// Removes unused registers, renumbers the others, and splits blocks.
  mutating func canonicalize() {
    if let blocks, !blocks.allSatisfy(\.isCanonical) { self.blocks = Function.splitting(blocks) }
    renumberRegisters()
  }

  /// Returns the blocks split so that only the last instruction of each may be a terminator.
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

  /// Removes the registers that are not mentioned, and gives the others contiguous numbers.
  private mutating func renumberRegisters() {
    let parameterNames = Set((results + parameters).filter(\.isRegister).map(\.name))
    let groups = registerGroups(keeping: parameterNames)
    var newIndex = [Int](repeating: 0, count: registers.count)
    var declarations: [RegisterDeclaration] = []
    declarations.reserveCapacity(registers.count)
    if !parameterNames.isEmpty {
      for group in groups {
        for old in group.members where parameterNames.contains(registers[old].name) {
          newIndex[old] = declarations.count
          declarations.append(registers[old])
        }
      }
    }
    // Two types may share a prefix; the second then uses the numbers after the first's.
    var counts: [String: Int] = [:]
    for group in groups {
      var number = group.family.prefix.map { counts[$0, default: 0] } ?? 0
      for old in group.members {
        var declaration = registers[old]
        if !parameterNames.isEmpty, parameterNames.contains(declaration.name) { continue }
        if let prefix = group.family.prefix {
          declaration.name = prefix + String(number)
          while !parameterNames.isEmpty, parameterNames.contains(declaration.name) {
            number += 1
            declaration.name = prefix + String(number)
          }
          number += 1
        }
        newIndex[old] = declarations.count
        declarations.append(declaration)
      }
      if let prefix = group.family.prefix { counts[prefix] = number }
    }
    registers = declarations
    updateInstructions { $0.replaceRegisters { RegisterID(newIndex[$0.index]) } }
  }

  /// Returns the indices of the registers that are mentioned or have one of the names, by family,
  /// with the families in order of their first such register.
  private func registerGroups(
    keeping names: Set<String>
  ) -> [(family: RegisterFamily, members: [Int])] {
    var isUsed = registers.map { !names.isEmpty && names.contains($0.name) }
    forEachInstruction { instruction in
      instruction.forEachMentionedRegister { isUsed[$0.index] = true }
    }
    var groups: [(family: RegisterFamily, members: [Int])] = []
    var places: [RegisterFamily: Int] = [:]
    for index in registers.indices where isUsed[index] {
      let family = RegisterFamily(of: registers[index])
      if let place = places[family] {
        groups[place].members.append(index)
      } else {
        places[family] = groups.count
        groups.append((family, [index]))
      }
    }
    return groups
  }

  /// Calls `body` with each instruction, in the order of the text.
  public func forEachInstruction(_ body: (Instruction) -> Void) {
    for block in blocks ?? [] {
      let instructions = block.instructions.span
      for index in instructions.indices { body(instructions[index]) }
    }
  }

  /// Changes each instruction in place.
  private mutating func updateInstructions(_ update: (inout Instruction) -> Void) {
    guard var blocks else { return }
    self.blocks = nil
    for index in blocks.indices {
      for position in blocks[index].instructions.indices {
        update(&blocks[index].instructions[position])
      }
    }
    self.blocks = blocks
  }
}

extension Block {
  /// Whether only the last instruction may leave the block, and the block is not redundant.
  fileprivate var isCanonical: Bool {
    guard label != nil || !pragmas.isEmpty || !instructions.isEmpty else { return false }
    return instructions.indices.dropLast().allSatisfy { !instructions[$0].isTerminator }
  }
}

/// The properties that registers numbered together share.
private struct RegisterFamily: Hashable {
  /// The name without its number, or `nil` for a register whose name has none.
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
  /// The name as a prefix and a number, if it ends in one without leading zeros.
  public var numberedName: (prefix: String, number: Int)? {
    let bytes = name.utf8
    var start = bytes.endIndex
    var (number, scale) = (0, 1)
    while start > bytes.startIndex {
      let before = bytes.index(before: start)
      let digit = bytes[before] &- 0x30
      guard digit < 10 else { break }
      // A number of ten digits is too large for a register.
      guard scale < 1_000_000_000 else { return nil }
      number += Int(digit) * scale
      scale *= 10
      start = before
    }
    guard start < bytes.endIndex, start > bytes.startIndex else { return nil }
    if scale > 10, bytes[start] == 0x30 { return nil }
    return (String(name[..<start]), number)
  }
}

extension Instruction {
  /// Calls `body` with each register that this instruction mentions, guard first.
  public func forEachMentionedRegister(_ body: (RegisterID) -> Void) {
    if let condition { body(condition.register) }
    for operand in operands { operand.forEachRegister(body) }
  }

  /// Returns this instruction with each register replaced.
  public func mapRegisters(_ transform: (RegisterID) -> RegisterID) -> Instruction {
    var instruction = self
    instruction.replaceRegisters(transform)
    return instruction
  }

  /// Replaces each register.
  mutating func replaceRegisters(_ transform: (RegisterID) -> RegisterID) {
    if let register = condition?.register { condition?.register = transform(register) }
    for index in operands.indices { operands[index].replaceRegisters(transform) }
  }
}
