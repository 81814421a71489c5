// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// An entry of a kernel map as a comment line: a kind, and named values.
struct MapLine: Equatable {
  /// The kind of entry.
  var kind: String

  /// The names and values, in the order of the text.
  var fields: [(name: String, value: String)]

  /// Returns whether two lines have the same kind and the same fields in the same order.
  static func == (left: MapLine, right: MapLine) -> Bool {
    left.kind == right.kind && left.fields.elementsEqual(right.fields, by: ==)
  }

  /// The text after `//@ `.
  var text: String {
    fields.reduce(kind) { $0 + " " + $1.name + "=" + MapLine.quoted($1.value) }
  }

  /// Returns a value for the text, in quotation marks unless it is a plain word.
  private static func quoted(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { byte in
      Byte.isNamePart(byte) || byte == Byte.dot || byte == Byte.minus || byte == Byte.percent
    }
    if isPlain, !value.isEmpty { return value }
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension KernelMap {
  /// The entries as lines, in order.
  var lines: [MapLine] {
    tiles.map(\.line) + barriers.map(\.line) + fields.map(\.line) + namedBarriers.map(\.line)
      + roles.map(\.line) + tensorMemory.map(\.line)
  }

  /// Adds an entry; returns an error message if the line is not valid.
  ///
  /// Lines of other kinds are ordinary comments.
  mutating func add(_ line: MapLine) -> String? {
    do {
      switch line.kind {
      case "tile": tiles.append(try Tile(line))
      case "barrier": barriers.append(try Barrier(line))
      case "field": fields.append(try Field(line))
      case "named-barrier": namedBarriers.append(try NamedBarrier(line))
      case "role": roles.append(try Role(line))
      case "tensor-memory": tensorMemory.append(try TensorMemoryRegion(line))
      default: break
      }
      return nil
    } catch {
      return error.message
    }
  }

  /// The kinds of entries.
  static let kinds: Set<String> = [
    "tile", "barrier", "field", "named-barrier", "role", "tensor-memory",
  ]
}

/// The reason that a line is not an entry of a map.
private struct MapError: Error {
  /// The message, as a sentence.
  var message: String
}

extension MapLine {
  /// Returns the value of a field.
  fileprivate func string(_ name: String) throws(MapError) -> String {
    guard let field = fields.first(where: { $0.name == name }) else {
      throw MapError(message: "the kernel map's line for a \(kind) has no '\(name)'")
    }
    return field.value
  }

  /// Returns the number in a field.
  fileprivate func number(_ name: String) throws(MapError) -> Int {
    let value = try string(name)
    guard let number = Int(value) else {
      throw MapError(
        message: "the '\(name)' in the kernel map's line for a \(kind) is not a number")
    }
    return number
  }
}

extension KernelMap.Tile {
  /// The entry as a line.
  fileprivate var line: MapLine {
    MapLine(
      kind: "tile",
      fields: [
        ("name", name), ("symbol", symbol), ("offset", String(offset)),
        ("stages", String(stageCount)), ("rows", String(rowCount)),
        ("columns", String(columnCount)), ("element", element), ("swizzle", swizzle),
        ("bytes", String(byteCount)), ("majorness", majorness),
      ])
  }

  /// Creates the entry from a line.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), symbol: try line.string("symbol"),
      offset: try line.number("offset"), stageCount: try line.number("stages"),
      rowCount: try line.number("rows"), columnCount: try line.number("columns"),
      element: try line.string("element"), swizzle: try line.string("swizzle"),
      byteCount: try line.number("bytes"), majorness: try line.string("majorness"))
  }
}

extension KernelMap.Barrier {
  /// The entry as a line.
  fileprivate var line: MapLine {
    MapLine(
      kind: "barrier",
      fields: [
        ("name", name), ("symbol", symbol), ("offset", String(offset)),
        ("stages", String(stageCount)), ("arrivals", String(arrivalCount)),
      ])
  }

  /// Creates the entry from a line.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), symbol: try line.string("symbol"),
      offset: try line.number("offset"), stageCount: try line.number("stages"),
      arrivalCount: try line.number("arrivals"))
  }
}

extension KernelMap.Field {
  /// The entry as a line.
  fileprivate var line: MapLine {
    MapLine(
      kind: "field",
      fields: [
        ("name", name), ("symbol", symbol), ("offset", String(offset)),
        ("bytes", String(byteCount)),
      ])
  }

  /// Creates the entry from a line.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), symbol: try line.string("symbol"),
      offset: try line.number("offset"), byteCount: try line.number("bytes"))
  }
}

extension KernelMap.NamedBarrier {
  /// The entry as a line.
  fileprivate var line: MapLine {
    MapLine(
      kind: "named-barrier",
      fields: [("name", name), ("index", String(index)), ("threads", String(threadCount))])
  }

  /// Creates the entry from a line.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), index: try line.number("index"),
      threadCount: try line.number("threads"))
  }
}

extension KernelMap.Role {
  /// The entry as a line.
  fileprivate var line: MapLine {
    MapLine(
      kind: "role",
      fields: [
        ("name", name), ("first-warp", String(firstWarp)), ("warps", String(warpCount)),
      ])
  }

  /// Creates the entry from a line.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), firstWarp: try line.number("first-warp"),
      warpCount: try line.number("warps"))
  }
}

extension KernelMap.TensorMemoryRegion {
  /// The entry as a line.
  fileprivate var line: MapLine {
    MapLine(
      kind: "tensor-memory",
      fields: [("name", name), ("columns", String(columnCount)), ("element", element)])
  }

  /// Creates the entry from a line.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), columnCount: try line.number("columns"),
      element: try line.string("element"))
  }
}

// MARK: - Reading the map

extension Parser {
  /// Returns the map whose lines are in a range of the text.
  func parseMap(in range: Range<Int>) throws(SyntaxError) -> KernelMap {
    var map = KernelMap()
    for comment in mapLines where range.contains(comment.lowerBound) {
      guard let line = parseMapLine(comment) else { continue }
      if let complaint = map.add(line) {
        throw SyntaxError(complaint, at: comment.lowerBound, of: bytes)
      }
    }
    return map
  }

  /// Returns the entry in a comment, or `nil` if it is an ordinary comment.
  private func parseMapLine(_ comment: Range<Int>) -> MapLine? {
    var rest = Substring(decoding: bytes[comment], as: UTF8.self)
    guard let kind = MapLine.takeWord(from: &rest), KernelMap.kinds.contains(kind) else {
      return nil
    }
    var line = MapLine(kind: kind, fields: [])
    while let name = MapLine.takeWord(from: &rest) {
      guard rest.first == "=" else { break }
      rest.removeFirst()
      line.fields.append((name, MapLine.takeValue(from: &rest)))
    }
    return line
  }
}

extension MapLine {
  /// Removes and returns a word that ends at a space or an equals sign, skipping leading spaces.
  fileprivate static func takeWord(from text: inout Substring) -> String? {
    text = text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    let word = text.prefix { $0 != " " && $0 != "=" && $0 != "\t" && $0 != "\r" }
    text = text[word.endIndex...]
    return word.isEmpty ? nil : String(word)
  }

  /// Removes and returns a value, with or without quotation marks.
  fileprivate static func takeValue(from text: inout Substring) -> String {
    guard text.first == "\"" else { return takeWord(from: &text) ?? "" }
    text.removeFirst()
    var value = ""
    while let character = text.unicodeScalars.popFirst(), character != "\"" {
      guard character == "\\", let escaped = text.unicodeScalars.popFirst() else {
        value.unicodeScalars.append(character)
        continue
      }
      switch escaped {
      case "n": value.unicodeScalars.append("\n")
      case "r": value.unicodeScalars.append("\r")
      default: value.unicodeScalars.append(escaped)
      }
    }
    return value
  }
}
