/// A part of a random program: instructions, perhaps with statements inside.
///
/// A program stays whole whichever statements are left out: all registers have values before the
/// first, and no statement needs what another one declares.
struct Statement: Sendable {
  /// What a statement is written as.
  enum Piece: Sendable {
    /// Instructions and labels.
    case text(String)
    /// Statements inside.
    case block([Statement])
  }

  /// What the statement is counted as.
  var feature: RandomFeature

  /// The text, with the statements inside in their places.
  var pieces: [Piece]

  /// Whether the statements inside may stand outside as well: they ask nothing of other lanes.
  var isTransparent = false

  /// Creates a statement of instructions alone.
  init(_ feature: RandomFeature, _ text: String) {
    self.feature = feature
    pieces = [.text(text)]
  }

  /// Creates a statement with others inside.
  init(_ feature: RandomFeature, _ pieces: [Piece], isTransparent: Bool) {
    self.feature = feature
    self.pieces = pieces
    self.isTransparent = isTransparent
  }
}

extension Statement {
  /// The statements inside, of all its blocks.
  var inner: [Statement] {
    pieces.flatMap { piece -> [Statement] in
      if case .block(let statements) = piece { statements } else { [] }
    }
  }

  /// Appends the text to another.
  func write(to text: inout String) {
    for piece in pieces {
      switch piece {
      case .text(let listing): text += listing
      case .block(let statements): for statement in statements { statement.write(to: &text) }
      }
    }
  }

  /// Adds the statement and those inside to a count.
  func count(into uses: inout [RandomFeature: Int]) {
    uses[feature, default: 0] += 1
    for statement in inner { statement.count(into: &uses) }
  }
}
