/// Makes a program smaller as long as it keeps a property.
struct Shrinker {
  /// Whether a program has the property.
  let holds: (RandomProgram) -> Bool

  /// The programs that may still be tried.
  private var budget: Int

  /// Prepares to make programs smaller, with a number of trials at most.
  init(trials: Int = 400, _ holds: @escaping (RandomProgram) -> Bool) {
    budget = trials
    self.holds = holds
  }

  /// Returns the smallest program that was found.
  ///
  /// Statements are left out, many at a time and then fewer; then what stands in others is tried in
  /// their place, and made smaller in turn.
  mutating func shrink(_ program: RandomProgram) -> RandomProgram {
    var best = program
    best.statements = shrink(program.statements) { statements in
      var candidate = program
      candidate.statements = statements
      return candidate
    }
    return best
  }

  /// Returns fewer of some statements, with which the program around them keeps the property.
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

  /// Returns whether a program has the property, if there are trials left.
  private mutating func test(_ program: RandomProgram) -> Bool {
    guard budget > 0 else { return false }
    budget -= 1
    return holds(program)
  }
}
