import TileLayout

// MARK: - Matrices in Tensor Memory

extension Verifier {
  /// Looks at what is special to accesses of Tensor Memory.
  mutating func verifyMatrices(of instruction: Instruction) {
    verifyInstructionDescriptor(of: instruction)
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

extension Verifier {
  /// Looks whether an instruction descriptor that is a literal keeps the rules of its instruction.
  private mutating func verifyInstructionDescriptor(of instruction: Instruction) {
    guard instruction.opcode == .tensorMultiply, instruction.operands.count > 3,
      case .integer(let literal) = instruction.operands[3]
    else { return }
    let bits = UInt32(truncatingIfNeeded: literal)
    let group: CTAGroup = instruction.has("cta_group::2") ? .two : .one
    let findings: [DescriptorFinding]
    if let kind = TensorCoreKind.allCases.first(where: { instruction.has("kind", $0.rawValue) }) {
      let descriptor = TensorCoreInstructionDescriptor(rawValue: bits, kind: kind)
      findings = descriptor.findings(for: .group(group), isSparse: false)
    } else if let kind = BlockScaledKind.allCases.first(where: {
      instruction.has("kind", $0.rawValue)
    }) {
      let descriptor = BlockScaledInstructionDescriptor(rawValue: bits, kind: kind)
      findings = descriptor.findings(for: group, block: instruction.scaleBlock)
    } else {
      return
    }
    for finding in findings {
      report(
        "the instruction descriptor of '\(instruction.mnemonic)' breaks a rule: \(finding)",
        instruction)
    }
  }
}

extension Instruction {
  /// Whether this has the word that a name and a value make: `kind::f16`.
  fileprivate func has(_ name: String, _ value: String) -> Bool {
    has(Modifier(rawValue: "\(name)::\(value)"))
  }

  /// The elements that share a scale in a multiplication with block scales.
  public var scaleBlock: ScaleBlock {
    has("block16") || has("scale_vec::4X") ? .block16 : .block32
  }
}
