// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Shrinks a program while it keeps a property.
struct Shrinker {
  /// Returns whether a program has the property.
  let holds: (RandomProgram) -> Bool

  /// The number of trials that are left.
  private var budget: Int

  /// Creates a shrinker with a maximum number of trials.
  init(trials: Int = 400, _ holds: @escaping (RandomProgram) -> Bool) {
    budget = trials
    self.holds = holds
  }

  /// Returns the smallest program that was found.
  ///
  /// Statements are removed, many at a time and then fewer. Then statements are replaced by those
  /// inside them, which are shrunk in turn.
  mutating func shrink(_ program: RandomProgram) -> RandomProgram {
    var best = program
    best.statements = shrink(program.statements) { statements in
      var candidate = program
      candidate.statements = statements
      return candidate
    }
    return best
  }

  /// Returns fewer of some statements, with which the enclosing program keeps the property.
  private mutating func shrink(
    _ statements: [Statement], in program: ([Statement]) -> RandomProgram
  ) -> [Statement] {
    var list = statements
    var size = max(1, list.count)
    while size >= 1 {
      var first = 0
      while first < list.count {
        var candidate = list
        candidate.removeSubrange(first..<min(first + size, list.count))
        if test(program(candidate)) { list = candidate } else { first += size }
      }
      size /= 2
    }
    for index in list.indices {
      let inner = list[index].inner
      if list[index].isTransparent, !inner.isEmpty {
        var candidate = list
        candidate.replaceSubrange(index...index, with: inner)
        if test(program(candidate)) { return shrink(candidate, in: program) }
      }
      for piece in list[index].pieces.indices {
        guard case .block(let block) = list[index].pieces[piece] else { continue }
        let smaller = shrink(block) { statements in
          var candidate = list
          candidate[index].pieces[piece] = .block(statements)
          return program(candidate)
        }
        list[index].pieces[piece] = .block(smaller)
      }
    }
    return list
  }

  /// Returns whether a program has the property, if trials are left.
  private mutating func test(_ program: RandomProgram) -> Bool {
    guard budget > 0 else { return false }
    budget -= 1
    return holds(program)
  }
}
