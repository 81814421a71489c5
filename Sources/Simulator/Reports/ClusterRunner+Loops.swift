// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Loops that never end, and lanes that never come.
extension ClusterRunner {
  /// Whether lanes run that nothing holds up.
  var isInLoop: Bool {
    (0..<warpCount).contains { index in
      (0..<warps[index].groupCount).contains { group in
        let wait = warps[index].groups[group].wait.kind
        return wait == .nothing || wait == .order
      }
    }
  }

  /// Stops lanes from whose position no path leads to an end.
  func checkForEndlessLoops() throws(Trap) {
    if let trap = endlessLoop(isQuiet: false) { throw trap }
  }

  /// Describes a loop that lanes run in and never leave: it has no exit, or, where nothing changes any
  /// more (`isQuiet`), looks at nothing that could change.
  func endlessLoop(isQuiet: Bool = true) -> Trap? {
    for index in 0..<warpCount {
      for number in 0..<warps[index].groupCount {
        let group = warps[index].groups[number]
        guard group.wait.kind == .nothing || group.wait.kind == .order else { continue }
        let loop = kernel.loop(around: Int(group.pc))
        guard let first = loop.first, let last = loop.last else { continue }
        let hasExit = kernel.hasExit(loop)
        guard !hasExit || isQuiet && !kernel.looksAtMemory(loop) else { continue }
        var trap = Trap(
          .endlessLoop,
          hasExit
            ? "A loop never ends: nothing that it reads changes." : "A loop has no exit.")
        trap.context = [
          "\(warpText(index)), lanes \(lanesText(group.mask))",
          "in the loop from \(instructionText(Int32(first))) to \(instructionText(Int32(last)))",
        ]
        return trap
      }
    }
    return nil
  }

  /// Describes lanes that wait at an instruction for others, which wait at another one for them.
  func missingLanes() -> Trap? {
    for index in 0..<warpCount {
      let warp = warps[index]
      var waiting: UInt32 = 0
      for group in 0..<warp.groupCount where warp.groups[group].wait.kind == .lanes {
        waiting |= warp.groups[group].mask
      }
      for number in 0..<warp.groupCount where warp.groups[number].wait.kind == .lanes {
        let group = warp.groups[number]
        let missing = missingLanes(for: group.wait, index)
        guard missing & ~waiting == 0 else { continue }
        let lanes = warp.waitingLanes(group.wait)
        var trap = located(
          missingLanes(lanes, of: lanes | missing), index, group.pc, lanes: group.mask)
        trap.context += waitReport()
        return trap
      }
    }
    return nil
  }

  /// Describes what the warps of a cluster do that has issued too many instructions.
  func beyondLimit(_ limit: UInt64) -> Trap {
    if let trap = endlessLoop(isQuiet: false) { return trap }
    var trap = Trap(
      .instructionLimit,
      """
      The warps of a cluster issued more than \(limit) instructions, and have not exited. A loop \
      may never end; if none does, raise the instruction limit.
      """)
    trap.context = waitReport()
    return trap
  }
}

extension DecodedKernel {
  /// Returns the instructions that may follow one.
  private func successors(of pc: Int) -> [Int] {
    let instruction = instructions[pc]
    var result: [Int] = []
    switch instruction.kind {
    case .branch: result = [Int(instruction.target)]
    case .branchIndexed:
      result = (0..<Int(instruction.extraCount)).map {
        Int(extraOffsets[Int(instruction.extra) + $0])
      }
    case .exit, .trap: break
    default: return pc + 1 < instructionCount ? [pc + 1] : []
    }
    if instruction.guardOffset >= 0, pc + 1 < instructionCount { result.append(pc + 1) }
    return result.filter { $0 >= 0 }
  }

  /// Returns the instructions that can come after one and before it again, in the order of the text.
  func loop(around pc: Int) -> [Int] {
    var predecessors = [[Int]](repeating: [], count: instructionCount)
    for pc in 0..<instructionCount {
      for successor in successors(of: pc) { predecessors[successor].append(pc) }
    }
    let after = reachable(from: pc) { successors(of: $0) }
    let before = reachable(from: pc) { predecessors[$0] }
    return (0..<instructionCount).filter { after[$0] && before[$0] }
  }

  /// Returns what one step or more lead to.
  private func reachable(from start: Int, _ next: (Int) -> [Int]) -> [Bool] {
    var isFound = [Bool](repeating: false, count: instructionCount)
    var open = next(start)
    while let pc = open.popLast() {
      guard !isFound[pc] else { continue }
      isFound[pc] = true
      open += next(pc)
    }
    return isFound
  }

  /// Whether lanes can leave a loop, or end in it.
  func hasExit(_ loop: [Int]) -> Bool {
    let members = Set(loop)
    return loop.contains { pc in
      let kind = instructions[pc].kind
      return kind == .exit || kind == .trap
        || successors(of: pc).contains { !members.contains($0) }
    }
  }

  /// Whether an instruction of a loop reads what others may change.
  func looksAtMemory(_ loop: [Int]) -> Bool {
    loop.contains { pc in
      switch instructions[pc].kind {
      case .load: instructions[pc].space != .parameter && instructions[pc].space != .constant
      case .lane, .nothing, .branch, .branchIndexed, .activeMask, .convertAddress, .mapToBlock:
        false
      default: true
      }
    }
  }
}
