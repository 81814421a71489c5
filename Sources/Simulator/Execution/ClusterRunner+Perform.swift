// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

extension ClusterRunner {
  /// Executes an instruction other than a per-lane one for the lanes of `mask`.
  func perform(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    switch instruction.pointee.kind {
    case .lane, .nothing: return .next
    case .fence: fence(instruction, mask, warpIndex)
    case .gridDependency:
      tell(
        instruction.pointee.variant == 1 ? .dependencyWaited : .dependentsLaunched, lanes: mask,
        of: warpIndex, at: group.pointee.pc)
    case .readClock:
      readClock(instruction, mask, warpIndex)
      return .next
    case .load:
      try moveElements(instruction, mask, warpIndex, .load)
      return .next
    case .store:
      try moveElements(instruction, mask, warpIndex, .write)
      return .next
    case .atomic:
      try atomic(instruction, mask, warpIndex)
      return .next

    case .branch: return branch(instruction, mask, warpIndex, group)
    case .branchIndexed: return try branchIndexed(instruction, mask, warpIndex, group)
    case .exit: return try exit(mask, warpIndex, group)
    case .trap: throw Trap(.trapInstruction, "The kernel executed 'trap'.")

    case .shuffle, .vote, .matchAny, .matchAll, .reduceLanes, .elect, .warpBarrier:
      return try performAmongMembers(instruction, mask, warpIndex, group)
    case .activeMask:
      broadcast(mask, to: instruction.pointee.lane.destinations.0, mask, warpIndex)

    case .blockBarrier: return try blockBarrier(instruction, mask, warpIndex, group)
    case .clusterArrive: try clusterArrive(mask, warpIndex, group.pointee.pc)
    case .clusterWait: return try clusterWait(mask, warpIndex, group)

    case .mbarrierInitialize, .mbarrierInvalidate, .mbarrierArrive, .mbarrierTransaction:
      try changeBarriers(instruction, mask, warpIndex)
    case .mbarrierTestWait: _ = try testBarriers(instruction, mask, warpIndex)
    case .mbarrierTryWait: return try tryWait(instruction, mask, warpIndex, group)
    case .mbarrierPendingCount: readPendingCount(instruction, mask, warpIndex)

    case .convertAddress: convertAddress(instruction, mask, warpIndex)
    case .isInSpace: isInSpace(instruction, mask, warpIndex)
    case .mapToBlock: try mapToBlock(instruction, mask, warpIndex)
    case .blockRankOf: blockRank(instruction, mask, warpIndex)

    case .bulkTensorLoad: try issueBoxLoad(instruction, mask, warpIndex, group.pointee.pc)
    case .bulkTensorStore: try issueBoxStore(instruction, mask, warpIndex, group.pointee.pc)
    case .bulkTensorPrefetch: try checkBoxPrefetch(instruction, mask, warpIndex)
    case .bulkCopy: try issueBulkCopy(instruction, mask, warpIndex, group.pointee.pc)
    case .bulkPrefetch: try checkBulkPrefetch(instruction, mask, warpIndex)
    case .asyncStore: try issueAsyncStore(instruction, mask, warpIndex, group.pointee.pc)
    case .discard, .applyPriority: try touchCacheLines(instruction, mask, warpIndex)
    case .bulkCommit: commitBulkGroup(mask, warpIndex, group.pointee.pc)
    case .bulkWait: return waitForBulkGroups(instruction, mask, warpIndex, group)

    case .loadMatrix: try loadMatrix(instruction, mask, warpIndex)
    case .storeMatrix: try storeMatrix(instruction, mask, warpIndex)
    case .moveMatrix: moveMatrix(instruction, mask, warpIndex)

    case .wgmma: try issueWgmma(instruction, mask, warpIndex, group.pointee.pc)
    case .wgmmaCommit: commitWgmma(warpIndex, group.pointee.pc)
    case .wgmmaWait: return waitForWgmma(instruction, warpIndex, group)

    case .tensorAllocate: return try allocateTensorMemory(instruction, mask, warpIndex)
    case .tensorDeallocate: return try deallocateTensorMemory(instruction, mask, warpIndex)
    case .tensorRelinquish: blocks[warps[warpIndex].block].hasRelinquished = true
    case .tensorMultiply: try issueTensorMultiply(instruction, mask, warpIndex, group.pointee.pc)
    case .tensorCopy: try issueTensorCopy(instruction, mask, warpIndex, group.pointee.pc)
    case .tensorCommit: try issueTensorCommit(instruction, mask, warpIndex, group.pointee.pc)
    case .tensorLoad: try issueTensorLoad(instruction, mask, warpIndex, group.pointee.pc)
    case .tensorStore: try issueTensorStore(instruction, mask, warpIndex, group.pointee.pc)
    case .tensorWaitLoad:
      return waitForTensor(
        .tensorLoad, if: warps[warpIndex].pendingTensorLoads > 0, mask, warpIndex, group)
    case .tensorWaitStore:
      return waitForTensor(
        .tensorStore, if: warps[warpIndex].pendingTensorStores > 0, mask, warpIndex, group)

    case .requestCluster: try requestCluster(instruction, mask, warpIndex, group.pointee.pc)
    case .queryResponse: try queryResponse(instruction, mask, warpIndex)
    case .adjustRegisters: return try adjustRegisters(instruction, warpIndex, group)
    }
    return .next
  }

  /// Returns a wait if the condition is true, and otherwise continues.
  func waitFor(
    _ wait: Wait, if isNeeded: Bool, _ group: UnsafeMutablePointer<LaneGroup>
  ) -> Step {
    isNeeded && !group.pointee.hasWaited ? .wait(wait) : .next
  }

  /// `tcgen05.wait`.
  private func waitForTensor(
    _ kind: Wait.Kind, if isNeeded: Bool, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) -> Step {
    let step = waitFor(Wait(kind: kind), if: isNeeded, group)
    if case .next = step {
      tell(
        .tensorWaitPassed(isLoad: kind == .tensorLoad), lanes: mask, of: warpIndex,
        at: group.pointee.pc)
    }
    return step
  }

  /// A fence, which orders what the simulator executes in order anyway.
  private func fence(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    guard hot.pointee.isObserved else { return }
    let pc = currentPC(instruction)
    let source = kernel.sources[Int(pc)]
    guard let kind = FenceKind(source) else { return }
    tell(
      .fence(kind, order: source.memoryOrder, scope: source.memoryScope), lanes: mask,
      of: warpIndex, at: pc)
  }

  /// Calls `body` with each lane of a mask.
  @inline(__always)
  func forEachLane(_ mask: UInt32, _ body: (Int) throws(Trap) -> Void) throws(Trap) {
    var rest = mask
    while rest != 0 {
      try body(rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
  }

  /// Calls the nonthrowing `body` with each lane of a mask.
  @inline(__always)
  func forLanes(_ mask: UInt32, _ body: (Int) -> Void) {
    var rest = mask
    while rest != 0 {
      body(rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
  }

  /// Writes one 32-bit value to the lanes of a register.
  func broadcast(_ value: UInt32, to offset: LaneOffset, _ mask: UInt32, _ warpIndex: Int) {
    guard offset >= 0 else { return }
    let lanes = warps[warpIndex].memory.lanes(offset, as: UInt32.self)
    forLanes(mask) { lanes[$0] = value }
  }

  /// Reads the clock.
  private func readClock(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let destination = instruction.pointee.lane.destinations.0
    guard destination >= 0 else { return }
    let value = instruction.pointee.variant == 1 ? clock >> 32 : clock
    if instruction.pointee.containerWidth == 8 {
      let lanes = warps[warpIndex].memory.lanes(destination, as: UInt64.self)
      forLanes(mask) { lanes[$0] = value }
    } else {
      broadcast(UInt32(truncatingIfNeeded: value), to: destination, mask, warpIndex)
    }
  }

  // MARK: - Control

  /// Branches with the lanes of `mask`; the group's other lanes fall through.
  private func branch(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) -> Step {
    if mask == group.pointee.mask { return .jump(instruction.pointee.target) }
    group.pointee.hasWaited = false
    let index = group - warps[warpIndex].groups
    warps[warpIndex].diverge(
      index, taken: mask, target: instruction.pointee.target,
      reconvergence: instruction.pointee.reconvergence)
    return .changedGroups
  }

  /// Branches to the target of each lane's index; lanes with the same index stay together.
  private func branchIndexed(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    let indices = warps[warpIndex].memory.lanes(
      instruction.pointee.lane.sources.0, as: UInt32.self)
    let index = indices[mask.trailingZeroBitCount]
    guard index < UInt32(instruction.pointee.extraCount) else {
      throw Trap(
        .illegalOperand, "The branch index \(index) is past the end of the list of targets.")
    }
    let target = kernel.extraOffsets[Int(instruction.pointee.extra) + Int(index)]
    var taken: UInt32 = 0
    forLanes(mask) { if indices[$0] == index { taken |= 1 << UInt32($0) } }
    if taken == group.pointee.mask { return .jump(target) }
    // The other lanes stay at the branch and execute it in their turn.
    let reconvergence = instruction.pointee.reconvergence
    let groupIndex = group - warps[warpIndex].groups
    let pc = group.pointee.pc
    group.pointee.pc = pc - 1
    warps[warpIndex].diverge(groupIndex, taken: taken, target: target, reconvergence: reconvergence)
    return .changedGroups
  }

  /// Exits the lanes of `mask`.
  private func exit(
    _ mask: UInt32, _ warpIndex: Int, _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    let warp = warps + warpIndex
    if mask == warp.pointee.alive { try checkRegisterAdjustments(warpIndex) }
    let index = group - warp.pointee.groups
    let rest = group.pointee.mask & ~mask
    group.pointee.hasWaited = false
    if rest == 0 {
      warp.pointee.removeGroup(index)
    } else {
      group.pointee.mask = rest
      group.pointee.pc += 1
      let moved = group.pointee
      warp.pointee.removeGroup(index)
      warp.pointee.resume(moved)
    }
    tell(.exit, lanes: mask, of: warpIndex, at: -1)
    warp.pointee.exit(mask)
    try checkExits(warpIndex)
    changeCount &+= 1
    if warp.pointee.alive == 0 {
      let block = blocks[warp.pointee.block]
      block.liveWarpCount -= 1
      for barrier in block.barriers.indices { completeBlockBarrier(block, barrier) }
    }
    completeClusterBarrier()
    return .changedGroups
  }

  // MARK: - Special registers

  /// Initializes the special registers and addresses that the kernel reads.
  func fillSpecials(_ warpIndex: Int) {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    for (register, offset) in kernel.specials {
      if register.type == .pred {
        warp.memory.lanes(offset, as: UInt32.self).pointee =
          launch.clusterSize > 1 ? .max : 0
        continue
      }
      for lane in 0..<32 {
        let value = self.value(of: register, block: block, warp: warp.index, lane: lane)
        if register.type.bitWidth > 32 {
          warp.memory.lanes(offset, as: UInt64.self)[lane] = value
        } else {
          warp.memory.lanes(offset, as: UInt32.self)[lane] = UInt32(truncatingIfNeeded: value)
        }
      }
    }
    for (offset, address, isWide) in kernel.sharedAddresses {
      let own = UInt32(block.rank) << 24 | address
      for lane in 0..<32 {
        if isWide {
          warp.memory.lanes(offset, as: UInt64.self)[lane] = UInt64(own)
        } else {
          warp.memory.lanes(offset, as: UInt32.self)[lane] = own
        }
      }
    }
  }

  /// Returns the value of a special register in a lane.
  private func value(
    of register: SpecialRegister, block: BlockState, warp: Int, lane: Int
  ) -> UInt64 {
    let threads = launch.configuration.block
    let grid = launch.configuration.grid
    let shape = launch.configuration.cluster
    let thread = warp * 32 + lane
    let bit = UInt64(1) << UInt64(lane)
    let result: Int =
      switch register {
      case .threadIndexX: thread % threads.x
      case .threadIndexY: thread / threads.x % threads.y
      case .threadIndexZ: thread / (threads.x * threads.y)
      case .blockDimensionX: threads.x
      case .blockDimensionY: threads.y
      case .blockDimensionZ: threads.z
      case .blockIndexX: block.index.x
      case .blockIndexY: block.index.y
      case .blockIndexZ: block.index.z
      case .gridDimensionX: grid.x
      case .gridDimensionY: grid.y
      case .gridDimensionZ: grid.z
      case .clusterIndexX: block.index.x / shape.x
      case .clusterIndexY: block.index.y / shape.y
      case .clusterIndexZ: block.index.z / shape.z
      case .clusterCountX: grid.x / shape.x
      case .clusterCountY: grid.y / shape.y
      case .clusterCountZ: grid.z / shape.z
      case .clusterBlockIndexX: block.index.x % shape.x
      case .clusterBlockIndexY: block.index.y % shape.y
      case .clusterBlockIndexZ: block.index.z % shape.z
      case .clusterDimensionX: shape.x
      case .clusterDimensionY: shape.y
      case .clusterDimensionZ: shape.z
      case .clusterRank: block.rank
      case .clusterSize: launch.clusterSize
      case .isExplicitCluster: launch.clusterSize > 1 ? 1 : 0
      case .laneIndex: lane
      case .warpIndex: warp
      case .warpCount: launch.warpCount
      case .multiprocessorIndex: block.multiprocessor
      case .multiprocessorCount: launch.machine.multiprocessorCount
      case .gridIdentifier: 1
      case .laneMaskEqual: Int(bit)
      case .laneMaskLess: Int(bit - 1)
      case .laneMaskLessOrEqual: Int(bit | (bit - 1))
      case .laneMaskGreater: Int(~(bit | (bit - 1)) & 0xFFFF_FFFF)
      case .laneMaskGreaterOrEqual: Int(~(bit - 1) & 0xFFFF_FFFF)
      case .clock, .clockHigh, .clock64, .globalTimer, .globalTimerLow, .globalTimerHigh: 0
      case .dynamicSharedByteCount: launch.configuration.dynamicSharedByteCount
      case .totalSharedByteCount: launch.sharedLimit - SimulatedMachine.reservedSharedByteCount
      case .aggregateSharedByteCount: launch.sharedLimit
      case .reservedSharedBegin: 0
      case .reservedSharedEnd: SimulatedMachine.reservedSharedByteCount
      }
    return UInt64(bitPattern: Int64(result))
  }
}
