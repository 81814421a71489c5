// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Reads the dictionary in the header of a `.npy` file.
struct NumpyHeaderParser {
  /// The whole file.
  let bytes: [UInt8]
  /// The offset of the next byte to read.
  var position: Int
  /// The offset at which the dictionary's text ends.
  let end: Int
  /// The file's path, for errors.
  let path: String

  /// The contents of the dictionary as they are found.
  private var descriptor: String?, isFortranOrder: Bool?, shape: [Int]?

  /// Creates a parser of the text between two offsets of a file.
  init(bytes: [UInt8], position: Int, end: Int, path: String) {
    self.bytes = bytes
    self.position = position
    self.end = end
    self.path = path
  }

  /// Returns the header whose dictionary fills the rest of the text.
  mutating func header() throws(NumpyError) -> NumpyHeader {
    try expect("{")
    while !take("}") {
      try entry()
      if take(",") { continue }
      try expect("}")
      break
    }
    skipWhitespace()
    guard position == end else { throw malformed("the end of the header") }
    guard let descriptor else { throw malformed("the key 'descr'") }
    guard let isFortranOrder else { throw malformed("the key 'fortran_order'") }
    guard let shape else { throw malformed("the key 'shape'") }
    return NumpyHeader(
      descriptor: descriptor, isFortranOrder: isFortranOrder, shape: shape, dataOffset: end)
  }

  /// Reads a key, a colon and a value.
  private mutating func entry() throws(NumpyError) {
    skipWhitespace()
    let start = position
    let key = try string()
    try expect(":")
    switch key {
    case "descr" where descriptor == nil: descriptor = try type()
    case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
    case "shape" where shape == nil: shape = try extents()
    default:
      position = start
      throw malformed("one each of 'descr', 'fortran_order' and 'shape'")
    }
  }

  /// Reads the type of the elements; a record's list of fields is refused as unsupported.
  private mutating func type() throws(NumpyError) -> String {
    skipWhitespace()
    if position < end, bytes[position] == UInt8(ascii: "[") {
      let list = bytes[position..<end].prefix { $0 != UInt8(ascii: "]") }
      throw .unsupportedType(path: path, descriptor: String(decoding: list, as: UTF8.self) + "]")
    }
    return try string()
  }

  /// Reads a string in single or double quotes, without escapes.
  private mutating func string() throws(NumpyError) -> String {
    skipWhitespace()
    guard position < end, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position]) else {
      throw malformed("a string")
    }
    let quote = bytes[position]
    let content = bytes[(position + 1)..<end].prefix { $0 != quote }
    guard content.endIndex < end, !content.contains(UInt8(ascii: "\\")) else {
      throw malformed("a string without escapes")
    }
    position = content.endIndex + 1
    return String(decoding: content, as: UTF8.self)
  }

  /// Reads `True` or `False`.
  private mutating func boolean() throws(NumpyError) -> Bool {
    if take("True") { return true }
    if take("False") { return false }
    throw malformed("True or False")
  }

  /// Reads a tuple of extents: `()`, `(3,)`, `(3, 4)`.
  private mutating func extents() throws(NumpyError) -> [Int] {
    try expect("(")
    let start = position
    var extents: [Int] = []
    var hasComma = true
    while !take(")") {
      guard hasComma else { throw malformed("a comma") }
      extents.append(try extent(ofShapeAt: start))
      hasComma = take(",")
    }
    // Python reads `(3)` as a number.
    guard extents.count != 1 || hasComma else { throw malformed("a tuple") }
    return extents
  }

  /// Reads a number that is not negative; Python 2 wrote an `L` after some.
  private mutating func extent(ofShapeAt start: Int) throws(NumpyError) -> Int {
    skipWhitespace()
    let digits = bytes[position..<end].prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { throw malformed("an extent") }
    guard let extent = Int(String(decoding: digits, as: UTF8.self)) else {
      let text = bytes[start..<end].prefix { $0 != UInt8(ascii: ")") }
      throw .shapeOverflow(path: path, shape: String(decoding: text, as: UTF8.self))
    }
    position = digits.endIndex
    _ = take("L")
    return extent
  }

  /// Moves past the word, if it is next, and returns whether it was.
  private mutating func take(_ word: StaticString) -> Bool {
    skipWhitespace()
    let word = Array(word.description.utf8)
    guard bytes[position..<end].starts(with: word) else { return false }
    position += word.count
    return true
  }

  /// Moves past the word, which must be next.
  private mutating func expect(_ word: StaticString) throws(NumpyError) {
    guard take(word) else { throw malformed("'\(word)'") }
  }

  /// Moves past spaces, tabs and line ends.
  private mutating func skipWhitespace() {
    while position < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  /// Returns the error that something else was expected at this offset.
  private func malformed(_ expected: String) -> NumpyError {
    .malformedHeader(path: path, offset: position, expected: expected)
  }
}
