// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The instructions of a kernel that use registers of a `tcgen05.ld` for which no `tcgen05.wait::ld` has
/// waited on some path.
///
/// The hardware follows the registers of a thread: such a use waits until the load has written them. Nothing
/// waits before the columns that were read are written again; for that the kernel needs the instruction.
///
/// - SeeAlso: PTX ISA, "tcgen05 Memory Consistency Model".
struct TensorLoadUses {
  /// For each block, the indices of these instructions in it.
  let indices: [Set<Int>]

  /// Finds the uses in a function.
  init(_ function: Function, _ graph: ControlFlowGraph) {
    let blocks = function.blocks ?? []
    var uses = [Set<Int>](repeating: [], count: blocks.count)
    var atEntry = [Set<RegisterID>](repeating: [], count: blocks.count)
    let hasLoads = blocks.contains { $0.instructions.contains { $0.opcode == .tensorLoad } }
    var open = hasLoads ? Set(blocks.indices) : []
    while let block = open.popFirst() {
      let (found, atExit) = TensorLoadUses.follow(blocks[block], from: atEntry[block])
      uses[block] = found
      for successor in graph.successors[block] where !atExit.isSubset(of: atEntry[successor]) {
        atEntry[successor].formUnion(atExit)
        open.insert(successor)
      }
    }
    indices = uses
  }

  /// Returns the uses in a block, and the registers that are still to be written at its end.
  private static func follow(
    _ block: Block, from entry: Set<RegisterID>
  ) -> (uses: Set<Int>, exit: Set<RegisterID>) {
    var unwritten = entry
    var uses: Set<Int> = []
    for (index, instruction) in block.instructions.enumerated() {
      let isLoad = instruction.opcode == .tensorLoad
      if !unwritten.isEmpty {
        var isUse = false
        instruction.forEachRegister { register, use in
          // The loads of a warp write their registers in the order of their issue.
          if !isLoad || use == .read, unwritten.contains(register) { isUse = true }
        }
        if isUse { uses.insert(index) }
        let waits = instruction.opcode == .tensorWaitLoad && instruction.condition == nil
        if isUse || waits { unwritten = [] }
      }
      if isLoad {
        instruction.forEachRegister { register, use in
          if use != .read { unwritten.insert(register) }
        }
      }
    }
    return (uses, unwritten)
  }
}
