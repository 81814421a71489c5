// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

// MARK: - Matrices in Tensor Memory

extension Verifier {
  /// Checks the rules that apply only to Tensor Memory accesses.
  mutating func verifyMatrices(of instruction: Instruction) {
    verifyInstructionDescriptor(of: instruction)
    guard instruction.opcode == .tensorLoad || instruction.opcode == .tensorStore else { return }
    let limit = instruction.has("16x256b") ? 32 : instruction.has("16x128b") ? 64 : 128
    let isTooMany = instruction.modifiers.contains { word in
      word.rawValue.hasPrefix("x") && (Int(word.rawValue.dropFirst()) ?? 0) > limit
    }
    if isTooMany {
      report("'\(instruction.mnemonic)' needs more than 128 registers", instruction)
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
  /// Checks an instruction descriptor that is a literal against the rules of its instruction.
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
        "the instruction descriptor of '\(instruction.mnemonic)' is invalid: \(finding)",
        instruction)
    }
  }
}

extension Instruction {
  /// Returns whether this has the modifier with a name and a value: `kind::f16`.
  fileprivate func has(_ name: String, _ value: String) -> Bool {
    has(Modifier(rawValue: "\(name)::\(value)"))
  }

  /// The number of elements that share a scale in a block-scaled multiplication.
  public var scaleBlock: ScaleBlock {
    has("block16") || has("scale_vec::4X") ? .block16 : .block32
  }
}
