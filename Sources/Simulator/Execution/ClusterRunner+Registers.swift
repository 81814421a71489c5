// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Registers that the warps of a block pass to one another.
extension ClusterRunner {
  /// `setmaxnreg`: releases registers of the warp's threads to the block, or takes some, waiting
  /// until there are enough.
  ///
  /// Each warp of a warpgroup adjusts its own. The contents of registers do not change.
  func adjustRegisters(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    let warp = warps + warpIndex
    let block = blocks[warp.pointee.block]
    let wanted = Int(instruction.pointee.literal)
    let held = warp.pointee.registerCount
    let isIncrease = instruction.pointee.variant == 1
    if !group.pointee.hasWaited { try enterAdjustment(currentPC(instruction), warpIndex) }
    guard isIncrease ? wanted >= held : wanted <= held else {
      throw Trap(
        .registers,
        "The threads have \(held) registers; a setmaxnreg that \(isIncrease ? "increases" : "decreases") their number requests \(wanted)."
      )
    }
    let change = (wanted - held) * 32
    guard change <= block.freeRegisterCount else {
      return .wait(Wait(kind: .registers, value: Int64(change)))
    }
    block.freeRegisterCount -= change
    warp.pointee.registerCount = wanted
    block.warpgroups[warp.pointee.index / 4].adjusted[warp.pointee.index % 4] += 1
    changeCount &+= 1
    return .next
  }

  /// Checks that the warps of a warpgroup reach the same `setmaxnreg` instructions, and each
  /// together.
  private func enterAdjustment(_ pc: Int32, _ warpIndex: Int) throws(Trap) {
    let warp = warps[warpIndex]
    let state = blocks[warp.block].warpgroups[warp.index / 4]
    let first = warp.index / 4 * 4
    guard first + 4 <= launch.warpCount, launch.threadCount >= (first + 4) * 32 else {
      throw Trap(
        .registers,
        "setmaxnreg needs warpgroups of four whole warps; the block has \(launch.threadCount) threads."
      )
    }
    let number = state.adjusted[warp.index % 4]
    if number == state.registerAdjustments.count {
      state.registerAdjustments.append(pc)
    } else if state.registerAdjustments[number] != pc {
      throw Trap(
        .registers,
        "The warps of warpgroup \(warp.index / 4) reach different setmaxnreg instructions: another reached \(instructionText(state.registerAdjustments[number]))."
      )
    }
    for other in 0..<4 where state.adjusted[other] < number {
      throw Trap(
        .registers,
        "The warp reaches another setmaxnreg before warp \(first + other) of its warpgroup has executed the previous one."
      )
    }
    let base = warpIndex - warp.index
    for other in first..<first + 4
    where warps[base + other].alive == 0 && state.adjusted[other % 4] <= number {
      throw Trap(
        .registers,
        "The warp reaches a setmaxnreg that warp \(other) of its warpgroup exited without executing."
      )
    }
  }

  /// Checks that a warp that exits has executed every `setmaxnreg` of its warpgroup.
  func checkRegisterAdjustments(_ warpIndex: Int) throws(Trap) {
    guard kernel.movableRegistersPerThread != nil else { return }
    let warp = warps[warpIndex]
    let state = blocks[warp.block].warpgroups[warp.index / 4]
    let number = state.adjusted[warp.index % 4]
    guard number < state.registerAdjustments.count else { return }
    throw Trap(
      .registers,
      "The warp exits without executing \(instructionText(state.registerAdjustments[number])), which other warps of its warpgroup reached."
    )
  }
}
