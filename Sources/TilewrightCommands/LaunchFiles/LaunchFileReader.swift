// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation

/// A value of a launch file, and where it is.
struct LaunchFileReader {
  /// The file's path.
  let path: String
  /// The key, with those around it.
  let key: String
  /// The value.
  let value: JSONValue

  /// Creates the reader of a value.
  init(path: String, key: String, value: JSONValue) {
    self.path = path
    self.key = key
    self.value = value
  }

  /// Reads a file.
  init(path: String) throws {
    let text = try readText(path)
    do throws(JSONError) {
      value = try JSONParser.value(of: text)
    } catch {
      throw LaunchFileError(path: path, key: "", problem: .notJSON(error))
    }
    self.path = path
    key = ""
  }

  /// Returns the error that something is wrong with this value.
  func error(_ problem: LaunchFileError.Problem) -> LaunchFileError {
    LaunchFileError(path: path, key: key, problem: problem)
  }

  /// Returns the error that this value is of another kind than expected.
  func unexpected(_ expected: String) -> LaunchFileError {
    error(.kind(expected: expected, found: value.kind))
  }

  /// Returns the reader of a value inside of this one.
  private func inner(_ name: String, _ value: JSONValue) -> LaunchFileReader {
    LaunchFileReader(path: path, key: key.isEmpty ? name : "\(key).\(name)", value: value)
  }
}

// MARK: - Objects and lists

extension LaunchFileReader {
  /// Returns the members of an object, which has no others than those allowed.
  ///
  /// - Parameter allowed: The keys that the object may have; nil where any name will do.
  /// - Returns: The readers of the members, by key; `null` is as good as no member.
  /// - Throws: `LaunchFileError`, where this is no object, or it has another key.
  func members(
    _ allowed: [String]? = nil
  ) throws(LaunchFileError) -> [String: LaunchFileReader] {
    guard case .object(let object) = value else { throw unexpected("an object") }
    var members: [String: LaunchFileReader] = [:]
    for (name, value) in object.sorted(by: { $0.key < $1.key }) {
      let member = inner(name, value)
      if let allowed, !allowed.contains(name) { throw member.error(.unknown(allowed: allowed)) }
      if value != .null { members[name] = member }
    }
    return members
  }

  /// Returns the error that an object lacks a key.
  func missing(_ name: String) -> LaunchFileError { inner(name, .null).error(.missing) }

  /// Returns the elements of a list.
  func elements() throws(LaunchFileError) -> [LaunchFileReader] {
    guard case .list(let list) = value else { throw unexpected("a list") }
    return list.enumerated().map { index, value in
      LaunchFileReader(path: path, key: "\(key)[\(index)]", value: value)
    }
  }
}

// MARK: - Texts and numbers

extension LaunchFileReader {
  /// Returns a text.
  func text() throws(LaunchFileError) -> String {
    guard case .text(let text) = value else { throw unexpected("a string") }
    return text
  }

  /// Returns the path of a file: relative ones are from the launch file's directory on.
  func filePath() throws(LaunchFileError) -> String {
    let text = try text()
    guard !text.isEmpty else { throw error(.rule("is an empty path")) }
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
    return URL(fileURLWithPath: text, relativeTo: directory).path
  }

  /// Returns one of the values that have names.
  func choice<Value>(_ choices: KeyValuePairs<String, Value>) throws(LaunchFileError) -> Value {
    let expected = "one of " + choices.map { "'\($0.key)'" }.joined(separator: ", ")
    guard case .text(let text) = value, let found = choices.first(where: { $0.key == text })
    else { throw unexpected(expected) }
    return found.value
  }

  /// Returns the type of elements that a name stands for.
  func elementType() throws(LaunchFileError) -> ElementType {
    guard case .text(let text) = value, let type = ElementType(rawValue: text) else {
      let names = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      throw unexpected("a type (\(names))")
    }
    return type
  }

  /// Returns an integer of a range.
  func integer(_ range: ClosedRange<Int>) throws(LaunchFileError) -> Int {
    let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
    guard case .integer(let wide) = value, let value = Int(exactly: wide), range.contains(value)
    else { throw unexpected(expected) }
    return value
  }

  /// Returns a list of integers of a range.
  func integers(_ range: ClosedRange<Int>) throws(LaunchFileError) -> [Int] {
    var result: [Int] = []
    for element in try elements() { result.append(try element.integer(range)) }
    return result
  }

  /// Returns extents along x, y and z: a number, or a list of one to three.
  func dimensions() throws(LaunchFileError) -> Dimensions {
    let range = 1...Int(Int32.max)
    if case .integer = value { return Dimensions(try integer(range)) }
    guard case .list(let list) = value, (1...3).contains(list.count) else {
      throw unexpected("an integer or a list of one to three")
    }
    let extents = try integers(range) + [1, 1]
    return Dimensions(extents[0], extents[1], extents[2])
  }

  /// Returns a number as the bytes of an element; floats are rounded to the nearest value.
  func bytes(of type: ElementType) throws(LaunchFileError) -> [UInt8] {
    guard type.isFloat else { return try integerBytes(of: type) }
    guard let number else { throw unexpected("a number, 'nan', 'inf' or '-inf'") }
    guard let bytes = type.bytes(of: number) else {
      throw error(.rule("is \(number), which \(type.rawValue) does not have"))
    }
    return bytes
  }

  /// The value as a number, where it is one; infinity and NaN are texts, since JSON has none.
  private var number: Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .text("nan"): .nan
    case .text("inf"): .infinity
    case .text("-inf"): -.infinity
    case .null, .boolean, .text, .list, .object: nil
    }
  }

  /// Returns an integer as the bytes of an element.
  private func integerBytes(of type: ElementType) throws(LaunchFileError) -> [UInt8] {
    guard case .integer(let number) = value else { throw unexpected("an integer") }
    guard type.integerRange.contains(number) else {
      throw error(.rule("is \(number), which does not fit into \(type.rawValue)"))
    }
    return littleEndian(UInt64(truncatingIfNeeded: number), type.byteCount)
  }
}
