// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// A tile in shared memory as the user names it.
struct TileRequest {
  /// The type of the elements.
  let type: ExplainedType

  /// The layout of the tile.
  let layout: CanonicalLayout

  /// The largest number of rows and columns; larger tiles do not fit into shared memory.
  static let extentLimit = 65536

  /// Makes the tile's layout.
  ///
  /// - Throws: `ExplanationError` where a name is unknown or the tile is too large,
  ///   `CanonicalLayoutError` where the instructions have no such layout.
  init(rows: Extent, columns: Extent, type: String, mode: String, majorness: String) throws {
    self.type = try ExplainedType(named: type)
    layout = try CanonicalLayout(
      Majorness(named: majorness), SwizzleMode(named: mode),
      rows: try rows.checked("--rows", limit: Self.extentLimit),
      columns: try columns.checked("--columns", limit: Self.extentLimit),
      elementByteCount: self.type.byteCount)
    let limit = Target.hopper.machine.sharedMemoryLimit
    guard layout.byteCount <= limit else {
      throw ExplanationError.tileTooLarge(byteCount: layout.byteCount, limit: limit)
    }
  }

  /// Creates the request for a tile whose layout is known.
  init(type: ExplainedType, layout: CanonicalLayout) {
    self.type = type
    self.layout = layout
  }

  /// The tile in words.
  var summary: String {
    "\(layout.rows) x \(layout.columns) \(type.name), \(layout.majorness.rawValue), \(modeText)"
  }

  /// The swizzle in words, with its function.
  var modeText: String {
    layout.swizzleMode == .none
      ? "no swizzle" : "\(layout.swizzleMode): \(layout.swizzleMode.swizzle) on byte addresses"
  }

  /// The options by which `explain` draws the tile.
  var options: String {
    """
    --rows \(layout.rows) --columns \(layout.columns) --type \(type.name) --mode \
    \(layout.swizzleMode.rawValue) --major \(layout.majorness == .k ? "k" : "mn")
    """
  }
}

extension SwizzleMode {
  /// Finds the mode of a name.
  init(named name: String) throws(ExplanationError) {
    let known = SwizzleMode.allCases.map(\.rawValue)
    guard
      let match = SwizzleMode.allCases.first(where: {
        $0.rawValue.lowercased() == name.lowercased()
      })
    else { throw .unknownName(what: "swizzle", name: name, known: known) }
    self = match
  }
}

extension Majorness {
  /// Finds the majorness of a short name.
  init(named name: String) throws(ExplanationError) {
    switch name.lowercased() {
    case "k": self = .k
    case "mn", "m", "n": self = .mn
    default: throw .unknownName(what: "majorness", name: name, known: ["k", "mn"])
    }
  }
}
