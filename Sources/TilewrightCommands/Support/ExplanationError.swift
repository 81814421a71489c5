// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The reason why something cannot be drawn: the rule that it breaks.
enum ExplanationError: Error, Equatable {
  /// Something has no such name; what does.
  case unknownName(what: String, name: String, known: [String])
  /// Neither a topic nor a kernel has the name.
  case unknownTopic(name: String, topics: [String], kernels: [String])
  /// A number is none of those allowed.
  case notAllowed(what: String, value: Int?, allowed: [Int])
  /// A number is one that no integer of the host holds.
  case unheld(what: String)
  /// A number is outside of a range.
  case outside(what: String, value: Int?, range: ClosedRange<Int>)
  /// A tile is larger than the shared memory of a block.
  case tileTooLarge(byteCount: Int, limit: Int)
  /// A box takes more than the shared memory of a block.
  case boxTooLarge(byteCount: Int, limit: Int)
  /// A list has not as many numbers as another.
  case listLength(option: String, count: Int, expected: Int, reason: String)
  /// A box starts where no copy can: between chunks of 16 bytes of a row.
  case boxStart(element: Int, step: Int)
  /// A field of a descriptor breaks a rule.
  case descriptor(DescriptorFinding)
  /// An architecture's instructions cannot read the tile.
  case unreadable(target: String, layout: String, reason: String)
  /// An option is for something else.
  case optionWithout(option: String, needs: String)
}

extension ExplanationError: CustomStringConvertible {
  /// One sentence with the value, the rule and, where there is one, the nearest value that keeps
  /// it.
  var description: String {
    switch self {
    case .unknownName(let what, let name, let known):
      "There is no \(what) '\(name)'; known are \(listed(known))."
    case .unknownTopic(let name, let topics, let kernels):
      """
      There is no topic or kernel '\(name)'; topics are \(listed(topics)), and kernels are \
      \(listed(kernels)).
      """
    case .notAllowed(let what, let value, let allowed):
      "\(what) must be \(text(allowed)), not \(number(value))\(nearest(value, in: allowed))."
    case .unheld(let what):
      "The number given for \(what) is out of range."
    case .outside(let what, let value, let range):
      "\(what) must be \(range.lowerBound) to \(range.upperBound), not \(number(value))."
    case .tileTooLarge(let byteCount, let limit):
      "The tile has \(byteCount) bytes; the shared memory of a block has \(limit)."
    case .boxTooLarge(let byteCount, let limit):
      "The box takes \(byteCount) bytes; the shared memory of a block has \(limit)."
    case .listLength(let option, let count, let expected, let reason):
      "The option \(option) has \(count) numbers; \(reason), so it needs \(expected)."
    case .boxStart(let element, let step):
      """
      A box must start at a multiple of 16 bytes of a tensor's row, here \(step) elements, not at \
      element \(element); the nearest is \
      \(Int((Double(element) / Double(step)).rounded()) * step).
      """
    case .descriptor(let finding):
      sentence(finding)
    case .unreadable(let target, let layout, let reason):
      "No instruction of \(target) reads the tile \(layout): \(reason)."
    case .optionWithout(let option, let needs):
      "The option \(option) is only for \(needs)."
    }
  }

  /// Returns a finding as a sentence, with the nearest value that keeps its rule.
  private func sentence(_ finding: DescriptorFinding) -> String {
    let name = finding.field.rawValue.prefix(1).uppercased() + finding.field.rawValue.dropFirst()
    switch finding.rule {
    case .oneOf(let values):
      return
        "\(name) must be \(text(values)), not \(finding.value)\(nearest(finding.value, in: values))."
    case .multipleOf(let step):
      let nearest = (finding.value + step / 2) / step * step
      return
        "\(name) must be a multiple of \(step), not \(finding.value); the nearest is \(nearest)."
    case .inRange(let range):
      return "\(name) must be \(range.lowerBound) to \(range.upperBound), not \(finding.value)."
    }
  }

  /// Returns numbers as a sentence has them; many at even distances by their ends.
  private func text(_ values: [Int]) -> String {
    guard values.count > 6, let first = values.first, let last = values.last else {
      return values.count == 1 ? "\(values[0])" : "one of \(listed(values.map(String.init)))"
    }
    let step = last - values[values.count - 2]
    let isEven = zip(values, values.dropFirst()).allSatisfy { $1 - $0 == step }
    if isEven { return "\(first) to \(last) in steps of \(step)" }
    return "one of " + values.map(String.init).joined(separator: ", ")
  }

  /// Returns the end of a sentence that names the allowed value nearest to another.
  private func nearest(_ value: Int?, in allowed: [Int]) -> String {
    guard let value else { return "" }
    let best = allowed.min { distance($0, value) < distance($1, value) }
    return best.map { "; the nearest is \($0)" } ?? ""
  }

  /// Returns how far apart two numbers are.
  private func distance(_ first: Int, _ second: Int) -> UInt {
    first > second ? UInt(bitPattern: first &- second) : UInt(bitPattern: second &- first)
  }

  /// Returns a number, or words for one that no integer of the host holds.
  private func number(_ value: Int?) -> String { value.map(String.init) ?? "the number given" }
}

/// Returns names as a sentence lists them.
func listed(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "none" }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
