/// Which of many things in a row are shown where there is no room for all: the first ones, whole
/// groups of them if possible, and the last.
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

  /// Chooses what is shown.
  ///
  /// - Parameters:
  ///   - count: The number of things.
  ///   - room: How many of them there is room for.
  ///   - group: How many belong together, so that they are not torn apart where it can be helped.
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
