/// Instructions of a lane whose operands are still to be chosen.
struct InstructionTemplate: Sendable {
  /// A part of the text.
  enum Piece: Sendable {
    case text(String)
    /// The operand of a number: results first, then sources.
    case operand(Int)
  }

  /// The text.
  var pieces: [Piece]

  /// The results.
  var results: [LaneCase.Slot]

  /// The sources.
  var sources: [LaneCase.Slot]

  /// Whether it is one instruction, which may have a guard.
  var isSingle: Bool

  /// When the results of two devices agree.
  var agreement: Agreement

  /// Reads instructions in the notation of `LaneCase`.
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

  /// How the text begins: with the first instruction's name.
  var opening: String {
    if case .text(let literal)? = pieces.first { literal } else { "" }
  }

  /// Returns the text with operands in their places.
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
