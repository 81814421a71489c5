// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Splits the bytes of a text into tokens.
///
/// - SeeAlso: PTX ISA, "Syntax".
struct Lexer {
  /// The text.
  private let bytes: [UInt8]

  /// The offset of the next byte.
  private var position = 0

  /// The tokens so far.
  private(set) var tokens: [Token] = []

  /// The comments that start with `//@`, which contain the kernel map.
  private(set) var mapLines: [Range<Int>] = []

  /// Creates a lexer of a text, which ends at the first byte of value 0 if it has one.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes.firstIndex(of: 0).map { Array(bytes[..<$0]) } ?? bytes
    tokens.reserveCapacity(bytes.count / 4)
  }

  /// Reads the whole text, and appends a token for its end.
  mutating func run() throws(SyntaxError) {
    while position < bytes.count { try scan() }
    append(.end, from: bytes.count)
  }

  /// Returns the byte at a distance from the next one, or 0 after the end.
  private func peek(_ distance: Int = 0) -> UInt8 {
    position + distance < bytes.count ? bytes[position + distance] : 0
  }

  /// Reads the next token, or skips text that is not a token.
  private mutating func scan() throws(SyntaxError) {
    let byte = bytes[position]
    let start = position
    if Byte.isSpace(byte) {
      position += 1
    } else if Byte.isLetter(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") {
      skipName()
      append(.identifier, from: start)
    } else if byte == Byte.percent, Byte.isNamePart(peek(1)) {
      position += 1
      skipName()
      append(.identifier, from: start)
    } else if byte == Byte.dot, Byte.isNamePart(peek(1)) {
      scanWord()
    } else if Byte.isDigit(byte) {
      scanNumber()
    } else {
      try scanOther()
    }
  }

  /// Reads a comment, a string, a line to skip, or punctuation.
  private mutating func scanOther() throws(SyntaxError) {
    let byte = bytes[position]
    let start = position
    switch (byte, peek(1)) {
    case (Byte.slash, Byte.slash):
      skipLine()
      if bytes[start..<position].starts(with: [Byte.slash, Byte.slash, Byte.at]) {
        mapLines.append(start + 3..<position)
      }
    case (Byte.slash, Byte.star):
      try skipComment()
    case (Byte.hash, _), (Byte.at, Byte.at):
      // A preprocessor line, or `@@DWARF`, with which old versions carried debug sections.
      skipLine()
    case (Byte.quote, _):
      try scanString()
    default:
      guard byte > 0x20, byte < 0x7F else {
        throw SyntaxError(
          "the byte \(byte) is not valid in PTX, which is ASCII text", at: position, of: bytes)
      }
      position += 1
      append(.punctuation, from: start, mark: byte)
    }
  }

  /// Skips a name.
  private mutating func skipName() {
    while position < bytes.count, Byte.isNamePart(bytes[position]) { position += 1 }
  }

  /// Skips the rest of the line.
  private mutating func skipLine() {
    while position < bytes.count, bytes[position] != Byte.lineFeed { position += 1 }
  }

  /// Skips a comment that ends in `*/`.
  private mutating func skipComment() throws(SyntaxError) {
    let start = position
    position += 2
    while !(peek() == Byte.star && peek(1) == Byte.slash) {
      guard position < bytes.count else {
        throw SyntaxError("the comment has no end", at: start, of: bytes)
      }
      position += 1
    }
    position += 2
  }

  /// Reads a word after a dot; a double colon is part of it.
  private mutating func scanWord() {
    let start = position
    position += 1
    skipName()
    while peek() == Byte.colon, peek(1) == Byte.colon, Byte.isNamePart(peek(2)) {
      position += 2
      skipName()
    }
    append(.word, from: start)
  }

  /// Reads a number, whose value is determined on demand.
  private mutating func scanNumber() {
    let start = position
    let isRadix = peek() == Byte.zero && Byte.isLetter(peek(1)) && peek(1) | 0x20 != 0x65
    skipName()
    if !isRadix {
      if peek() == Byte.dot, Byte.isDigit(peek(1)) || !Byte.isNamePart(peek(1)) {
        position += 1
        skipName()
      }
      let hasExponent = position > start && bytes[position - 1] | 0x20 == 0x65
      if hasExponent, peek() == Byte.plus || peek() == Byte.minus {
        position += 1
        skipName()
      }
    }
    append(.number, from: start)
  }

  /// Reads a string; as in ptxas, it cannot contain quotation marks.
  private mutating func scanString() throws(SyntaxError) {
    let start = position
    position += 1
    while peek() != Byte.quote {
      guard position < bytes.count, peek() != Byte.lineFeed else {
        throw SyntaxError("the text has no closing quotation mark", at: start, of: bytes)
      }
      position += 1
    }
    position += 1
    append(.string, from: start)
  }

  /// Appends the bytes from `start` to the current position as a token.
  private mutating func append(_ kind: Token.Kind, from start: Int, mark: UInt8 = 0) {
    tokens.append(Token(kind: kind, mark: mark, start: start, end: position))
  }
}
