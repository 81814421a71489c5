// MARK: - Matrices in Tensor Memory

extension Verifier {
  /// Looks at what is special to accesses of Tensor Memory.
  mutating func verifyMatrices(of instruction: Instruction) {
    guard instruction.opcode == .tensorLoad || instruction.opcode == .tensorStore else { return }
    let limit = instruction.has("16x256b") ? 32 : instruction.has("16x128b") ? 64 : 128
    let isTooMany = instruction.modifiers.contains { word in
      word.rawValue.hasPrefix("x") && (Int(word.rawValue.dropFirst()) ?? 0) > limit
    }
    if isTooMany {
      report("'\(instruction.mnemonic)' would need more than 128 registers", instruction)
    }
    let isSplit = instruction.has("16x32bx2")
    let hasSplit = instruction.operands.count == 3
    if isSplit != hasSplit {
      let words = isSplit ? "needs" : "cannot have"
      report("'\(instruction.mnemonic)' \(words) the offset of a second half", instruction)
    }
  }
}
