import DeviceRuntime

extension RandomProgram {
  /// The first result that differs between two devices.
  struct Difference: Hashable {
    /// What the result is.
    var field: String
    /// The result's number in its field: the thread, where each has one.
    var result: Int
    /// What the simulator computed.
    var found: [UInt32]
    /// What was expected.
    var expected: [UInt32]
  }

  /// Returns the first result of two outputs that does not agree.
  func difference(_ found: [UInt32], _ expected: [UInt32]) -> Difference? {
    if found == expected { return nil }
    for field in fields {
      let count = field.wordsPerResult
      for first in stride(from: field.words.lowerBound, to: field.words.upperBound, by: count) {
        let range = first..<min(first + count, field.words.upperBound)
        if agree(found, expected, range, of: field) { continue }
        return Difference(
          field: field.name, result: (first - field.words.lowerBound) / count,
          found: Array(found[range]), expected: Array(expected[range]))
      }
    }
    return nil
  }

  /// Returns whether a result of two outputs agrees.
  private func agree(
    _ found: [UInt32], _ expected: [UInt32], _ range: Range<Int>, of field: Field
  ) -> Bool {
    if found[range] == expected[range] { return true }
    guard case .promised(let promise) = field.agreement else { return false }
    let result = (range.lowerBound - field.words.lowerBound) / field.wordsPerResult
    return [found, expected].allSatisfy { words in
      // The operands are exact, and were compared as results of their own.
      let operands = field.operands.flatMap { operand in
        let first = operand.lowerBound + result * field.wordsPerResult
        return words[first..<first + field.wordsPerResult]
      }
      return promise.holds(words[range], of: operands[...])
    }
  }

  /// Returns the digest of those results whose bits are promised.
  func digest(of words: [UInt32]) -> UInt32 {
    let exact = fields.lazy.filter { $0.agreement == .bits }.flatMap { words[$0.words] }
    let digest = fingerprint(exact)
    return UInt32(truncatingIfNeeded: digest ^ digest >> 32)
  }

  /// The digest of the instructions, whatever the kernel is called.
  var sequence: UInt64 { fingerprint(kernel(named: "kernel").utf8) }
}
