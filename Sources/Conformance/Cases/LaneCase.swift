// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A per-lane instruction with the types of its operands, such as `setp.lt.and.f32 pred|pred = f32
/// f32 !pred`.
///
/// `s8@32` is an 8-bit value in a 32-bit container, `{b16,b16}` a vector, `#150` an immediate. A
/// listing comes before `##`; `$0` and so on are its results, then its sources: `add.cc.u32 $0, $2,
/// $3; addc.u32 $1, 0, 0; ## u32 u32 = u32 u32`. In a listing, `%sh`, `%ge` and `%gl` are the
/// shared, generic and global addresses of 16 bytes of the thread's own, and `%lo` is the address
/// of local memory.
struct LaneCase {
  /// A value that an instruction reads or writes.
  struct Slot: Sendable {
    /// The type, which determines the choice of operands.
    var type: String
    /// The number of bits of the register.
    var width: Int

    /// Parses a type and, if present, the width of a wider container.
    init(_ text: Substring) {
      let parts = text.split(separator: "@")
      type = String(parts[0])
      width = parts.count > 1 ? Int(parts[1]) ?? 0 : Slot.width(of: type)
    }

    /// Returns the number of bits of the register for values of a type.
    private static func width(of type: String) -> Int {
      switch type {
      case "pred": 1
      case "count", "position", "lane", "any", "angle", "turns", "exponent", "unit": 32
      case "f32x2": 64
      default:
        if type.hasSuffix("x2") {
          type.hasPrefix("e") ? 16 : 32
        } else {
          max(type.hasSuffix("8") ? 32 : 16, Int(type.drop { !$0.isNumber }) ?? 32)
        }
      }
    }
  }

  /// The name: the text of the case; for a listing, its first instruction.
  let name: String

  /// The results.
  let results: [Slot]

  /// The sources that are registers.
  let sources: [Slot]

  /// The instructions, with `$0` and so on in place of operands.
  let listing: String

  /// Parses a case.
  init(_ text: String) {
    if let separator = text.firstRange(of: "##") {
      listing = String(text[..<separator.lowerBound])
      let sides = text[separator.upperBound...].split(separator: "=")
      results = sides[0].split(separator: " ").map { Slot($0) }
      sources = sides.count > 1 ? sides[1].split(separator: " ").map { Slot($0) } : []
      name = listing.split(separator: ";").joined(separator: ";").trimmed
      return
    }
    let words = text.split(separator: " ")
    var count = 0
    var operands: [String] = []
    for word in words.dropFirst() where word != "=" {
      operands.append(LaneCase.operand(word, &count))
    }
    listing = words[0] + " " + operands.joined(separator: ", ") + ";"
    results = LaneCase.slots(words[1])
    sources = words.dropFirst(3).filter { !$0.hasPrefix("#") }.flatMap(LaneCase.slots)
    name = text
  }

  /// Returns the values in a word of a case.
  private static func slots(_ word: Substring) -> [Slot] {
    let separators: Set<Character> = ["{", "}", ",", "|", "!"]
    return word.split { separators.contains($0) }.filter { $0 != "_" }.map { Slot($0) }
  }

  /// Returns the operand in a word, and advances the number of registers.
  private static func operand(_ word: Substring, _ count: inout Int) -> String {
    if word.hasPrefix("#") { return String(word.dropFirst()) }
    var text = ""
    var isInName = false
    for character in word {
      if "{},|!_".contains(character) {
        isInName = false
        text.append(character)
      } else if !isInName {
        isInName = true
        text += "$\(count)"
        count += 1
      }
    }
    return text
  }
}

extension LaneCase {
  /// The number of words of each source in the input: two if one of them has 64 bits.
  var wordsPerSource: Int { sources.contains { $0.width == 64 } ? 2 : 1 }

  /// The number of words of each result in the output: two if one of them has 64 bits.
  var wordsPerResult: Int { results.contains { $0.width == 64 } ? 2 : 1 }

  /// The criterion for results to agree: for approximations, the manual's bound.
  var agreement: Agreement {
    Promise(mnemonic: name.prefix { $0 != " " }).map(Agreement.promised) ?? .bits
  }
}

extension String {
  /// The text without leading and trailing spaces.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
