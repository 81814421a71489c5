import MachineIR

/// Returns the module that a text holds.
///
/// All of PTX's syntax is taken: what compilers write as well as what `Module.ptx(form:)` prints.
/// Scopes are flattened, so that registers, variables and labels of inner scopes are renamed where
/// their names are taken. Comments, columns, and sections of debugging data are dropped, and with
/// these the word `debug` of `.target`.
///
/// - Parameters:
///   - text: A PTX module, from `.version` on.
///   - fileName: What the text is called. Where it is given, instructions without a `.loc` have
///     their own line of the text as their place; otherwise they have none.
/// - Returns: The module; `parse(module.ptx())` equals a `module` that was parsed.
/// - Throws: `SyntaxError` where the text is not PTX, or has an instruction that is not known.
/// - SeeAlso: PTX ISA, "Syntax" and "Directives".
public func parse(_ text: String, fileName: String? = nil) throws(SyntaxError) -> Module {
  var parser = try Parser(Array(text.utf8))
  parser.fileName = fileName
  return try parser.parseModule()
}

/// What a text of statements holds that is to stand in a function.
public struct Fragment: Hashable, Sendable {
  /// The registers that were given, and behind them those that the text declares.
  public var registers: [RegisterDeclaration]

  /// The variables that the text declares.
  public var variables: [MemoryVariable]

  /// The lists of labels that the text declares.
  public var labelLists: [Function.LabelList]

  /// The instructions; the first block goes on with what stands before.
  public var blocks: [Block]
}

/// Returns the statements that a text holds, as they may stand in a function.
///
/// - Parameters:
///   - text: Instructions, labels and declarations.
///   - registers: The registers of the function, by whose names the text calls them.
/// - Returns: The statements, in which registers have their places in `registers`.
/// - Throws: `SyntaxError` where the text is not PTX, or has an instruction that is not known.
public func parseFragment(
  _ text: String, registers: [RegisterDeclaration]
) throws(SyntaxError) -> Fragment {
  var parser = try Parser(Array(text.utf8))
  let body = try parser.parseStatements(registers)
  return Fragment(
    registers: body.registers, variables: body.variables, labelLists: body.labelLists,
    blocks: body.blocks)
}

/// Reads a module from the lexical elements of a text.
struct Parser {
  /// The text.
  let bytes: [UInt8]

  /// Its lexical elements, with the end behind the last.
  let tokens: [Token]

  /// The comments that begin `//@`.
  let mapLines: [Range<Int>]

  /// The number of the next element.
  var position = 0

  /// The mnemonics met so far, so that each is looked up once.
  var mnemonics: [String: Mnemonic] = [:]

  /// The names of the source files by their numbers.
  var files: [Int: String] = [:]

  /// What the text is called, where instructions have their own lines as places.
  var fileName: String?

  /// The last place whose line was asked for, and its line.
  private var lineCursor = (offset: 0, line: 1)

  /// How deep the expressions around the next element are.
  var depth = 0

  /// How deep scopes and expressions may be.
  static let depthLimit = 100

  /// The most registers that a function may declare.
  static let registerLimit = 1 << 18

  /// The most elements that an initial value may have.
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

// MARK: - Looking at elements and taking them

extension Parser {
  /// The next element.
  var token: Token { tokens[position] }

  /// The element behind the next one, or the end.
  var following: Token { tokens[min(position + 1, tokens.count - 1)] }

  /// Goes on to the next element, unless the end is reached.
  mutating func advance() {
    if position < tokens.count - 1 { position += 1 }
  }

  /// The text of an element.
  func text(of token: Token) -> String {
    String(decoding: bytes[token.start..<token.end], as: UTF8.self)
  }

  /// The word behind the dot of an element.
  func word(of token: Token) -> String {
    String(decoding: bytes[token.start + 1..<token.end], as: UTF8.self)
  }

  /// Whether the next element is the given mark.
  func isAt(_ mark: UInt8) -> Bool { token.mark == mark }

  /// Whether the next element is the given word behind a dot.
  func isAtWord(_ name: String) -> Bool { token.kind == .word && word(of: token) == name }

  /// Takes the next element if it is the given mark.
  mutating func accept(_ mark: UInt8) -> Bool {
    guard isAt(mark) else { return false }
    advance()
    return true
  }

  /// Takes the next element if it is the given word behind a dot.
  mutating func acceptWord(_ name: String) -> Bool {
    guard isAtWord(name) else { return false }
    advance()
    return true
  }

  /// Takes the given mark.
  mutating func expect(_ mark: UInt8) throws(SyntaxError) {
    guard accept(mark) else {
      throw unexpected("'\(String(decoding: [mark], as: UTF8.self))'")
    }
  }

  /// Takes a name.
  mutating func expectName(_ what: String) throws(SyntaxError) -> String {
    guard token.kind == .identifier else { throw unexpected(what) }
    let name = text(of: token)
    advance()
    return name
  }

  /// Takes a text in quotation marks and returns what is between them.
  mutating func expectString() throws(SyntaxError) -> String {
    guard token.kind == .string else { throw unexpected("a text in quotation marks") }
    let content = String(decoding: bytes[token.start + 1..<token.end - 1], as: UTF8.self)
    advance()
    return content
  }

  /// Takes an integer, or an expression with such a value, that is within bounds.
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

  /// Returns the line of the text that an element stands in, as a place, where those are wanted.
  ///
  /// - Precondition: No later element was asked for.
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

  /// Returns an error at an element.
  func error(_ message: String, at token: Token) -> SyntaxError {
    SyntaxError(message, at: token.start, of: bytes)
  }
}
