// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// MARK: - Instructions

extension Parser {
  /// Parses an instruction with its guard, up to the semicolon.
  ///
  /// - SeeAlso: PTX ISA, "Format and Semantics of Instruction Descriptions".
  mutating func parseInstruction(_ body: inout Body) throws(SyntaxError) {
    let place = body.place ?? ownPlace(of: token)
    let condition = try parseGuard(body)
    body.statement = Body.Statement(condition: condition, place: place)
    guard token.kind == .identifier else { throw unexpected("an instruction") }
    let mnemonic = try parseMnemonic()
    var operands: [Operand] = []
    if mnemonic.opcode == .call {
      operands = try parseCallOperands(&body)
    } else if !isAt(Byte.semicolon) {
      operands.reserveCapacity(4)
      repeat {
        operands.append(try parseOperand(of: mnemonic.opcode, operands.count, &body))
      } while accept(Byte.comma)
    }
    try expect(Byte.semicolon)
    body.append(
      Instruction(
        mnemonic.opcode, mnemonic.modifiers, operands, condition: condition, place: place))
  }

  /// Parses `@%p` or `@!%p`.
  private mutating func parseGuard(_ body: Body) throws(SyntaxError) -> Instruction.Guard? {
    guard accept(Byte.at) else { return nil }
    let isNegated = accept(Byte.bang)
    let start = token
    let name = try expectName("a predicate register")
    guard let register = body.register(name) else {
      throw error("the register '\(name)' is not declared", at: start)
    }
    return Instruction.Guard(register, isNegated: isNegated)
  }

  /// Parses the operands of a call as results, function, arguments and, if present, prototype.
  ///
  /// - SeeAlso: PTX ISA, "call".
  private mutating func parseCallOperands(_ body: inout Body) throws(SyntaxError) -> [Operand] {
    var results = Operand.list([])
    if isAt(Byte.openParenthesis) {
      results = try parseList(&body)
      try expect(Byte.comma)
    }
    let name = try expectName("a function")
    let function = body.register(name).map(Operand.register) ?? .label(name)
    var operands = [results, function, .list([])]
    if accept(Byte.comma) {
      if isAt(Byte.openParenthesis) {
        operands[2] = try parseList(&body)
        guard accept(Byte.comma) else { return operands }
      }
      let label = try expectName("the label of a prototype")
      body.refer(to: label, operand: 3)
      operands.append(.label(label))
    }
    return operands
  }

  /// Parses a list in parentheses.
  private mutating func parseList(_ body: inout Body) throws(SyntaxError) -> Operand {
    try expect(Byte.openParenthesis)
    var elements: [Operand] = []
    while !accept(Byte.closeParenthesis) {
      if !elements.isEmpty { try expect(Byte.comma) }
      elements.append(try parseValue(&body))
    }
    return .list(elements)
  }
}

// MARK: - Operands

extension Parser {
  /// Parses the operand of an instruction at an index.
  private mutating func parseOperand(
    of opcode: Opcode, _ index: Int, _ body: inout Body
  ) throws(SyntaxError) -> Operand {
    let isLabel =
      opcode == .branch || (opcode == .branchIndexed && index == 1)
    guard isLabel else { return try parseValue(&body) }
    let label = try expectName("a label")
    body.refer(to: label, operand: index)
    return .label(label)
  }

  /// Parses an operand.
  private mutating func parseValue(_ body: inout Body) throws(SyntaxError) -> Operand {
    switch (token.kind, token.mark) {
    case (.identifier, _): return try parseNamed(&body)
    case (_, Byte.openBracket): return try parseAddress(&body)
    case (_, Byte.openBrace): return try parseVector(&body)
    case (_, Byte.bang) where following.kind == .identifier: return try parseNegated(body)
    default:
      guard isAtConstant else { throw unexpected("an operand") }
      return try parseConstant().operand
    }
  }

  /// Parses `{a, b}`.
  private mutating func parseVector(_ body: inout Body) throws(SyntaxError) -> Operand {
    try enter()
    defer { depth -= 1 }
    try expect(Byte.openBrace)
    var elements: [Operand] = []
    while !accept(Byte.closeBrace) {
      if !elements.isEmpty { try expect(Byte.comma) }
      elements.append(try parseValue(&body))
    }
    return .vector(elements)
  }

  /// Parses `!%p`, or a constant that starts with `!`.
  private mutating func parseNegated(_ body: Body) throws(SyntaxError) -> Operand {
    guard let register = body.register(text(of: following)) else {
      guard text(of: following) == "WARP_SZ" else {
        throw error("the register '\(text(of: following))' is not declared", at: following)
      }
      return try parseConstant().operand
    }
    advance()
    advance()
    return .negated(register)
  }

  /// Parses an operand that begins with a name, perhaps with a constant added to it, or with a second
  /// destination after it.
  private mutating func parseNamed(_ body: inout Body) throws(SyntaxError) -> Operand {
    let first = try parseSingleName(body)
    if isAt(Byte.plus) || isAt(Byte.minus), case .register(let register) = first {
      return try parseSum(of: register, &body)
    }
    guard accept(Byte.bar) else { return first }
    guard token.kind == .identifier else { throw unexpected("a second destination") }
    return .pair(first, try parseSingleName(body))
  }

  /// Reads the constant that is added to a register, and puts an instruction that adds it before the
  /// one that is read.
  private mutating func parseSum(
    of register: RegisterID, _ body: inout Body
  ) throws(SyntaxError) -> Operand {
    let start = token
    let type = body.registers[register.index].type
    guard type.isInteger, type.bitWidth >= 16,
      let sumType = ScalarType(rawValue: "u\(type.bitWidth)")
    else {
      throw error("a constant can only be added to integers of 16 to 64 bits", at: start)
    }
    let offset = Operand.integer(try parseOffset())
    let sum = body.declareSum(of: register)
    body.append(
      Instruction(
        .add, [Modifier(sumType)], [.register(sum), .register(register), offset],
        condition: body.statement.condition, place: body.statement.place))
    return .register(sum)
  }

  /// Parses a register, a special register, a sink, or a symbol with its offset.
  private mutating func parseSingleName(_ body: Body) throws(SyntaxError) -> Operand {
    let start = token
    let name = text(of: token)
    if name == "_" {
      advance()
      return .sink
    }
    if name == "WARP_SZ" { return try parseConstant().operand }
    if let register = body.register(name) {
      advance()
      return .register(register)
    }
    advance()
    if let vector = body.vector(name) { return try parseComponent(of: vector) }
    if bytes[start.start] == Byte.percent { return try parseSpecial(name, start) }
    return .symbol(body.variable(name), offset: try parseOffset())
  }

  /// Parses a component of a vector of registers, or returns the whole vector.
  private mutating func parseComponent(of vector: [RegisterID]) throws(SyntaxError) -> Operand {
    guard token.kind == .word else { return .vector(vector.map(Operand.register)) }
    let names = ["x": 0, "y": 1, "z": 2, "w": 3, "r": 0, "g": 1, "b": 2, "a": 3]
    guard let index = names[word(of: token)], index < vector.count else {
      throw unexpected("a component of a vector of \(vector.count)")
    }
    advance()
    return .register(vector[index])
  }

  /// Parses the rest of a special register after its first name.
  private mutating func parseSpecial(
    _ name: String, _ start: Token
  ) throws(SyntaxError) -> Operand {
    var spelling = String(name.dropFirst())
    if token.kind == .word {
      spelling += "." + word(of: token)
      advance()
    }
    guard let special = SpecialRegister(rawValue: spelling) else {
      throw error("the register '%\(spelling)' is not declared", at: start)
    }
    return .special(special)
  }
}

// MARK: - Addresses

extension Parser {
  /// Parses an address in brackets, and the coordinates of a tensor if they follow.
  ///
  /// - SeeAlso: PTX ISA, "Addresses as Operands", "Tensor coordinates".
  private mutating func parseAddress(_ body: inout Body) throws(SyntaxError) -> Operand {
    try expect(Byte.openBracket)
    let address = try parseBase(body)
    guard accept(Byte.comma) else {
      try expect(Byte.closeBracket)
      return .memory(address)
    }
    guard case .vector(let coordinates) = try parseVector(&body) else {
      throw unexpected("coordinates")
    }
    try expect(Byte.closeBracket)
    return .tensor(address, coordinates: coordinates)
  }

  /// Parses a register, symbol or number with its offset.
  private mutating func parseBase(_ body: Body) throws(SyntaxError) -> Operand.Address {
    guard token.kind == .identifier, text(of: token) != "WARP_SZ" else {
      return Operand.Address(.absolute, offset: try parseInteger())
    }
    let start = token
    switch try parseSingleName(body) {
    case .register(let register):
      return Operand.Address(register, offset: try parseOffset())
    case .symbol(let name, let offset):
      return Operand.Address(.symbol(name), offset: offset)
    default:
      throw error("'\(text(of: start))' is not an address", at: start)
    }
  }
}
