// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An error in a JSON text, or a duplicate key, with its line and column.
struct JSONError: Error, Equatable {
  /// The mistake.
  enum Problem: Equatable {
    /// Something else should stand there.
    case expected(String)
    /// A text does not end.
    case openText
    /// A control character stands in a text without an escape.
    case controlCharacter
    /// A number is larger than any float.
    case largeNumber
    /// An object has a key a second time.
    case duplicateKey(String)
    /// Lists and objects lie too deep within one another.
    case depth(limit: Int)
  }

  /// The line, from 1.
  var line: Int
  /// The column, in characters from 1.
  var column: Int
  /// The mistake.
  var problem: Problem
}

extension JSONError: CustomStringConvertible {
  /// The end of a sentence, without its stop.
  var description: String {
    let reason =
      switch problem {
      case .expected(let what): "\(what) is expected"
      case .openText: "a string has no closing quote"
      case .controlCharacter: "a string has a control character that is not escaped"
      case .largeNumber: "the number is too large"
      case .duplicateKey(let key): "the key '\(key)' appears a second time"
      case .depth(let limit): "lists and objects are nested more than \(limit) levels deep"
      }
    return "line \(line), column \(column): \(reason)"
  }
}

/// Reads JSON texts.
///
/// Unlike the system's parsers it says where a text is wrong, and refuses an object that has a key
/// twice.
///
/// - SeeAlso: RFC 8259.
struct JSONParser {
  /// The maximum nesting depth of lists and objects.
  private static let depthLimit = 200

  /// The text, in UTF-8.
  private let bytes: [UInt8]

  /// The place of the next byte.
  private var index = 0

  /// The lists and objects around it.
  private var depth = 0

  /// Creates a parser of a text.
  private init(_ text: String) { bytes = Array(text.utf8) }

  /// Reads the value that a text is.
  static func value(of text: String) throws(JSONError) -> JSONValue {
    var parser = JSONParser(text)
    // A byte order mark says nothing of UTF-8.
    if parser.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
    let value = try parser.value()
    parser.skipSpace()
    guard parser.next == nil else { throw parser.error(.expected("the end of the file")) }
    return value
  }

  /// The next byte; nil at the end.
  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  /// Returns the error that something is wrong at a place, by default the next byte's.
  private func error(_ problem: JSONError.Problem, at place: Int? = nil) -> JSONError {
    let before = bytes[..<(place ?? index)]
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    return JSONError(
      line: line, column: String(decoding: before[start...], as: UTF8.self).count + 1,
      problem: problem)
  }

  /// Passes over what may stand between values.
  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
  }

  /// Passes over a character, if it comes next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }
}

// MARK: - Values

extension JSONParser {
  /// Reads a value, and the space before it.
  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.list() }
    case UInt8(ascii: "\""): return .text(try text())
    case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
    default: break
    }
    let words = [("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null)]
    for (word, value) in words where bytes[index...].starts(with: word.utf8) {
      index += word.utf8.count
      return value
    }
    throw error(.expected("a value"))
  }

  /// Reads a list or an object, whose first character comes next.
  private mutating func nested(
    _ read: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < Self.depthLimit else { throw error(.depth(limit: Self.depthLimit)) }
    depth += 1
    index += 1
    let value = try read(&self)
    depth -= 1
    return value
  }

  /// Reads the rest of an object.
  private mutating func object() throws(JSONError) -> JSONValue {
    var members: [String: JSONValue] = [:]
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      let place = index
      guard next == UInt8(ascii: "\"") else { throw error(.expected("a key in quotes")) }
      let key = try text()
      guard members[key] == nil else { throw error(.duplicateKey(key), at: place) }
      skipSpace()
      guard take(":") else { throw error(.expected("':'")) }
      members[key] = try value()
      skipSpace()
    } while take(",")
    guard take("}") else { throw error(.expected("',' or '}'")) }
    return .object(members)
  }

  /// Reads the rest of a list.
  private mutating func list() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if take("]") { return .list(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    guard take("]") else { throw error(.expected("',' or ']'")) }
    return .list(elements)
  }
}

// MARK: - Numbers

extension JSONParser {
  /// Reads a number.
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = index
    _ = take("-")
    if !take("0") { try digits() }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    if isInteger, word != "-0", let value = Int128(word) { return .integer(value) }
    guard let value = Double(word), value.isFinite else { throw error(.largeNumber, at: start) }
    // 1.0 and 1e3 are integers too; the sign of a zero would be lost.
    let isNegativeZero = value == 0 && value.sign == .minus
    let isWhole = value == value.rounded() && abs(value) < 0x1p63 && !isNegativeZero
    return isWhole ? .integer(Int128(value)) : .number(value)
  }

  /// Returns whether a byte is a digit.
  private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Passes over digits, one at least.
  private mutating func digits() throws(JSONError) {
    let start = index
    while let byte = next, isDigit(byte) { index += 1 }
    guard index > start else { throw error(.expected("a digit")) }
  }
}

// MARK: - Texts

extension JSONParser {
  /// Reads a text, whose quote comes next.
  private mutating func text() throws(JSONError) -> String {
    let start = index
    var characters: [UInt8] = []
    index += 1
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: characters, as: UTF8.self)
      case UInt8(ascii: "\\"): characters += String(try escape()).utf8
      case ..<0x20: throw error(.controlCharacter)
      default:
        characters.append(byte)
        index += 1
      }
    }
    throw error(.openText, at: start)
  }

  /// Reads an escape, whose backslash comes next.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = index
    index += 1
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
    ]
    guard let byte = next else { throw error(.openText, at: start) }
    index += 1
    if let scalar = simple[Unicode.Scalar(byte)] { return scalar }
    guard byte == UInt8(ascii: "u") else { throw error(.expected("an escape"), at: start) }
    let first = try unit(of: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    // Of two halves the first says the upper ten bits, and the second the lower.
    guard first < 0xDC00, take("\\"), take("u") else {
      throw error(.expected("an escape of a whole character"), at: start)
    }
    let second = try unit(of: start)
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error(.expected("an escape of a whole character"), at: start) }
    return scalar
  }

  /// Reads the four digits of an escape that begins at a place.
  private mutating func unit(of start: Int) throws(JSONError) -> UInt32 {
    let digits = bytes[index..<min(index + 4, bytes.count)]
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw error(.expected("an escape of four digits"), at: start) }
    index += 4
    return value
  }
}
