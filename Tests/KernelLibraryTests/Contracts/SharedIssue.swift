// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension Function {
  /// The instructions that one thread must issue but that several lanes of a warp may reach.
  ///
  /// `elect.sync` makes a lane the only one: after a branch that only the elected lane passes, or
  /// under a guard that is true only in that lane.
  func sharedIssues() throws -> [Instruction] {
    let blocks = blocks ?? []
    let graph = try ControlFlowGraph(self)
    let elected = electedPredicates
    var isReached = [Bool](repeating: false, count: blocks.count)
    var waiting = blocks.isEmpty ? [] : [0]
    while let block = waiting.popLast() {
      guard !isReached[block] else { continue }
      isReached[block] = true
      waiting += graph.successors[block].filter { next in
        !isForElected(from: block, to: next, blocks, elected)
      }
    }
    return blocks.indices.filter { isReached[$0] }.flatMap { block in
      blocks[block].instructions.filter { instruction in
        let isAlone = instruction.condition.map { !$0.isNegated && elected.contains($0.register) }
        return instruction.isForOneThread && isAlone != true
      }
    }
  }

  /// The predicates that are true in at most one lane of a warp.
  private var electedPredicates: Set<RegisterID> {
    var sources: [RegisterID: [Instruction]] = [:]
    for instruction in (blocks ?? []).flatMap(\.instructions) {
      instruction.forEachRegister { register, use in
        if use != .read { sources[register, default: []].append(instruction) }
      }
    }
    var result: Set<RegisterID> = []
    var count = -1
    while result.count > count {
      count = result.count
      for (register, instructions) in sources {
        let isElected = instructions.allSatisfy { instruction in
          instruction.opcode == .elect
            || instruction.opcode == .and
              && instruction.operands.dropFirst().contains { operand in
                if case .register(let source) = operand { return result.contains(source) }
                return false
              }
        }
        if isElected { result.insert(register) }
      }
    }
    return result
  }

  /// Returns whether only an elected lane goes from one block to another.
  private func isForElected(
    from block: Int, to next: Int, _ blocks: [Block], _ elected: Set<RegisterID>
  ) -> Bool {
    guard let last = blocks[block].instructions.last, last.opcode == .branch,
      let condition = last.condition, elected.contains(condition.register)
    else { return false }
    let isTarget = blocks[next].label != nil && blocks[next].label == last.branchTarget
    // If the other lanes take the branch, the elected lane falls through.
    return isTarget ? !condition.isNegated : condition.isNegated && next == block + 1
  }
}

extension Instruction {
  /// Whether the operation would happen twice if a second lane issued the instruction.
  fileprivate var isForOneThread: Bool {
    switch opcode {
    case .bulkCopy, .bulkTensorCopy, .bulkTensorReduce, .bulkReduce, .bulkCommit: true
    case .tensorMultiply, .tensorCopy, .tensorCommit, .clusterTryCancel: true
    case .mbarrierInitialize, .mbarrierArrive, .mbarrierExpectTransaction: true
    default: false
    }
  }
}
