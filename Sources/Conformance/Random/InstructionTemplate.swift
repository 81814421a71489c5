// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Instructions of a lane with placeholders for operands.
struct InstructionTemplate: Sendable {
  /// A part of the text.
  enum Piece: Sendable {
    case text(String)
    /// The operand with an index; results come before sources.
    case operand(Int)
  }

  /// The text.
  var pieces: [Piece]

  /// The results.
  var results: [LaneCase.Slot]

  /// The sources.
  var sources: [LaneCase.Slot]

  /// Whether it is a single instruction, which may have a guard.
  var isSingle: Bool

  /// The criterion for the results of two devices to agree.
  var agreement: Agreement

  /// Parses instructions in the notation of `LaneCase`.
  init(_ text: String) {
    let item = LaneCase(text)
    results = item.results
    sources = item.sources
    agreement = item.agreement
    isSingle = !text.contains("##")
    pieces = []
    var literal = ""
    var rest = item.listing[...]
    while let character = rest.popFirst() {
      guard character == "$" else {
        literal.append(character)
        continue
      }
      pieces.append(.text(literal))
      literal = ""
      let digits = rest.prefix { $0.isNumber }
      rest = rest.dropFirst(digits.count)
      pieces.append(.operand(Int(digits) ?? 0))
    }
    pieces.append(.text(literal))
  }

  /// The start of the text: the name of the first instruction.
  var opening: String {
    if case .text(let literal)? = pieces.first { literal } else { "" }
  }

  /// Returns the text with operands in place of the placeholders.
  func text(_ operands: [String]) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let literal): text += literal
      case .operand(let number): text += operands[number]
      }
    }
    return text
  }
}
