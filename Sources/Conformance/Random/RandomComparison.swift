// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension RandomProgram {
  /// The first result that differs between two devices.
  struct Difference: Hashable {
    /// The name of the result.
    var field: String
    /// The index of the result in its field: the thread, if each has one.
    var result: Int
    /// The result of the simulator.
    var found: [UInt32]
    /// The expected result.
    var expected: [UInt32]
    /// The operands, for a result with an error bound.
    var operands: [UInt32] = []
  }

  /// Returns the first result on which two outputs disagree.
  func difference(_ found: [UInt32], _ expected: [UInt32]) -> Difference? {
    if found == expected { return nil }
    for field in fields {
      let count = field.wordsPerResult
      for first in stride(from: field.words.lowerBound, to: field.words.upperBound, by: count) {
        let range = first..<min(first + count, field.words.upperBound)
        if agree(found, expected, range, of: field) { continue }
        return Difference(
          field: field.name, result: (first - field.words.lowerBound) / count,
          found: Array(found[range]), expected: Array(expected[range]),
          operands: operands(of: range, in: found, field))
      }
    }
    return nil
  }

  /// Returns whether two outputs agree on a result.
  private func agree(
    _ found: [UInt32], _ expected: [UInt32], _ range: Range<Int>, of field: Field
  ) -> Bool {
    if found[range] == expected[range] { return true }
    guard case .promised(let promise) = field.agreement else { return false }
    // The operands are exact, and were compared as separate results.
    return [found, expected].allSatisfy { words in
      promise.holds(words[range], of: operands(of: range, in: words, field)[...])
    }
  }

  /// Returns the operands of a result with an error bound.
  private func operands(of range: Range<Int>, in words: [UInt32], _ field: Field) -> [UInt32] {
    let offset = range.lowerBound - field.words.lowerBound
    return field.operands.flatMap { operand in
      words[operand.lowerBound + offset..<operand.lowerBound + offset + field.wordsPerResult]
    }
  }

  /// Returns the digest of the results whose bits must be equal.
  func digest(of words: [UInt32]) -> UInt32 {
    let exact = fields.lazy.filter { $0.agreement == .bits }.flatMap { words[$0.words] }
    let digest = fingerprint(exact)
    return UInt32(truncatingIfNeeded: digest ^ digest >> 32)
  }

  /// The digest of the instructions, independent of the kernel's name.
  var sequence: UInt64 { fingerprint(kernel(named: "kernel").utf8) }
}
