// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension IntTuple {
  /// Creates a tuple from CuTe's notation, such as `(8,(2,4))`.
  ///
  /// - Parameter text: The notation; spaces do not matter.
  /// - Throws: `LayoutError.malformedNotation` if the text is not a tuple.
  public init(parsing text: String) throws(LayoutError) {
    var parser = LayoutNotationParser(text)
    self = try parser.parseTuple()
    try parser.expectEnd()
  }
}

extension Layout {
  /// Creates a layout from CuTe's notation, such as `((8,8),(2,4)):((16,128),(1,1024))`.
  ///
  /// - Parameter text: The notation; spaces do not matter.
  /// - Throws: `LayoutError` if the text is not a layout, or shape and stride do not make one.
  public init(parsing text: String) throws(LayoutError) {
    var parser = LayoutNotationParser(text)
    let shape = try parser.parseTuple()
    try parser.expect(":")
    let stride = try parser.parseTuple()
    try parser.expectEnd()
    guard shape.isCongruent(with: stride) else {
      throw .notCongruent(shape: shape, stride: stride)
    }
    guard Layout.isInRange(shape: shape, stride: stride) else {
      throw .extentOutOfRange(shape: shape, stride: stride)
    }
    self.init(shape, stride: stride)
  }
}

/// Reads CuTe's notation of tuples from left to right.
private struct LayoutNotationParser {
  /// The whole text, for errors.
  let text: String

  /// The bytes of the text.
  let bytes: [UInt8]

  /// The number of bytes read.
  var position = 0

  /// Creates a parser at the beginning of a text.
  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// The error for malformed text at the current position.
  var malformed: LayoutError { .malformedNotation(text: text, byteOffset: position) }

  /// Reads a tuple.
  mutating func parseTuple() throws(LayoutError) -> IntTuple {
    guard skip("(") else { return .leaf(try parseInteger()) }
    var modes = [try parseTuple()]
    while skip(",") {
      modes.append(try parseTuple())
    }
    try expect(")")
    return .nested(modes)
  }

  /// Reads an integer, which may begin with a minus.
  private mutating func parseInteger() throws(LayoutError) -> Int {
    skipSpaces()
    let end = bytes[position...].firstIndex { !isDigitOrMinus($0) } ?? bytes.endIndex
    guard let value = Int(String(decoding: bytes[position..<end], as: UTF8.self)) else {
      throw malformed
    }
    position = end
    return value
  }

  /// Returns whether a byte may be part of an integer.
  private func isDigitOrMinus(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
  }

  /// Reads the given character if it is next, and returns whether it was.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Reads the given character, which must be next.
  mutating func expect(_ character: Unicode.Scalar) throws(LayoutError) {
    guard skip(character) else { throw malformed }
  }

  /// Checks that only spaces are left.
  mutating func expectEnd() throws(LayoutError) {
    skipSpaces()
    guard position == bytes.count else { throw malformed }
  }

  /// Reads spaces.
  private mutating func skipSpaces() {
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") {
      position += 1
    }
  }
}
