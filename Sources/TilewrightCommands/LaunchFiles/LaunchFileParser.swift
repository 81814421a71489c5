// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension LaunchFile {
  /// Reads a launch file.
  ///
  /// - Parameter path: The file's path.
  /// - Throws: `InputError` where it cannot be read, `LaunchFileError` where it says something that
  ///   is not understood.
  init(contentsOf path: String) throws {
    let file = try LaunchFileReader(path: path)
    let members = try file.members([
      "target", "entry", "grid", "block", "cluster", "sharedBytes", "buffers", "arguments",
    ])
    guard let grid = members["grid"] else { throw file.missing("grid") }
    guard let list = members["arguments"] else { throw file.missing("arguments") }
    var parser = LaunchFileParser()
    let arguments = try parser.arguments(list, buffers: members["buffers"])
    self.init(
      path: path, target: try members["target"]?.choice(Target.byName),
      entry: try members["entry"]?.text(), grid: try grid.dimensions(),
      block: try members["block"]?.dimensions(), cluster: try members["cluster"]?.dimensions(),
      sharedByteCount: try members["sharedBytes"]?.integer(0...Int(Int32.max)) ?? 0,
      buffers: parser.buffers, arguments: arguments)
  }
}

/// Reads the arguments of a launch file, and collects the buffers.
private struct LaunchFileParser {
  /// The buffers so far.
  private(set) var buffers: [LaunchFile.Buffer] = []

  /// The indices of the buffers that have names.
  private var names: [String: Int] = [:]

  /// The indices of the buffers that are arguments, by the argument's position.
  private var argumentBuffers: [Int: Int] = [:]

  /// Reads the arguments, and the buffers that are declared apart from them.
  mutating func arguments(
    _ list: LaunchFileReader, buffers named: LaunchFileReader?
  ) throws(LaunchFileError) -> [LaunchFile.Argument] {
    for (name, buffer) in (try named?.members() ?? [:]).sorted(by: { $0.key < $1.key }) {
      names[name] = try add(buffer, canHaveName: false)
    }
    let elements = try list.elements()
    // Buffers come first: a tensor map may stand before the buffer that it is of.
    for (position, element) in elements.enumerated() {
      guard let buffer = try element.members(kinds)["buffer"] else { continue }
      if case .text = buffer.value { continue }
      argumentBuffers[position] = try add(buffer, canHaveName: true)
    }
    for (position, element) in elements.enumerated() {
      guard let buffer = try element.members(kinds)["buffer"], case .text = buffer.value
      else { continue }
      argumentBuffers[position] = try index(of: buffer)
    }
    var result: [LaunchFile.Argument] = []
    for (position, element) in elements.enumerated() {
      result.append(try argument(element, position))
    }
    return result
  }

  /// The keys of which an argument has one.
  private var kinds: [String] {
    ["buffer", "tensorMap", "bytes"] + ElementType.allCases.map(\.rawValue)
  }

  /// Reads an argument.
  private mutating func argument(
    _ reader: LaunchFileReader, _ position: Int
  ) throws(LaunchFileError) -> LaunchFile.Argument {
    let members = try reader.members(kinds)
    guard let member = members.first, members.count == 1 else {
      throw reader.error(.rule("should have exactly one of \(kinds.joined(separator: ", "))"))
    }
    let value: LaunchFile.Argument.Value
    if let buffer = argumentBuffers[position] {
      value = .buffer(buffer)
    } else if member.key == "tensorMap" {
      value = .tensorMap(try tensorMap(member.value))
    } else if let type = ElementType(rawValue: member.key) {
      value = .bytes(try member.value.bytes(of: type))
    } else {
      value = .bytes(try member.value.integers(0...255).map { UInt8($0) })
    }
    return LaunchFile.Argument(key: member.value.key, value: value)
  }

  /// Returns the index of the buffer that a name, the position of an argument, or a declaration
  /// stands for.
  private mutating func index(of reader: LaunchFileReader) throws(LaunchFileError) -> Int {
    switch reader.value {
    case .text(let name):
      guard let index = names[name] else {
        throw reader.error(.rule("names the buffer '\(name)', which does not exist"))
      }
      return index
    case .integer(let position):
      guard let position = Int(exactly: position), let index = argumentBuffers[position] else {
        throw reader.error(
          .rule("is \(position), but the argument at that position is not a buffer"))
      }
      return index
    case .object: return try add(reader, canHaveName: true)
    case .null, .boolean, .number, .list:
      throw reader.unexpected("a buffer's name, an argument's position or a buffer")
    }
  }

  /// Reads a buffer and returns its index.
  private mutating func add(
    _ reader: LaunchFileReader, canHaveName: Bool
  ) throws(LaunchFileError) -> Int {
    let keys = ["type", "count", "shape", "from", "fill", "to"]
    let members = try reader.members(keys + (canHaveName ? ["name"] : []))
    if let name = try members["name"]?.text() {
      guard names[name] == nil else {
        throw reader.error(.rule("declares a second buffer '\(name)'"))
      }
      names[name] = buffers.count
    }
    buffers.append(try buffer(reader, members))
    return buffers.count - 1
  }

  /// Reads a buffer.
  private func buffer(
    _ reader: LaunchFileReader, _ members: [String: LaunchFileReader]
  ) throws(LaunchFileError) -> LaunchFile.Buffer {
    let type = try members["type"]?.elementType()
    let source = try members["from"]?.filePath()
    if source != nil, let fill = members["fill"] {
      throw fill.error(.rule("and 'from' cannot be combined"))
    }
    if source == nil {
      guard type != nil else { throw reader.missing("type") }
      guard members["count"] != nil || members["shape"] != nil else {
        throw reader.missing("count")
      }
    }
    if let count = members["count"], members["shape"] != nil {
      throw count.error(.rule("and 'shape' cannot be combined"))
    }
    let extents = 0...Int.max
    var shape = try members["shape"]?.integers(extents)
    if let count = members["count"] { shape = [try count.integer(extents)] }
    let contents =
      if let source { LaunchFile.Buffer.Contents.file(source) } else {
        try contents(members["fill"], type)
      }
    return LaunchFile.Buffer(
      key: reader.key, type: type, shape: shape, contents: contents,
      output: try members["to"]?.filePath())
  }

  /// Reads what a buffer is filled with.
  private func contents(
    _ fill: LaunchFileReader?, _ type: ElementType?
  ) throws(LaunchFileError) -> LaunchFile.Buffer.Contents {
    guard let fill, let type else { return .undefined }
    switch fill.value {
    case .text("undefined"): return .undefined
    case .text("zeros"): return .element([UInt8](repeating: 0, count: type.byteCount))
    case .text("nan"):
      guard type.isFloat else {
        throw fill.error(.rule("is 'nan', which \(type.rawValue) does not have"))
      }
      return .element(try fill.bytes(of: type))
    case .integer, .number, .text("inf"), .text("-inf"):
      return .element(try fill.bytes(of: type))
    case .null, .boolean, .text, .list, .object:
      throw fill.unexpected("a number, 'zeros', 'nan' or 'undefined'")
    }
  }

  /// Reads a tensor map.
  private mutating func tensorMap(
    _ reader: LaunchFileReader
  ) throws(LaunchFileError) -> LaunchFile.TensorMap {
    let members = try reader.members([
      "buffer", "type", "extents", "strides", "box", "elementStrides", "swizzle", "fill", "floats",
    ])
    guard let buffer = members["buffer"] else { throw reader.missing("buffer") }
    guard let extents = members["extents"] else { throw reader.missing("extents") }
    guard let box = members["box"] else { throw reader.missing("box") }
    let any = 0...(1 << 40)
    return LaunchFile.TensorMap(
      buffer: try index(of: buffer), type: try members["type"]?.elementType(),
      extents: try extents.integers(any), byteStrides: try members["strides"]?.integers(any),
      box: try box.integers(any), elementStrides: try members["elementStrides"]?.integers(any),
      swizzle: try members["swizzle"]?.choice(swizzles) ?? .none,
      fill: try members["fill"]?.choice(["zeros": .zeros, "nan": .notANumber]) ?? .zeros,
      floatMode: try members["floats"]?.choice(floatModes) ?? .exact)
  }

  /// The conversions of floats by copies, by their names in the file.
  private var floatModes: KeyValuePairs<String, TensorMapDescription.FloatMode> {
    [
      "exact": .exact, "ftz": .flushing, "tf32": .tensorFloat32,
      "tf32.ftz": .flushingTensorFloat32,
    ]
  }

  /// The swizzles by the names that the file gives them.
  private var swizzles: KeyValuePairs<String, TensorMapDescription.Swizzle> {
    ["none": .none, "32B": .bytes32, "64B": .bytes64, "128B": .bytes128]
  }
}
