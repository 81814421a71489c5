// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A token of PTX: a range of the text's bytes.
struct Token {
  /// The kind of a token.
  enum Kind: UInt8 {
    /// A name: `mov`, `%r1`, `$L_loop`, `_`.
    case identifier

    /// A word after a dot: `.shared::cta`.
    case word

    /// A number, integer or floating-point.
    case number

    /// A string in quotation marks.
    case string

    /// One character of any other kind.
    case punctuation

    /// The end of the text.
    case end
  }

  /// The kind.
  var kind: Kind

  /// The byte, for punctuation; 0 otherwise.
  var mark: UInt8

  /// The offset of the first byte.
  var start: Int

  /// The offset after the last byte.
  var end: Int
}

/// Named bytes for the lexer.
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

  /// Returns whether a byte is a decimal digit.
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// Returns whether a byte is a letter.
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  /// Returns whether a byte may be part of a name.
  static func isNamePart(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
  }

  /// Returns whether a byte separates tokens.
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
