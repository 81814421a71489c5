// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// An opcode and its modifiers.
struct Mnemonic {
  /// The opcode.
  var opcode: Opcode

  /// The modifiers.
  var modifiers: [Modifier]

  /// Creates the mnemonic of an instruction with the longest matching opcode.
  ///
  /// - Parameters:
  ///   - name: The first name, such as `cp`.
  ///   - words: The words after it, without their dots.
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

  /// The number of words of the longest opcode.
  private static let longestSpelling =
    Opcode.allCases.map { $0.spelling.utf8.count { $0 == Byte.dot } }.max() ?? 0
}

// MARK: - Reading mnemonics

extension Parser {
  /// Parses a mnemonic: a name and the words after it.
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
    let complaint = mnemonic.opcode.description.complaint(
      about: mnemonic.modifiers, of: mnemonic.opcode)
    if let complaint { throw error(complaint, at: start) }
    mnemonics[key] = mnemonic
    return mnemonic
  }
}
