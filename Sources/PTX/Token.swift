/// A lexical element of PTX: a range of the text's bytes.
struct Token {
  /// What a range of bytes is.
  enum Kind: UInt8 {
    /// A name: `mov`, `%r1`, `$L_loop`, `_`.
    case identifier

    /// A word behind a dot: `.shared::cta`.
    case word

    /// A number, whole or not.
    case number

    /// A text in quotation marks.
    case string

    /// One character that is none of the above.
    case punctuation

    /// The end of the text.
    case end
  }

  /// What the bytes are.
  var kind: Kind

  /// The byte, for punctuation; 0 for the rest.
  var mark: UInt8

  /// The place of the first byte.
  var start: Int

  /// The place behind the last byte.
  var end: Int
}

/// The bytes that the lexer asks for by name.
enum Byte {
  static let lineFeed = UInt8(ascii: "\n")
  static let dot = UInt8(ascii: ".")
  static let comma = UInt8(ascii: ",")
  static let semicolon = UInt8(ascii: ";")
  static let colon = UInt8(ascii: ":")
  static let openBrace = UInt8(ascii: "{")
  static let closeBrace = UInt8(ascii: "}")
  static let openBracket = UInt8(ascii: "[")
  static let closeBracket = UInt8(ascii: "]")
  static let openParenthesis = UInt8(ascii: "(")
  static let closeParenthesis = UInt8(ascii: ")")
  static let less = UInt8(ascii: "<")
  static let greater = UInt8(ascii: ">")
  static let at = UInt8(ascii: "@")
  static let bang = UInt8(ascii: "!")
  static let bar = UInt8(ascii: "|")
  static let plus = UInt8(ascii: "+")
  static let minus = UInt8(ascii: "-")
  static let equals = UInt8(ascii: "=")
  static let quote = UInt8(ascii: "\"")
  static let slash = UInt8(ascii: "/")
  static let star = UInt8(ascii: "*")
  static let percent = UInt8(ascii: "%")
  static let hash = UInt8(ascii: "#")
  static let zero = UInt8(ascii: "0")

  /// Whether a byte is a decimal digit.
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// Whether a byte is a letter.
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  /// Whether a byte may stand inside a name.
  static func isNamePart(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
  }

  /// Whether a byte is one of those that separate lexical elements.
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
