// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// Damages files as typing errors, broken transfers or malice would.
public struct Damager {
  /// The source of all random choices.
  public var generator: SplitMix64

  /// The files that supply parts.
  private let corpus: [[UInt8]]

  /// Numbers at the ends of ranges, and texts that look like numbers.
  private static let numbers = [
    "0", "-1", "1", "255", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
    "1000000000", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
    "18446744073709551616", "99999999999999999999999999", "0x", "0xFFFFFFFFFFFFFFFFFF", "0f", "0d",
    "0f7fc00000", "0d7FF8000000000000", "1e999", "-1e-999", "1.5", "08", "0b1", "NaN", "nan",
  ]

  /// Creates a damager with files that supply parts.
  public init(seed: UInt64, corpus: [[UInt8]]) {
    generator = SplitMix64(seed: seed)
    self.corpus = corpus
  }

  /// Returns a file of the corpus, damaged in one to six ways.
  public mutating func damagedFile() -> (index: Int, bytes: [UInt8]) {
    let index = number(below: corpus.count)
    return (index, damaged(corpus[index]))
  }

  /// Returns bytes, damaged in one to six ways.
  public mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...number(below: 6) { damage(&bytes) }
    return bytes
  }

  /// Returns a file of the corpus with one or two slips.
  public mutating func slippedFile() -> (index: Int, bytes: [UInt8]) {
    let index = number(below: corpus.count)
    return (index, slipped(corpus[index]))
  }

  /// Returns bytes with one or two slips, which leave most texts readable: another register or
  /// instruction of the same kind, another number, or a line of instructions removed, doubled or
  /// moved.
  public mutating func slipped(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...number(below: 2) { slip(&bytes) }
    return bytes
  }

  /// Returns a number below a positive bound.
  public mutating func number(below bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &generator)
  }

  /// Damages bytes in one way.
  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = Array("{".utf8)
      return
    }
    let index = number(below: bytes.count)
    let end = min(index + 1 + number(below: 12), bytes.count)
    switch number(below: 16) {
    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.removeSubrange(index..<end)
    case 2: bytes.insert(contentsOf: bytes[index..<end], at: index)
    case 3: bytes.removeSubrange(index...)
    case 4: bytes[index] = marks.randomElement(using: &generator) ?? 0
    case 5: bytes.insert(contentsOf: part(of: bytes, most: 60), at: index)
    case 6: bytes.insert(contentsOf: foreignPart(), at: index)
    case 7: nest(&bytes, at: index)
    case 8, 9: replaceToken(of: &bytes, near: index, by: foreignToken())
    case 10, 11: replaceNumber(of: &bytes, near: index)
    case 12: moveLine(of: &bytes, from: index)
    case 13: removeLine(of: &bytes, at: index)
    case 14:
      replaceToken(of: &bytes, near: index, by: token(of: bytes, near: number(below: bytes.count)))
    default: bytes[index] ^= 1 << UInt8(number(below: 8))
    }
  }

  /// Makes one slip.
  private mutating func slip(_ bytes: inout [UInt8]) {
    guard let index = indexOfInstruction(in: bytes) else { return damage(&bytes) }
    switch number(below: 8) {
    case 0: removeLine(of: &bytes, at: index)
    case 1: bytes.insert(contentsOf: bytes[lineRange(of: bytes, at: index)], at: index)
    case 2:
      guard let target = indexOfInstruction(in: bytes) else { return }
      let line = Array(bytes[lineRange(of: bytes, at: index)])
      bytes.insert(contentsOf: line, at: target)
      removeLine(of: &bytes, at: target <= index ? index + line.count : index)
    case 3: replaceNumber(of: &bytes, near: index)
    case 4: replaceNumber(of: &bytes, near: index, by: foreignNumber(in: bytes))
    default:
      let line = lineRange(of: bytes, at: index)
      exchangeToken(of: &bytes, near: line.lowerBound + number(below: line.count))
    }
  }

  /// Returns the start of a line that has only an instruction, if one is found.
  private mutating func indexOfInstruction(in bytes: [UInt8]) -> Int? {
    guard !bytes.isEmpty else { return nil }
    for _ in 0..<64 {
      let range = lineRange(of: bytes, at: number(below: bytes.count))
      let line = bytes[range].filter { !" \t\n".utf8.contains($0) }
      guard let first = line.first, line.last == 0x3B else { continue }
      if !"./{}".utf8.contains(first) { return range.lowerBound }
    }
    return nil
  }

  /// Returns a number from a text.
  private mutating func foreignNumber(in bytes: [UInt8]) -> [UInt8] {
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    let index = number(below: bytes.count)
    guard let first = bytes[index...].firstIndex(where: isDigit) else { return [0x30] }
    return Array(bytes[first...].prefix(while: isDigit))
  }

  /// Replaces a token by another token of the text, of the same kind.
  private mutating func exchangeToken(of bytes: inout [UInt8], near index: Int) {
    let old = token(of: bytes, near: index)
    guard let kind = kind(of: old) else { return }
    for _ in 0..<64 {
      let other = token(of: bytes, near: number(below: bytes.count))
      if other != old, self.kind(of: other) == kind {
        return replaceToken(of: &bytes, near: index, by: other)
      }
    }
  }

  /// Returns the common part of tokens of a kind: a register's letters, an instruction's name.
  private func kind(of token: [UInt8]) -> [UInt8]? {
    guard let first = token.first else { return nil }
    if first == 0x25 { return token.filter { !(0x30...0x39).contains($0) } }
    guard token.contains(0x2E), (0x61...0x7A).contains(first) else { return nil }
    return Array(token.prefix { $0 != 0x2E })
  }

  /// The punctuation of the formats.
  private var marks: [UInt8] { Array("{}[]()<>;,:.@!|+-%_0\"\\/*\n".utf8) }

  /// Returns a part of bytes.
  private mutating func part(of bytes: [UInt8], most: Int) -> [UInt8] {
    let first = number(below: bytes.count)
    return Array(bytes[first..<min(first + 1 + number(below: most), bytes.count)])
  }

  /// Returns a part of some file.
  private mutating func foreignPart() -> [UInt8] {
    let file = corpus[number(below: corpus.count)]
    return file.isEmpty ? [] : part(of: file, most: 400)
  }

  /// Inserts many brackets, some of them with their counterparts.
  private mutating func nest(_ bytes: inout [UInt8], at index: Int) {
    let pairs = ["{}", "[]", "()", "<>", "[{", "\"\"", "/*", "!!", "--", "~~", "((", ".reg", "@!"]
    let pair = Array((pairs.randomElement(using: &generator) ?? "{}").utf8)
    let depth = [3, 40, 600, 20_000][number(below: 4)]
    let opening = [UInt8](repeating: pair[0], count: depth)
    let isClosed = number(below: 2) == 0
    let closing = isClosed ? [UInt8](repeating: pair[1], count: depth) : []
    let end = min(index + number(below: 40), bytes.count)
    bytes.insert(contentsOf: closing, at: end)
    bytes.insert(contentsOf: opening, at: index)
  }

  /// Returns the range of the token near an index.
  private func tokenRange(of bytes: [UInt8], near index: Int) -> Range<Int> {
    /// Returns whether a byte belongs to a token.
    func isInToken(_ byte: UInt8) -> Bool {
      byte == 0x25 || byte == 0x2E || byte == 0x5F || (0x30...0x39).contains(byte)
        || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    var first = index
    while first > 0, isInToken(bytes[first - 1]) { first -= 1 }
    var end = index
    while end < bytes.count, isInToken(bytes[end]) { end += 1 }
    return first..<max(end, first)
  }

  /// Returns the token near an index.
  private func token(of bytes: [UInt8], near index: Int) -> [UInt8] {
    Array(bytes[tokenRange(of: bytes, near: index)])
  }

  /// Returns a token of some file.
  private mutating func foreignToken() -> [UInt8] {
    let file = corpus[number(below: corpus.count)]
    return file.isEmpty ? [] : token(of: file, near: number(below: file.count))
  }

  /// Replaces the token near an index.
  private func replaceToken(of bytes: inout [UInt8], near index: Int, by token: [UInt8]) {
    bytes.replaceSubrange(tokenRange(of: bytes, near: index), with: token)
  }

  /// Replaces the first number after an index by one at the end of a range.
  private mutating func replaceNumber(of bytes: inout [UInt8], near index: Int) {
    let number = Self.numbers.randomElement(using: &generator) ?? "0"
    replaceNumber(of: &bytes, near: index, by: Array(number.utf8))
  }

  /// Replaces the first number after an index.
  private func replaceNumber(of bytes: inout [UInt8], near index: Int, by number: [UInt8]) {
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    guard let first = bytes[index...].firstIndex(where: isDigit) else { return }
    let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(first..<end, with: number)
  }

  /// Returns the range of the line at an index.
  private func lineRange(of bytes: [UInt8], at index: Int) -> Range<Int> {
    let first = bytes[..<index].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let end = bytes[index...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
    return first..<max(first, end)
  }

  /// Moves a line elsewhere.
  private mutating func moveLine(of bytes: inout [UInt8], from index: Int) {
    let range = lineRange(of: bytes, at: index)
    let line = Array(bytes[range])
    bytes.removeSubrange(range)
    guard !bytes.isEmpty else { return }
    let target = lineRange(of: bytes, at: number(below: bytes.count)).lowerBound
    bytes.insert(contentsOf: line, at: target)
  }

  /// Removes a line.
  private func removeLine(of bytes: inout [UInt8], at index: Int) {
    bytes.removeSubrange(lineRange(of: bytes, at: index))
  }
}

/// A run of a fuzzer: a fixed number of trials, or all that fit in a time.
///
/// With `TILEWRIGHT_FUZZ_SECONDS` it continues for that time with new seeds. It keeps the current
/// file in the directory `TILEWRIGHT_FUZZ_KEEP`, so that the input that caused a crash is not lost.
/// A trial that takes longer than 30 seconds ends the process.
public struct FuzzRun: Sendable {
  /// The name of the run.
  private let name: String

  /// The duration of the run, if it does not have a fixed number of trials.
  private let seconds: Double?

  /// The directory for the current file.
  private let directory: String?

  /// Prepares a run.
  public init(_ name: String) {
    self.name = name
    let environment = ProcessInfo.processInfo.environment
    seconds = environment["TILEWRIGHT_FUZZ_SECONDS"].flatMap(Double.init)
    directory = environment["TILEWRIGHT_FUZZ_KEEP"]
  }

  /// Calls the body with the given seeds, or with new seeds until the time is over.
  ///
  /// - Parameters:
  ///   - seeds: The seeds, if the run has no duration.
  ///   - body: Tries a seed.
  /// - Throws: The error of `body`.
  public func forEachSeed(of seeds: Range<UInt64>, _ body: (UInt64) throws -> Void) rethrows {
    guard let seconds else {
      for seed in seeds { try body(seed) }
      return
    }
    let end = Date().addingTimeInterval(seconds)
    // Another run uses other seeds.
    var seed = UInt64(Date().timeIntervalSince1970) << 20
    let first = seed
    while Date() < end {
      try body(seed)
      seed += 1
    }
    FileHandle.standardError.write(
      Data("\(name): \(seed - first) seeds from \(first) on in \(Int(seconds)) s\n".utf8))
  }

  /// Saves a file that is about to be tried.
  public func keep(_ bytes: [UInt8], as file: String) {
    guard let directory else { return }
    try? Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/\(name)-\(file)"))
  }

  /// Returns the result of `body`, and ends the process if it takes longer than 30 seconds.
  public func guardingTime<Result>(_ trial: String, _ body: () throws -> Result) rethrows -> Result
  {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 30)
    timer.setEventHandler { fatalError("The trial \(trial) takes longer than 30 seconds.") }
    timer.activate()
    defer { timer.cancel() }
    return try body()
  }
}

/// Returns the files of the package's tests whose names have a suffix, in order of their paths.
public func testFiles(endingWith suffix: String) -> [(path: String, bytes: [UInt8])] {
  let root = ToolEnvironment.packageRoot + "/Tests"
  let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
  return paths.filter { $0.hasSuffix(suffix) }.sorted().compactMap { path in
    FileManager.default.contents(atPath: root + "/" + path).map { (path, [UInt8]($0)) }
  }
}
