// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches and loops.
extension LaneProgramGenerator {
  /// Generates a branch on a predicate, or on the lane's index, so that the lanes that take it are
  /// known.
  mutating func branch(in place: Place) -> Statement {
    let (first, second, end) = (label(), label(), label())
    var inner = place
    inner.depth += 1
    var other = inner
    var head = ""
    var taken: String
    if let members = place.members, random.isIn(percent: 55) {
      let lanes = laneSet()
      head = """
        shr.u32 %tr0, 0x\(hexadecimal(UInt64(lanes), digits: 8)), %lane;
        and.b32 %tr0, %tr0, 1;
        setp.ne.u32 %bp\(place.depth), %tr0, 0;

        """
      taken = "%bp\(place.depth)"
      inner.members = members & lanes
      other.members = members & ~lanes
    } else {
      (head, taken) = decision(place.depth)
      if random.isOnce(in: 2) { taken = "!" + taken }
      inner.members = nil
      other.members = nil
    }
    inner.isWholeBlock = false
    other.isWholeBlock = false
    // An arm that no lane takes has no lanes to vote.
    if inner.members == 0 { inner.members = nil }
    if other.members == 0 { other.members = nil }
    let negated = taken.hasPrefix("!") ? String(taken.dropFirst()) : "!" + taken
    let arm = statements(in: inner)
    guard random.isOnce(in: 2) else {
      return Statement(
        .branch, [.text(head + "@\(negated) bra \(end);\n"), .block(arm), .text("\(end):\n")],
        isTransparent: inner.members == nil)
    }
    let rest = statements(in: other)
    if random.isOnce(in: 2) {
      return Statement(
        .branch,
        [
          .text(head + "@\(negated) bra \(second);\n"), .block(arm),
          .text("bra \(end);\n\(second):\n"), .block(rest), .text("\(end):\n"),
        ], isTransparent: inner.members == nil)
    }
    // The same with the arms exchanged, and a jump for each.
    return Statement(
      .branch,
      [
        .text(head + "@\(taken) bra \(first);\nbra \(second);\n\(second):\n"), .block(rest),
        .text("bra \(end);\n\(first):\n"), .block(arm), .text("\(end):\n"),
      ], isTransparent: inner.members == nil)
  }

  /// Returns a set of lanes: whole groups of eight, or arbitrary lanes.
  private mutating func laneSet() -> UInt32 {
    guard random.isIn(percent: 60) else { return random.word() }
    let groups = UInt32(random.integer(in: 1...14))
    return (0..<4).reduce(0) { lanes, group in
      groups >> UInt32(group) & 1 == 1 ? lanes | 0xFF << UInt32(8 * group) : lanes
    }
  }

  /// Generates an indexed branch with four targets, some of which may be the same.
  mutating func table(in place: Place) -> Statement {
    var inner = place
    inner.depth += 1
    inner.members = nil
    inner.isWholeBlock = false
    let count = random.integer(in: 2...4)
    let (name, end) = (label(), label())
    let labels = (0..<count).map { _ in label() }
    let targets = (0..<4).map { $0 < count ? labels[$0] : random.pick(labels + [end]) }
    let index = pool.source("u32", width: 32, using: &random)
    var pieces: [Statement.Piece] = [
      .text(
        """
        and.b32 %tr0, \(index), 3;
        \(name): .branchtargets \(targets.joined(separator: ", "));
        brx.idx %tr0, \(name);

        """)
    ]
    for target in labels {
      pieces += [.text("\(target):\n"), .block(statements(in: inner))]
      // An arm may fall through to the next one.
      if !random.isOnce(in: 4) { pieces.append(.text("bra \(end);\n")) }
    }
    pieces.append(.text("\(end):\n"))
    return Statement(.table, pieces, isTransparent: true)
  }

  /// Generates a loop whose trip count is in a register, or is the same for all lanes.
  mutating func loop(in place: Place) -> Statement {
    var inner = place
    inner.depth += 1
    inner.loopDepth += 1
    let (start, end) = (label(), label())
    let counter = "%c\(place.loopDepth)"
    let isUniform = place.members != nil && random.isIn(percent: 40)
    let head: String
    if isUniform {
      inner.loopEnd = nil
      head = "mov.u32 \(counter), \(random.integer(in: 1...3));\n"
    } else {
      inner.members = nil
      inner.isWholeBlock = false
      inner.loopEnd = end
      let turns = pool.source("u32", width: 32, using: &random)
      head = "and.b32 \(counter), \(turns), \(random.pick([3, 5, 6, 7]));\n"
    }
    let body = statements(in: inner)
    if isUniform || random.isOnce(in: 2) {
      // The condition is after the body, which is executed at least once.
      return Statement(
        .loop,
        [
          .text(head + "\(start):\n"), .block(body),
          .text(
            """
            setp.le.s32 %tp1, \(counter), 1;
            sub.u32 \(counter), \(counter), 1;
            @!%tp1 bra \(start);
            \(end):

            """),
        ], isTransparent: inner.members == nil && !body.contains(where: \.hasLeave))
    }
    return Statement(
      .loop,
      [
        .text(head + "\(start):\nsetp.eq.u32 %tp1, \(counter), 0;\n@%tp1 bra \(end);\n"),
        .block(body),
        .text("sub.u32 \(counter), \(counter), 1;\nbra \(start);\n\(end):\n"),
      ], isTransparent: inner.members == nil && !body.contains(where: \.hasLeave))
  }
}

extension Statement {
  /// Whether the statement, or one inside it, jumps out of a loop.
  fileprivate var hasLeave: Bool { feature == .leave || inner.contains(where: \.hasLeave) }
}
