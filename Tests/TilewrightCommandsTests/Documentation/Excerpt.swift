// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Lines of a listing that stand in a text, with gaps where the listing has an ellipsis.
struct Excerpt {
  /// Where each of the listing's parts begins and ends in the text.
  let ranges: [Range<Int>]

  /// Finds a listing in a text; nil where it is not there.
  ///
  /// - Parameters:
  ///   - listing: The lines; a line that is an ellipsis, or a comment of one, stands for any number
  ///     of lines.
  ///   - text: The lines to look through.
  ///   - isWhole: Whether the listing is all of the text, rather than a part.
  init?(_ listing: [String], in text: [String], isWhole: Bool = false) {
    let parts = listing.split(omittingEmptySubsequences: false) { Excerpt.isGap($0) }
      .map(Array.init)
    guard let ranges = Excerpt.find(parts[...], in: text, from: 0, isWhole: isWhole, isFirst: true)
    else { return nil }
    self.ranges = ranges
  }

  /// Returns whether a line stands for others.
  private static func isGap(_ line: String) -> Bool {
    let word = line.drop { $0 == " " || $0 == "/" }
    return word == "…"
  }

  /// Returns where parts are, one after the other.
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

  /// Returns whether lines are the same, but for an indentation that they share.
  private static func matches(_ part: [String], _ lines: ArraySlice<String>) -> Bool {
    // The first line that is not empty says how far the others are indented.
    let first = zip(part, lines).first { line, _ in !line.isEmpty }
    let margin = first.map { line, found in found.count - line.count } ?? 0
    guard margin >= 0 else { return false }
    return zip(part, lines).allSatisfy { line, found in
      line.isEmpty
        ? found.isEmpty : found == String(repeating: " ", count: margin) + line
    }
  }
}
