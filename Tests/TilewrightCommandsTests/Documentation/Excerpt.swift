// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The lines of a listing as they are found in a text, with gaps at the listing's ellipses.
struct Excerpt {
  /// The range of each of the listing's parts in the text.
  let ranges: [Range<Int>]

  /// Finds a listing in a text; nil if it is not there.
  ///
  /// - Parameters:
  ///   - listing: The lines; a line that is an ellipsis, or a comment of one, stands for any number
  ///     of lines.
  ///   - text: The lines to look through.
  ///   - isWhole: Whether the listing must be the whole text, rather than a part.
  init?(_ listing: [String], in text: [String], isWhole: Bool = false) {
    let parts = listing.split(omittingEmptySubsequences: false) { Excerpt.isGap($0) }
      .map(Array.init)
    guard let ranges = Excerpt.find(parts[...], in: text, from: 0, isWhole: isWhole, isFirst: true)
    else { return nil }
    self.ranges = ranges
  }

  /// Returns whether a line is an ellipsis.
  private static func isGap(_ line: String) -> Bool {
    let word = line.drop { $0 == " " || $0 == "/" }
    return word == "…"
  }

  /// Returns the ranges of consecutive parts.
  private static func find(
    _ parts: ArraySlice<[String]>, in text: [String], from start: Int, isWhole: Bool, isFirst: Bool
  ) -> [Range<Int>]? {
    guard let part = parts.first else { return [] }
    let isLast = parts.count == 1
    for begin in start...max(start, text.count - part.count) {
      if isWhole, isFirst, begin > 0 { return nil }
      let end = begin + part.count
      guard end <= text.count, matches(part, text[begin..<end]) else { continue }
      if isWhole, isLast, end < text.count, !part.isEmpty { continue }
      if let rest = find(
        parts.dropFirst(), in: text, from: end, isWhole: isWhole, isFirst: false)
      {
        return [begin..<end] + rest
      }
    }
    return nil
  }

  /// Returns whether lines are the same, except for a common indentation.
  private static func matches(_ part: [String], _ lines: ArraySlice<String>) -> Bool {
    // The first nonempty line determines the indentation of the others.
    let first = zip(part, lines).first { line, _ in !line.isEmpty }
    let margin = first.map { line, found in found.count - line.count } ?? 0
    guard margin >= 0 else { return false }
    return zip(part, lines).allSatisfy { line, found in
      line.isEmpty
        ? found.isEmpty : found == String(repeating: " ", count: margin) + line
    }
  }
}
