// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The input of a program whose threads each have their own words.
///
/// A 32-bit value takes a word of every thread, a 64-bit value two neighbouring ones.
struct InputLayout {
  /// The number of threads.
  let threadCount: Int

  /// The types of the values in order.
  private(set) var types: [String] = []

  /// The number of words of each thread so far.
  private(set) var wordCount = 0

  /// Creates the input for a number of threads.
  init(threadCount: Int) { self.threadCount = threadCount }

  /// Adds a value of a type, and returns its address in PTX.
  mutating func add(_ type: String, isWide: Bool) -> String {
    defer {
      types.append(isWide ? type + "@64" : type)
      wordCount += isWide ? 2 : 1
    }
    return "[%\(isWide ? "in8" : "in4")+\(wordCount * threadCount * 4)]"
  }

  /// Returns random words for each thread; for a type such as `=80000000`, the given value.
  func words(using random: inout SeededGenerator) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(wordCount * threadCount)
    for type in types {
      let isWide = type.hasSuffix("@64")
      let name = isWide ? String(type.dropLast(3)) : type
      if type.hasPrefix("="), let constant = UInt32(type.dropFirst(), radix: 16) {
        words += [UInt32](repeating: constant, count: threadCount)
        continue
      }
      for _ in 0..<threadCount {
        let value = LaneOperand.value(of: name, using: &random)
        words.append(UInt32(truncatingIfNeeded: value))
        if isWide { words.append(UInt32(truncatingIfNeeded: value >> 32)) }
      }
    }
    return words
  }
}

/// The output of a program whose threads each have their own words.
struct OutputLayout {
  /// The number of threads.
  let threadCount: Int

  /// The fields of the output.
  private(set) var fields: [RandomProgram.Field] = []

  /// The number of words of each thread so far.
  private(set) var wordCount = 0

  /// Creates the output for a number of threads.
  init(threadCount: Int) { self.threadCount = threadCount }

  /// The words that were added last.
  var latest: Range<Int> { fields.last?.words ?? 0..<0 }

  /// Adds the result of each thread, and returns its address in PTX.
  mutating func add(
    _ name: String, words: Int, _ agreement: Agreement = .bits, of operands: [Range<Int>] = []
  ) -> String {
    let first = wordCount * threadCount
    fields.append(
      RandomProgram.Field(
        name: name, words: first..<first + words * threadCount, wordsPerResult: words,
        agreement: agreement, operands: operands))
    defer { wordCount += words }
    let base = [1: "out4", 2: "out8", 4: "out16"][words] ?? "out4"
    return "[%\(base)+\(first * 4)]"
  }
}

extension SeededGenerator {
  /// Returns a random element of a list that is not empty.
  mutating func pick<Element>(_ list: [Element]) -> Element {
    list[integer(in: 0...list.count - 1)]
  }

  /// Returns true with the given probability in percent.
  mutating func isIn(percent: Int) -> Bool { integer(in: 0...99) < percent }

  /// Returns a random element of a list of weights and elements.
  mutating func pick<Element>(weighted list: [(Int, Element)]) -> Element {
    var rest = integer(in: 0...list.reduce(0) { $0 + $1.0 } - 1)
    for (weight, element) in list {
      if rest < weight { return element }
      rest -= weight
    }
    return list[list.count - 1].1
  }
}
