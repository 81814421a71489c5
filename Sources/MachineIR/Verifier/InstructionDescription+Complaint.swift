// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension InstructionDescription {
  /// Returns the reason that an instruction does not have any of the forms, as a sentence.
  public func complaint(about instruction: Instruction) -> String {
    if let complaint = complaint(about: instruction.modifiers, of: instruction.opcode) {
      return complaint
    }
    let counts = Set(
      forms.filter { $0.mismatch(of: instruction.modifiers) == nil }.flatMap { form in
        form.operands.count { !$0.isOptional }...form.operands.count
      }
    ).sorted()
    let expected = counts.map(String.init).joined(separator: " or ")
    let noun = counts == [1] ? "operand" : "operands"
    return "'\(instruction.mnemonic)' takes \(expected) \(noun), not \(instruction.operands.count)"
  }

  /// Returns the reason that no form accepts the modifiers of an instruction, as a sentence, or
  /// `nil` if one does.
  ///
  /// The reason refers to the form that accepts the most modifiers.
  public func complaint(about modifiers: [Modifier], of opcode: Opcode) -> String? {
    var best: (count: Int, mismatch: ModifierMismatch)?
    for form in forms {
      guard let mismatch = form.mismatch(of: modifiers) else { return nil }
      let count =
        switch mismatch {
        case .unexpected(let word): modifiers.firstIndex(of: word) ?? 0
        case .missing: modifiers.count
        }
      if best.map({ count > $0.count }) ?? true { best = (count, mismatch) }
    }
    let name = Instruction(opcode, modifiers).mnemonic
    return best.map { "instruction '\(name)' \($0.mismatch.complaint)" }
  }
}

extension ModifierMismatch {
  /// The description of the mismatch, as the predicate of a sentence.
  fileprivate var complaint: String {
    switch self {
    case .unexpected(let word): return "cannot have the modifier '.\(word.rawValue)' here"
    case .missing(let slot):
      let names = slot.words.prefix(6).map { "." + $0.rawValue }.joined(separator: ", ")
      let rest = slot.words.count > 6 ? ", …" : ""
      return slot.words.count == 1
        ? "needs the modifier \(names)" : "needs one of the modifiers \(names)\(rest)"
    }
  }
}
