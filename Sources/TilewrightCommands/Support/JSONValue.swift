// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// A value of a JSON text.
enum JSONValue: Hashable {
  case null
  case boolean(Bool)
  case integer(Int128)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])
}

extension JSONValue {
  /// The kind of the value, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "the number \(value)"
    case .number(let value): "the number \(value)"
    case .text(let text): "'\(text)'"
    case .list: "a list"
    case .object: "an object"
    }
  }
}

/// Returns an object as the tool prints it: indented, its keys in the alphabet's order.
func jsonText(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  } catch {
    fatalError("A report has only values that JSON has: \(error)")
  }
}

/// A value of a report that is `null` in JSON where there is none, or where it is no number.
struct Reported<Value: Encodable & Sendable>: Encodable, Sendable {
  /// The value, if there is one.
  var value: Value?

  /// Creates a reported value.
  init(_ value: Value?) { self.value = value }

  /// Writes the value or `null`.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let number = value as? Double, !number.isFinite {
      try container.encodeNil()
    } else if let value {
      try container.encode(value)
    } else {
      try container.encodeNil()
    }
  }
}

extension Reported: Equatable where Value: Equatable {}
