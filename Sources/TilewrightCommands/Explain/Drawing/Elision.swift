// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The choice of the items of a row that are shown if there is no room for all: the first ones, in
/// whole groups if possible, and the last.
struct Elision: Hashable {
  /// The number of things.
  let count: Int

  /// The number that is shown at the beginning.
  let headCount: Int

  /// Whether something is left out before the last.
  var isNeeded: Bool { headCount < count }

  /// The number of things that are not shown.
  var hiddenCount: Int { isNeeded ? count - headCount - 1 : 0 }

  /// The things that are not shown.
  var hidden: Range<Int> { headCount..<headCount + hiddenCount }

  /// Chooses the items to show.
  ///
  /// - Parameters:
  ///   - count: The number of items.
  ///   - room: The number of items that there is room for.
  ///   - group: The number of items of a group, which is kept together if possible.
  init(of count: Int, room: Int, group: Int = 1) {
    self.count = count
    guard count > max(room, 2) else {
      headCount = count
      return
    }
    // The mark and the last thing take the room of two.
    let head = max(room - 2, 1)
    headCount = head > group ? head / group * group : head
  }

  /// The indices that are shown, with nil where something is left out.
  var shown: [Int?] {
    let head: [Int?] = Array(0..<headCount)
    return isNeeded ? head + [nil, count - 1] : head
  }
}
