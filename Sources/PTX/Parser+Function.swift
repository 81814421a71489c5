// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// MARK: - Functions

extension Parser {
  /// Parses a function after `.entry` or `.func`.
  ///
  /// - SeeAlso: PTX ISA, "Kernel and Function Directives".
  mutating func parseFunction(
    _ linkage: Linkage?, isEntry: Bool
  ) throws(SyntaxError) -> Function {
    var function = Function(linkage: linkage, isEntry: isEntry, name: "")
    try parseDirectives(&function)
    if isAt(Byte.openParenthesis) { function.results = try parseParameters() }
    function.name = try expectName("the name of a function")
    if isAt(Byte.openParenthesis) { function.parameters = try parseParameters() }
    try parseDirectives(&function)
    if accept(Byte.semicolon) { return function }
    let opening = token
    try expect(Byte.openBrace)
    var body = try makeBody(function, at: opening)
    while !body.scopes.isEmpty { try parseStatement(&body, opening) }
    depth = 0
    function.registers = body.registers
    function.variables = body.variables
    function.labelLists = body.labelLists
    function.blocks = body.blocks
    function.map = try parseMap(in: opening.start..<tokens[position - 1].end)
    return function
  }

  /// Returns a body that declares the names of the parameters.
  private func makeBody(_ function: Function, at place: Token) throws(SyntaxError) -> Body {
    var body = Body()
    for parameter in function.results + function.parameters {
      if parameter.isRegister {
        guard body.declareRegister(parameter.name, parameter.type) else {
          throw error("the parameter '\(parameter.name)' is declared twice", at: place)
        }
      } else {
        guard body.isFree(parameter.name) else {
          throw error("the parameter '\(parameter.name)' is declared twice", at: place)
        }
        _ = body.claim(parameter.name)
        body.scopes[0].variables[parameter.name] = parameter.name
      }
    }
    return body
  }

  /// Parses the directives around a function's name.
  private mutating func parseDirectives(_ function: inout Function) throws(SyntaxError) {
    while token.kind == .word {
      let start = token
      let name = word(of: token)
      advance()
      switch name {
      case "pragma":
        for text in try parsePragma() {
          function.directives.append(FunctionDirective("pragma", text: text))
        }
      case "attribute":
        for text in try parseAttributeList() {
          function.directives.append(FunctionDirective("attribute", text: text))
        }
      case _ where Parser.functionDirectives.contains(name):
        function.directives.append(FunctionDirective(name, try parseDirectiveValues()))
      default:
        throw error("unknown directive '.\(name)'", at: start)
      }
    }
  }

  /// The directives of a function that have only numbers as arguments, if any.
  ///
  /// - SeeAlso: PTX ISA, "Performance-Tuning Directives", "Cluster Dimension Directives".
  private static let functionDirectives: Set<String> = [
    "maxntid", "reqntid", "minnctapersm", "maxnctapersm", "maxnreg", "noreturn",
    "reqnctapercluster", "explicitcluster", "maxclusterrank", "blocksareclusters",
    "abi_preserve", "abi_preserve_control",
  ]

  /// Parses the numbers of a directive.
  private mutating func parseDirectiveValues() throws(SyntaxError) -> [Int] {
    var values: [Int] = []
    guard isAtConstant else { return values }
    repeat {
      values.append(try expectInteger("the number", in: 0...Int(Int32.max)))
    } while accept(Byte.comma)
    return values
  }
}

// MARK: - Statements

extension Parser {
  /// Parses statements to the end of the text.
  mutating func parseStatements(
    _ registers: [RegisterDeclaration]
  ) throws(SyntaxError) -> Body {
    var body = Body()
    for register in registers {
      guard body.declareRegister(register.name, register.type) else {
        throw error("the register '\(register.name)' is declared twice", at: token)
      }
    }
    let opening = token
    while token.kind != .end || body.scopes.count > 1 {
      try parseStatement(&body, opening)
      guard !body.scopes.isEmpty else { throw unexpected("no further closing brace") }
    }
    body.closeScope()
    return body
  }

  /// Parses one statement of a body.
  private mutating func parseStatement(
    _ body: inout Body, _ opening: Token
  ) throws(SyntaxError) {
    switch (token.kind, token.mark) {
    case (.identifier, _):
      if following.mark == Byte.colon {
        try parseLabel(&body)
      } else {
        try parseInstruction(&body)
      }
    case (_, Byte.at):
      try parseInstruction(&body)
    case (.word, _):
      try parseBodyDirective(&body)
    case (_, Byte.openBrace):
      try enter()
      advance()
      body.scopes.append(Body.Scope())
    case (_, Byte.closeBrace):
      advance()
      depth = max(depth - 1, 0)
      body.closeScope()
    case (_, Byte.semicolon):
      advance()
    case (.end, _):
      throw error("the body that begins here has no closing brace", at: opening)
    default:
      throw unexpected("an instruction, a label or a directive")
    }
  }

  /// Parses a label, or the directive that has the label.
  private mutating func parseLabel(_ body: inout Body) throws(SyntaxError) {
    let start = token
    let name = text(of: token)
    advance()
    advance()
    let isList =
      isAtWord("branchtargets") || isAtWord("calltargets") || isAtWord("callprototype")
    if isList {
      try parseLabelList(name, start, &body)
    } else if !body.declareLabel(name) {
      throw error("the label '\(name)' is declared twice", at: start)
    }
  }

  /// Parses `.branchtargets`, `.calltargets` or `.callprototype`.
  private mutating func parseLabelList(
    _ name: String, _ start: Token, _ body: inout Body
  ) throws(SyntaxError) {
    guard let unique = body.claimLabel(name) else {
      throw error("the label '\(name)' is declared twice", at: start)
    }
    let directive = word(of: token)
    advance()
    var targets: [String] = []
    if directive == "callprototype" {
      targets.append(try parsePrototype())
    } else {
      repeat {
        let target = try expectName("a label")
        if directive == "branchtargets" {
          let site = Body.Reference.Site.list(body.labelLists.count, entry: targets.count)
          body.scopes[body.scopes.count - 1].references.append(
            Body.Reference(label: target, site: site))
        }
        targets.append(target)
      } while accept(Byte.comma)
      try expect(Byte.semicolon)
    }
    body.labelLists.append(
      Function.LabelList(label: unique, directive: directive, targets: targets))
  }

  /// Parses a prototype up to its semicolon, and returns it with single spaces.
  private mutating func parsePrototype() throws(SyntaxError) -> String {
    var result = ""
    while !accept(Byte.semicolon) {
      guard token.kind != .end, !isAt(Byte.closeBrace) else { throw unexpected("';'") }
      let piece = text(of: token)
      let isTight =
        isAt(Byte.comma) || isAt(Byte.closeParenthesis) || isAt(Byte.openBracket)
        || isAt(Byte.closeBracket) || result.isEmpty || result.utf8.last == Byte.openParenthesis
        || result.utf8.last == Byte.openBracket
      result += isTight ? piece : " " + piece
      advance()
    }
    return result
  }

  /// Parses a directive in a body.
  private mutating func parseBodyDirective(_ body: inout Body) throws(SyntaxError) {
    switch word(of: token) {
    case "reg":
      advance()
      try parseRegisters(&body)
    case "loc":
      body.place = try parsePlaceDirective(known: body.places)
      if let place = body.place { body.places[PlaceKey(place)] = place }
    case "pragma":
      advance()
      for text in try parsePragma() { body.append(pragma: text) }
    case "file": try skipFile()
    case "section": try skipSection()
    default:
      let start = token
      let linkage = parseLinkage()
      guard token.kind == .word, let space = Parser.spaces[word(of: token)] else {
        throw error("unknown directive '\(text(of: start))'", at: start)
      }
      advance()
      for variable in try parseVariables(linkage, space) where !body.declare(variable) {
        throw error("the variable '\(variable.name)' is declared twice", at: start)
      }
    }
  }

  /// Parses the registers that `.reg` declares.
  ///
  /// - SeeAlso: PTX ISA, "Parameterized Variable Names".
  private mutating func parseRegisters(_ body: inout Body) throws(SyntaxError) {
    let attributes = try parseAttributes()
    guard let type = attributes.type else { throw unexpected("the type of a register") }
    repeat {
      let start = token
      let name = try expectName("the name of a register")
      var isNew: Bool
      if accept(Byte.less) {
        let limit = (Parser.registerLimit - body.registers.count) / attributes.vectorCount
        let number = token
        guard let value = try parseNumber().integer, value >= 0, value <= limit else {
          throw error(
            "the number of registers must be from 0 to \(limit)", at: number)
        }
        let count = Int(value)
        try expect(Byte.greater)
        isNew =
          attributes.vectorCount > 1
          ? body.declareVectors(name, number: count, count: attributes.vectorCount, type)
          : body.declareGroup(name, count: count, type)
      } else if attributes.vectorCount > 1 {
        isNew = body.declareVector(name, count: attributes.vectorCount, type)
      } else {
        isNew = body.declareRegister(name, type)
      }
      guard isNew else { throw error("the register '\(name)' is declared twice", at: start) }
    } while accept(Byte.comma)
    try expect(Byte.semicolon)
  }

  /// Parses `.loc file line column`, and `inlined_at` if it follows.
  ///
  /// - Parameter known: The earlier places, by file and line.
  /// - Returns: The place, or `nil` for line 0.
  /// - Throws: `SyntaxError` if the text is not a place.
  /// - SeeAlso: PTX ISA, ".loc".
  mutating func parsePlaceDirective(
    known: [PlaceKey: SourcePlace]
  ) throws(SyntaxError) -> SourcePlace? {
    advance()
    var place = try parsePlace()
    while accept(Byte.comma) {
      switch try expectName("function_name or inlined_at") {
      case "function_name":
        _ = try expectName("the label of a function's name")
        _ = try parseOffset()
      case "inlined_at":
        if let caller = try parsePlace() {
          let whole = known[PlaceKey(caller)] ?? caller
          place = place.map { SourcePlace(file: $0.file, line: $0.line, calledFrom: whole) }
        }
      default:
        position -= 1
        throw unexpected("function_name or inlined_at")
      }
    }
    return place
  }

  /// Parses the file, line and column; line 0 is not a place.
  private mutating func parsePlace() throws(SyntaxError) -> SourcePlace? {
    let start = token
    let bounds = 0...Int(Int32.max)
    let number = try parsePlaceNumber("the number of a file", in: bounds)
    let line = try parsePlaceNumber("the line", in: bounds)
    _ = try parsePlaceNumber("the column", in: bounds)
    guard line > 0 else { return nil }
    guard let file = files[number] else {
      throw error("there is no .file \(number)", at: start)
    }
    return SourcePlace(file: file, line: line)
  }

  /// Parses one number of a place; the numbers have no separators, so they are not expressions.
  private mutating func parsePlaceNumber(
    _ what: String, in bounds: ClosedRange<Int>
  ) throws(SyntaxError) -> Int {
    let start = token
    guard let value = try parseNumber().integer, bounds.contains(Int(value)) else {
      throw error("\(what) is out of range", at: start)
    }
    return Int(value)
  }
}

/// The file and line of a place, which `inlined_at` refers to.
struct PlaceKey: Hashable {
  /// The file.
  var file: String

  /// The line.
  var line: Int

  /// Creates the key of a place.
  init(_ place: SourcePlace) {
    file = place.file
    line = place.line
  }
}
