// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// Returns the module that a text contains.
///
/// The parser accepts all of PTX's syntax: the output of compilers as well as of
/// `Module.ptx(form:)`. Scopes are flattened, so that registers, variables and labels of inner
/// scopes are renamed if their names are in use. Comments, columns and sections with debugging data
/// are dropped, and with them the `debug` option of `.target`.
///
/// - Parameters:
///   - text: A PTX module, from `.version` on.
///   - fileName: The name of the text. If it is given, instructions without a `.loc` have their own
///     line of the text as their place; otherwise they have none.
/// - Returns: The module; for a parsed `module`, `parse(module.ptx())` is equal to it.
/// - Throws: `SyntaxError` if the text is not PTX, or has an unknown instruction.
/// - SeeAlso: PTX ISA, "Syntax" and "Directives".
public func parse(_ text: String, fileName: String? = nil) throws(SyntaxError) -> Module {
  var parser = try Parser(Array(text.utf8))
  parser.fileName = fileName
  return try parser.parseModule()
}

/// Statements for insertion into a function.
public struct Fragment: Hashable, Sendable {
  /// The given registers, followed by those that the text declares.
  public var registers: [RegisterDeclaration]

  /// The variables that the text declares.
  public var variables: [MemoryVariable]

  /// The label lists that the text declares.
  public var labelLists: [Function.LabelList]

  /// The instructions; the first block continues the preceding one.
  public var blocks: [Block]
}

/// Parses statements for insertion into a function.
///
/// - Parameters:
///   - text: Instructions, labels and declarations.
///   - registers: The registers of the function, which the text refers to by name.
/// - Returns: The statements, in which registers have their indices in `registers`.
/// - Throws: `SyntaxError` if the text is not PTX, or has an unknown instruction.
public func parseFragment(
  _ text: String, registers: [RegisterDeclaration]
) throws(SyntaxError) -> Fragment {
  var parser = try Parser(Array(text.utf8))
  let body = try parser.parseStatements(registers)
  return Fragment(
    registers: body.registers, variables: body.variables, labelLists: body.labelLists,
    blocks: body.blocks)
}

/// Parses a module from the tokens of a text.
struct Parser {
  /// The text.
  let bytes: [UInt8]

  /// Its tokens, followed by one for the end.
  let tokens: [Token]

  /// The comments that start with `//@`.
  let mapLines: [Range<Int>]

  /// The index of the next token.
  var position = 0

  /// The mnemonics so far, so that each is looked up once.
  var mnemonics: [String: Mnemonic] = [:]

  /// The names of the source files by their numbers.
  var files: [Int: String] = [:]

  /// The name of the text, if instructions have their own lines as places.
  var fileName: String?

  /// The last offset whose line was determined, and its line.
  private var lineCursor = (offset: 0, line: 1)

  /// The nesting depth of the next token.
  var depth = 0

  /// The maximum nesting depth of scopes and expressions.
  static let depthLimit = 100

  /// The maximum number of registers of a function.
  static let registerLimit = 1 << 18

  /// The maximum number of elements of an initial value.
  static let initializerLimit = 1 << 22

  /// Creates a parser of a text.
  init(_ bytes: [UInt8]) throws(SyntaxError) {
    var lexer = Lexer(bytes)
    try lexer.run()
    self.bytes = bytes
    tokens = lexer.tokens
    mapLines = lexer.mapLines
  }
}

// MARK: - Reading tokens

extension Parser {
  /// The next token.
  var token: Token { tokens[position] }

  /// The token after the next one, or the end.
  var following: Token { tokens[min(position + 1, tokens.count - 1)] }

  /// Advances to the next token, unless the end is reached.
  mutating func advance() {
    if position < tokens.count - 1 { position += 1 }
  }

  /// Returns the text of a token.
  func text(of token: Token) -> String {
    String(decoding: bytes[token.start..<token.end], as: UTF8.self)
  }

  /// Returns the word after the dot of a token.
  func word(of token: Token) -> String {
    String(decoding: bytes[token.start + 1..<token.end], as: UTF8.self)
  }

  /// Returns whether the next token is the given punctuation.
  func isAt(_ mark: UInt8) -> Bool { token.mark == mark }

  /// Returns whether the next token is a dot followed by the given word.
  func isAtWord(_ name: String) -> Bool { token.kind == .word && word(of: token) == name }

  /// Consumes the next token if it is the given punctuation.
  mutating func accept(_ mark: UInt8) -> Bool {
    guard isAt(mark) else { return false }
    advance()
    return true
  }

  /// Consumes the next token if it is a dot followed by the given word.
  mutating func acceptWord(_ name: String) -> Bool {
    guard isAtWord(name) else { return false }
    advance()
    return true
  }

  /// Consumes the given punctuation, or throws.
  mutating func expect(_ mark: UInt8) throws(SyntaxError) {
    guard accept(mark) else {
      throw unexpected("'\(String(decoding: [mark], as: UTF8.self))'")
    }
  }

  /// Consumes a name, or throws.
  mutating func expectName(_ what: String) throws(SyntaxError) -> String {
    guard token.kind == .identifier else { throw unexpected(what) }
    let name = text(of: token)
    advance()
    return name
  }

  /// Consumes a string, and returns the text between the quotation marks.
  mutating func expectString() throws(SyntaxError) -> String {
    guard token.kind == .string else { throw unexpected("a quoted string") }
    let content = String(decoding: bytes[token.start + 1..<token.end - 1], as: UTF8.self)
    advance()
    return content
  }

  /// Consumes an integer, or an expression with an integer value, in a range.
  mutating func expectInteger(
    _ what: String, in bounds: ClosedRange<Int>
  ) throws(SyntaxError) -> Int {
    let start = token
    let value = try parseInteger()
    guard bounds.contains(Int(value)) else {
      throw error(
        "\(what) is \(value), but must be from \(bounds.lowerBound) to \(bounds.upperBound)",
        at: start)
    }
    return Int(value)
  }

  /// Returns the line of a token as a place, if such places are requested.
  ///
  /// - Precondition: Tokens are passed in order.
  mutating func ownPlace(of token: Token) -> SourcePlace? {
    guard let fileName else { return nil }
    for index in lineCursor.offset..<max(token.start, lineCursor.offset)
    where bytes[index] == Byte.lineFeed {
      lineCursor.line += 1
    }
    lineCursor.offset = max(token.start, lineCursor.offset)
    return SourcePlace(file: fileName, line: lineCursor.line)
  }

  /// Returns the error that something else was expected here.
  func unexpected(_ expected: String) -> SyntaxError {
    let found = token.kind == .end ? "the end of the text" : "'\(text(of: token))'"
    return error("expected \(expected), found \(found)", at: token)
  }

  /// Returns an error at a token.
  func error(_ message: String, at token: Token) -> SyntaxError {
    SyntaxError(message, at: token.start, of: bytes)
  }
}
