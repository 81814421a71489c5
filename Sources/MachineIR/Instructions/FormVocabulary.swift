// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The slots and lists of modifiers that the forms of several families have.

extension OperandSlot {
  /// A written value of the first type in the mnemonic.
  static let destination = OperandSlot(.value(.named(0)), .write)
  /// A read value of the first type in the mnemonic.
  static let source = OperandSlot(.value(.named(0)))
  /// Memory in brackets.
  static let memory = OperandSlot(.memory)
  /// A written predicate.
  static let predicateOut = OperandSlot(.predicate, .write)
  /// A read predicate.
  static let predicateIn = OperandSlot(.predicate)
  /// A read 32-bit value.
  static let word = OperandSlot(.value(.fixed(.b32)))
  /// A read 64-bit value.
  static let doubleWord = OperandSlot(.value(.fixed(.b64)))
  /// A read vector of 32-bit values.
  static let words = OperandSlot(.vector(.fixed(.b32)))
  /// A read 16-bit mask of blocks.
  static let blockMask = OperandSlot(.value(.fixed(.b16)))
  /// A literal.
  static let immediate = OperandSlot(.immediate)
}

extension RawRepresentable<String> {
  /// The modifier that names the value.
  var word: Modifier { Modifier(rawValue: rawValue) }
}

extension CaseIterable where Self: RawRepresentable<String> {
  /// The modifiers that name the values.
  static var words: [Modifier] { allCases.map(\.word) }
}

extension [Modifier] {
  /// The groups of `tcgen05`.
  static let ctaGroups: [Modifier] = ["cta_group::1", "cta_group::2"]
  /// The packings of 4-bit and 6-bit elements in 16 bytes.
  static let unpackings: [Modifier] = ["b4x16_p64", "b6x16_p32"]
}

extension Instruction {
  /// Returns the value that the first modifier with a prefix names, if there is one.
  func word<Value: RawRepresentable<String>>(
    after prefix: String = "", as type: Value.Type = Value.self
  ) -> Value? {
    for word in modifiers where word.rawValue.hasPrefix(prefix) {
      if let value = Value(rawValue: String(word.rawValue.dropFirst(prefix.count))) { return value }
    }
    return nil
  }
}

extension InstructionForm {
  /// Returns a form without, and one with, `.L2::cache_hint` and the policy that it names.
  static func hinted(
    _ slots: [ModifierSlot], before rest: [ModifierSlot] = [], _ operands: [OperandSlot],
    needs: Availability = .hopper, wordNeeds: [Modifier: Availability] = [:]
  ) -> [InstructionForm] {
    [
      InstructionForm(slots + rest, operands, needs: needs, wordNeeds: wordNeeds),
      InstructionForm(
        slots + [.word("L2::cache_hint")] + rest, operands + [.doubleWord], needs: needs,
        wordNeeds: wordNeeds),
    ]
  }
}
