// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// A rule that an instruction breaks although it has one of the forms.
public enum InstructionFinding: Hashable, Sendable {
  /// A rule in words, as the predicate of a sentence about the instruction.
  case rule(String)

  /// A descriptor that is a literal breaks a rule.
  case descriptor(DescriptorFinding)

  /// A literal is not as its rule says; with the name of what it stands for.
  case literal(String, Int64, LiteralRule)

  /// An operand, counted from 1, has another number of values than the modifiers determine.
  case valueCount(operand: Int, expected: Int, found: Int)

  /// The finding about the instruction with a mnemonic, as a sentence without a full stop.
  public func message(about mnemonic: String) -> String {
    switch self {
    case .rule(let predicate): "'\(mnemonic)' \(predicate)"
    case .descriptor(let finding):
      "the instruction descriptor of '\(mnemonic)' is invalid: \(finding)"
    case .literal(let what, let value, let rule):
      "\(what) of '\(mnemonic)' is \(value), but must be \(rule.words)"
    case .valueCount(let operand, let expected, let found):
      "operand \(operand) of '\(mnemonic)' must have \(expected) "
        + "\(expected == 1 ? "value" : "values"), not \(found)"
    }
  }
}

/// A rule for an integer literal.
public enum LiteralRule: Hashable, Sendable {
  /// In a range, and a multiple of a number.
  case range(ClosedRange<Int64>, multipleOf: Int64)

  /// One of some values.
  case oneOf([Int64])

  /// Returns whether a value satisfies the rule.
  func accepts(_ value: Int64) -> Bool {
    switch self {
    case .range(let bounds, let divisor): bounds.contains(value) && value % divisor == 0
    case .oneOf(let values): values.contains(value)
    }
  }

  /// The rule in words.
  var words: String {
    switch self {
    case .range(let bounds, 1) where bounds.upperBound == .max:
      "at least \(bounds.lowerBound)"
    case .range(let bounds, 1): "from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .range(let bounds, let divisor) where bounds.upperBound == .max:
      "a multiple of \(divisor)"
    case .range(let bounds, let divisor):
      "a multiple of \(divisor) from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .oneOf(let values):
      values.map(String.init).joined(separator: ", ").replacingLastComma
    }
  }
}

extension String {
  /// The list with "or" before its last part.
  fileprivate var replacingLastComma: String {
    guard let comma = lastIndex(of: ",") else { return self }
    return self[..<comma] + " or" + self[index(after: comma)...]
  }
}

extension [InstructionFinding] {
  /// Adds a finding unless a literal is as its rule says; other operands have no rule.
  mutating func check(_ what: String, _ value: Int64?, _ rule: LiteralRule) {
    guard let value, !rule.accepts(value) else { return }
    append(.literal(what, value, rule))
  }

  /// Adds a finding unless an operand, counted from 1, has a number of values.
  mutating func check(operand position: Int, _ operand: Operand, has count: Int) {
    guard operand.valueCount != count else { return }
    append(.valueCount(operand: position, expected: count, found: operand.valueCount))
  }
}

extension Operand {
  /// The value of an integer literal.
  public var literal: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// Whether this is a vector.
  public var isVector: Bool {
    if case .vector = self { true } else { false }
  }

  /// The number of values; 1 for other operands than vectors.
  var valueCount: Int {
    if case .vector(let elements) = self { elements.count } else { 1 }
  }
}
