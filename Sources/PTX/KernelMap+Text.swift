import MachineIR

/// One entry of a kernel map as its comment line has it: a kind, and values by their names.
struct MapLine: Equatable {
  /// What the entry is of.
  var kind: String

  /// The names and values, in the order of the text.
  var fields: [(name: String, value: String)]

  /// Returns whether two lines say the same in the same order.
  static func == (left: MapLine, right: MapLine) -> Bool {
    left.kind == right.kind && left.fields.elementsEqual(right.fields, by: ==)
  }

  /// The text behind `//@ `.
  var text: String {
    fields.reduce(kind) { $0 + " " + $1.name + "=" + MapLine.quoted($1.value) }
  }

  /// Returns a value as the text has it: in quotation marks unless it is one plain word.
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
  /// The entries as the text has them, in order.
  var lines: [MapLine] {
    tiles.map(\.line) + barriers.map(\.line) + fields.map(\.line) + namedBarriers.map(\.line)
      + roles.map(\.line) + tensorMemory.map(\.line)
  }

  /// Takes up an entry; returns what is wrong with it, in a sentence, or nil.
  ///
  /// Lines of other kinds are comments of somebody else.
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

/// Why a line is no entry of a map.
private struct MapError: Error {
  /// What is wrong, in a sentence.
  var message: String
}

extension MapLine {
  /// Returns the value with a name.
  fileprivate func string(_ name: String) throws(MapError) -> String {
    guard let field = fields.first(where: { $0.name == name }) else {
      throw MapError(message: "the map's line for a \(kind) has no '\(name)'")
    }
    return field.value
  }

  /// Returns the number with a name.
  fileprivate func number(_ name: String) throws(MapError) -> Int {
    let value = try string(name)
    guard let number = Int(value) else {
      throw MapError(message: "the '\(name)' of the map's line for a \(kind) is no number")
    }
    return number
  }
}

extension KernelMap.Tile {
  /// The entry as the text has it.
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

  /// Creates the entry that a line holds.
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
  /// The entry as the text has it.
  fileprivate var line: MapLine {
    MapLine(
      kind: "barrier",
      fields: [
        ("name", name), ("symbol", symbol), ("offset", String(offset)),
        ("stages", String(stageCount)), ("arrivals", String(arrivalCount)),
      ])
  }

  /// Creates the entry that a line holds.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), symbol: try line.string("symbol"),
      offset: try line.number("offset"), stageCount: try line.number("stages"),
      arrivalCount: try line.number("arrivals"))
  }
}

extension KernelMap.Field {
  /// The entry as the text has it.
  fileprivate var line: MapLine {
    MapLine(
      kind: "field",
      fields: [
        ("name", name), ("symbol", symbol), ("offset", String(offset)),
        ("bytes", String(byteCount)),
      ])
  }

  /// Creates the entry that a line holds.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), symbol: try line.string("symbol"),
      offset: try line.number("offset"), byteCount: try line.number("bytes"))
  }
}

extension KernelMap.NamedBarrier {
  /// The entry as the text has it.
  fileprivate var line: MapLine {
    MapLine(
      kind: "named-barrier",
      fields: [("name", name), ("index", String(index)), ("threads", String(threadCount))])
  }

  /// Creates the entry that a line holds.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), index: try line.number("index"),
      threadCount: try line.number("threads"))
  }
}

extension KernelMap.Role {
  /// The entry as the text has it.
  fileprivate var line: MapLine {
    MapLine(
      kind: "role",
      fields: [
        ("name", name), ("first-warp", String(firstWarp)), ("warps", String(warpCount)),
      ])
  }

  /// Creates the entry that a line holds.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), firstWarp: try line.number("first-warp"),
      warpCount: try line.number("warps"))
  }
}

extension KernelMap.TensorMemoryRegion {
  /// The entry as the text has it.
  fileprivate var line: MapLine {
    MapLine(
      kind: "tensor-memory",
      fields: [("name", name), ("columns", String(columnCount)), ("element", element)])
  }

  /// Creates the entry that a line holds.
  fileprivate init(_ line: MapLine) throws(MapError) {
    self.init(
      name: try line.string("name"), columnCount: try line.number("columns"),
      element: try line.string("element"))
  }
}

// MARK: - Reading the map

extension Parser {
  /// Returns the map whose lines lie in a range of the text.
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

  /// Returns the entry of a comment, or nil where it is an ordinary one.
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
  /// Takes a word up to a space or an equals sign, spaces before it aside.
  fileprivate static func takeWord(from text: inout Substring) -> String? {
    text = text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    let word = text.prefix { $0 != " " && $0 != "=" && $0 != "\t" && $0 != "\r" }
    text = text[word.endIndex...]
    return word.isEmpty ? nil : String(word)
  }

  /// Takes a value, in quotation marks or without.
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
