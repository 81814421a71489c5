// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Verifier {
  /// Checks that the literals of an instruction are in their ranges.
  mutating func verifyImmediates(of instruction: Instruction) {
    for (index, rule, what) in instruction.immediateRules {
      guard index < instruction.operands.count,
        case .integer(let value) = instruction.operands[index], !rule.accepts(value)
      else { continue }
      report(.literal(what, value, rule), instruction)
    }
  }
}

extension Instruction {
  /// The operands with rules for literals, and their names.
  private typealias Bounded = (index: Int, rule: LiteralRule, what: String)

  /// The rules for this instruction's literals.
  ///
  /// - SeeAlso: PTX ISA, the sections of the instructions.
  fileprivate var immediateRules: [(index: Int, rule: LiteralRule, what: String)] {
    let bits = LiteralRule.range(0...255, multipleOf: 1)
    switch opcode {
    case .bitFieldExtract: return [(2, bits, "the position"), (3, bits, "the length")]
    case .bitFieldInsert: return [(3, bits, "the position"), (4, bits, "the length")]
    case .setMaximumRegisters:
      return [(0, .range(24...256, multipleOf: 8), "the number of registers")]
    case .copyAsyncWait:
      return [(0, .range(0...Int64.max, multipleOf: 1), "the number of pending groups")]
    case .copyAsync:
      let sizes: [Int64] = has("cg") ? [16] : [4, 8, 16]
      return [
        (2, .oneOf(sizes), "the number of bytes"),
        (3, .range(0...16, multipleOf: 1), "the number of bytes to read"),
      ]
    case .discard, .applyPriority: return [(1, .oneOf([128]), "the number of bytes")]
    case .tensorMapFenceProxyCopy: return [(2, .oneOf([128]), "the number of bytes")]
    case .logic3: return [(4, .range(0...255, multipleOf: 1), "the truth table")]
    case .performanceEvent:
      let limit: Int64 = has("mask") ? 0xFFFF : 15
      return [(0, .range(0...limit, multipleOf: 1), "the event")]
    case .storeBulk:
      return [
        (1, .range(0...Int64.max, multipleOf: 8), "the number of bytes"),
        (2, .oneOf([0]), "the value"),
      ]
    case .tensorMapReplace where operands.count == 3:
      return [(1, .range(0...4, multipleOf: 1), "the dimension")]
    default: return []
    }
  }
}
