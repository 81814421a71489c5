// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// MARK: - Outside functions

extension Parser {
  /// Parses the whole text.
  ///
  /// - SeeAlso: PTX ISA, "PTX Module Directives".
  mutating func parseModule() throws(SyntaxError) -> Module {
    try collectFiles()
    var header = Header()
    var module = Module(version: PTXVersion(0, 0), target: TargetArchitecture(0))
    while token.kind != .end { try parseDeclaration(&module, &header) }
    guard let version = header.version else { throw unexpected("the directive .version") }
    guard let target = header.target else { throw unexpected("the directive .target") }
    module.version = version
    module.target = target
    return module
  }

  /// The first directives of the text.
  struct Header {
    /// The version in `.version`.
    var version: PTXVersion?

    /// The architecture in `.target`.
    var target: TargetArchitecture?
  }

  /// Finds the names of source files, which some compilers write at the end.
  private mutating func collectFiles() throws(SyntaxError) {
    for index in tokens.indices where tokens[index].kind == .word {
      guard bytes[tokens[index].start + 1] == UInt8(ascii: "f"),
        word(of: tokens[index]) == "file"
      else { continue }
      position = index + 1
      guard token.kind == .number, following.kind == .string else { continue }
      let number = try expectInteger("the number of a file", in: 0...Int(Int32.max))
      files[number] = try expectString()
    }
    position = 0
  }

  /// Parses one directive, variable or function.
  private mutating func parseDeclaration(
    _ module: inout Module, _ header: inout Header
  ) throws(SyntaxError) {
    if accept(Byte.semicolon) { return }
    guard token.kind == .word else { throw unexpected("a directive, a variable or a function") }
    switch word(of: token) {
    case "version": header.version = try parseVersion()
    case "target": header.target = try parseTarget(&module)
    case "address_size":
      advance()
      module.addressSize = try expectInteger("the size of addresses", in: 32...64)
    case "file": try skipFile()
    case "loc":
      _ = try parsePlaceDirective(known: [:])
    case "section": try skipSection()
    case "pragma":
      advance()
      for text in try parsePragma() {
        module.directives.append(FunctionDirective("pragma", text: text))
      }
    case "alias": module.aliases.append(try parseAlias())
    default: try parseVariableOrFunction(&module)
    }
  }

  /// Parses `.version 8.0`.
  private mutating func parseVersion() throws(SyntaxError) -> PTXVersion {
    advance()
    let parts = text(of: token).split(separator: ".")
    guard token.kind == .number, parts.count == 2, let major = Int(parts[0]),
      let minor = Int(parts[1])
    else { throw unexpected("a version, such as 8.0") }
    advance()
    return PTXVersion(major, minor)
  }

  /// Parses `.target sm_90a, debug`.
  private mutating func parseTarget(
    _ module: inout Module
  ) throws(SyntaxError) -> TargetArchitecture? {
    advance()
    var target: TargetArchitecture?
    repeat {
      let start = token
      let name = try expectName("an architecture, such as sm_90a")
      if let architecture = TargetArchitecture(name) {
        if target != nil { throw error("the text has a second architecture", at: start) }
        target = architecture
      } else if name != "debug" {
        // With `debug`, ptxas requires the sections with debugging data, which are dropped.
        module.targetOptions.append(name)
      }
    } while accept(Byte.comma)
    return target
  }

  /// Skips `.file 1 "name", time, size`; the names are already known.
  mutating func skipFile() throws(SyntaxError) {
    advance()
    _ = try expectInteger("the number of a file", in: 0...Int(Int32.max))
    _ = try expectString()
    while accept(Byte.comma) { _ = try parseInteger() }
  }

  /// Skips a section with debugging data.
  mutating func skipSection() throws(SyntaxError) {
    advance()
    advance()
    let opening = token
    try expect(Byte.openBrace)
    var depth = 1
    while depth > 0 {
      if token.kind == .end { throw error("the section has no closing brace", at: opening) }
      if isAt(Byte.openBrace) { depth += 1 }
      if isAt(Byte.closeBrace) { depth -= 1 }
      advance()
    }
  }

  /// Parses the strings of a `.pragma` and the semicolon after them.
  mutating func parsePragma() throws(SyntaxError) -> [String] {
    var texts: [String] = []
    repeat { texts.append(try expectString()) } while accept(Byte.comma)
    try expect(Byte.semicolon)
    return texts
  }

  /// Parses `.alias name, function;`.
  private mutating func parseAlias() throws(SyntaxError) -> Module.Alias {
    advance()
    let name = try expectName("the name of an alias")
    try expect(Byte.comma)
    let function = try expectName("the name of a function")
    try expect(Byte.semicolon)
    return Module.Alias(name: name, function: function)
  }

  /// Parses a variable or function with the directives before it.
  private mutating func parseVariableOrFunction(_ module: inout Module) throws(SyntaxError) {
    let linkage = parseLinkage()
    switch token.kind == .word ? word(of: token) : "" {
    case "entry":
      advance()
      module.functions.append(try parseFunction(linkage, isEntry: true))
    case "func":
      advance()
      module.functions.append(try parseFunction(linkage, isEntry: false))
    case let name:
      guard let space = Parser.spaces[name] else {
        throw unexpected("a directive, a variable or a function")
      }
      advance()
      for variable in try parseVariables(linkage, space) { module.variables.append(variable) }
    }
  }

  /// Parses the linkage of a name.
  mutating func parseLinkage() -> Linkage? {
    guard token.kind == .word, let linkage = Linkage(rawValue: word(of: token)) else { return nil }
    advance()
    return linkage
  }

  /// The state spaces in which variables are declared.
  static let spaces: [String: StateSpace] = [
    "global": .global, "shared": .shared, "local": .local, "const": .constant,
    "param": .parameter,
  ]
}
