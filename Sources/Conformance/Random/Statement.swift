// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A part of a random program: instructions, possibly with nested statements.
///
/// A program stays valid without any of its statements: all registers have values before the first
/// one, and no statement needs the declarations of another.
struct Statement: Sendable {
  /// A part of a statement's text.
  enum Piece: Sendable {
    /// Instructions and labels.
    case text(String)
    /// Nested statements.
    case block([Statement])
  }

  /// The feature of the statement.
  var feature: RandomFeature

  /// The text with the nested statements.
  var pieces: [Piece]

  /// Whether the nested statements may replace this one: they do not need other lanes.
  var isTransparent = false

  /// Creates a statement of instructions only.
  init(_ feature: RandomFeature, _ text: String) {
    self.feature = feature
    pieces = [.text(text)]
  }

  /// Creates a statement with nested ones.
  init(_ feature: RandomFeature, _ pieces: [Piece], isTransparent: Bool) {
    self.feature = feature
    self.pieces = pieces
    self.isTransparent = isTransparent
  }
}

extension Statement {
  /// The nested statements of all blocks.
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

  /// Adds the statement and the nested ones to a count.
  func count(into uses: inout [RandomFeature: Int]) {
    uses[feature, default: 0] += 1
    for statement in inner { statement.count(into: &uses) }
  }
}
