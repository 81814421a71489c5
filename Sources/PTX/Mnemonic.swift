import MachineIR

/// An opcode and the words behind it.
struct Mnemonic {
  /// The opcode.
  var opcode: Opcode

  /// The words.
  var modifiers: [Modifier]

  /// Creates the mnemonic of an instruction, whose spelling is the longest that an opcode has.
  ///
  /// - Parameters:
  ///   - name: The first name, as `cp`.
  ///   - words: The words behind it, without their dots.
  init?(name: String, words: [String]) {
    var spelling = name
    var best = Opcode.bySpelling[name].map { (opcode: $0, wordCount: 0) }
    for (index, word) in words.prefix(Mnemonic.longestSpelling).enumerated() {
      spelling += "." + word
      if let opcode = Opcode.bySpelling[spelling] { best = (opcode, index + 1) }
    }
    guard let best else { return nil }
    opcode = best.opcode
    modifiers = words.dropFirst(best.wordCount).map(Modifier.init(rawValue:))
  }

  /// The number of words in the longest spelling.
  private static let longestSpelling =
    Opcode.allCases.map { $0.spelling.utf8.count { $0 == Byte.dot } }.max() ?? 0

  /// What is wrong with the words, in a sentence; nil if some form takes them.
  ///
  /// Of several forms the one is meant that has a place for the most words.
  var complaint: String? {
    var best: (count: Int, mismatch: ModifierMismatch)?
    for form in opcode.description.forms {
      guard let mismatch = form.mismatch(of: modifiers) else { return nil }
      let count =
        switch mismatch {
        case .unexpected(let word): modifiers.firstIndex(of: word) ?? 0
        case .missing: modifiers.count
        }
      if best.map({ count > $0.count }) ?? true { best = (count, mismatch) }
    }
    return best.map { complaint(about: $0.mismatch) }
  }

  /// Returns the sentence for a mismatch.
  private func complaint(about mismatch: ModifierMismatch) -> String {
    switch mismatch {
    case .unexpected(let word):
      return "instruction '\(text)' cannot have the word '.\(word.rawValue)' there"
    case .missing(let slot):
      let names = slot.words.prefix(6).map { "." + $0.rawValue }.joined(separator: ", ")
      let rest = slot.words.count > 6 ? ", …" : ""
      let choice = slot.words.count == 1 ? "the word \(names)" : "one of the words \(names)\(rest)"
      return "instruction '\(text)' needs \(choice)"
    }
  }

  /// The mnemonic as the text has it.
  private var text: String { Instruction(opcode, modifiers).mnemonic }
}

// MARK: - Reading mnemonics

extension Parser {
  /// Reads a mnemonic: a name and the words behind it.
  mutating func parseMnemonic() throws(SyntaxError) -> Mnemonic {
    let start = token
    let first = position
    repeat { advance() } while token.kind == .word
    let key = String(decoding: bytes[start.start..<tokens[position - 1].end], as: UTF8.self)
    if let known = mnemonics[key] { return known }
    let words = tokens[first + 1..<position].map { word(of: $0) }
    guard let mnemonic = Mnemonic(name: text(of: start), words: words) else {
      let name = ([text(of: start)] + words).joined(separator: ".")
      throw error("unknown instruction '\(name)'", at: start)
    }
    if let complaint = mnemonic.complaint { throw error(complaint, at: start) }
    mnemonics[key] = mnemonic
    return mnemonic
  }
}
