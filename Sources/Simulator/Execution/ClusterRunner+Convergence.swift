// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Lanes that wait for others of their warp: at instructions that need lanes together, and where a
// branch ends.
extension ClusterRunner {
  // MARK: - Instructions that need lanes together

  /// Returns the wait of lanes at an instruction with `.aligned`, which all lanes of the warp run
  /// together.
  ///
  /// Barriers need the lanes that have not exited. Other instructions need every lane that had not
  /// when the first one came.
  func alignedWait(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ pc: Int32, _ warpIndex: Int
  ) -> Wait {
    let lanes = instruction.pointee.isReleasedByExits ? UInt32.max : warps[warpIndex].alive
    return Wait(kind: .lanes, index: pc, value: Int64(lanes))
  }

  /// Returns the lanes that others wait for.
  func missingLanes(for wait: Wait, _ warpIndex: Int) -> UInt32 {
    let warp = warps + warpIndex
    let needed = UInt32(truncatingIfNeeded: wait.value) & warp.pointee.alive
    return needed & ~warp.pointee.waitingLanes(wait)
  }

  /// Makes lanes wait at an instruction for others that it needs; once all have arrived, they continue
  /// in their next turn, as one group where they are at one instruction.
  ///
  /// Lanes whose guard is false go round the instruction.
  func gather(
    _ wait: Wait, _ mask: UInt32, _ warpIndex: Int, _ group: UnsafeMutablePointer<LaneGroup>
  ) {
    guard mask == group.pointee.mask else {
      let pc = group.pointee.pc
      split(group, group.pointee.mask & ~mask, to: pc + 1, warpIndex)
      return
    }
    group.pointee.wait = wait
    group.pointee.hasWaited = false
    guard missingLanes(for: wait, warpIndex) == 0 else { return }
    if warps[warpIndex].isAtOneInstruction(wait) {
      warps[warpIndex].unite(wait)
    } else {
      performAtSeveral(wait, warpIndex)
      passInstructions(wait, warpIndex) { _ in }
    }
  }

  /// Sends some lanes of a group elsewhere; the others stay at the instruction, and all meet after it.
  private func split(
    _ group: UnsafeMutablePointer<LaneGroup>, _ lanes: UInt32, to target: Int32, _ warpIndex: Int
  ) {
    let pc = group.pointee.pc
    group.pointee.pc = pc - 1
    group.pointee.hasWaited = false
    let index = group - warps[warpIndex].groups
    warps[warpIndex].diverge(index, taken: lanes, target: target, reconvergence: pc + 1)
  }

  /// Does an instruction with a member mask: for each mask that lanes name, by its lanes.
  ///
  /// Lanes wait until those of their mask that have not exited have arrived with the same mask: at the
  /// same instruction, or at another one of the same kind with the same qualifiers.
  func performAmongMembers(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    if group.pointee.hasWaited { return .next }
    let warp = warps + warpIndex
    let masks = warp.pointee.memory.lanes(instruction.pointee.lane.sources.3, as: UInt32.self)
    var rest = mask
    while rest != 0 {
      let (lanes, members) = lanesOfOneMask(rest, masks)
      guard lanes & ~members == 0 else {
        throw Trap(
          .missingLanes,
          "Lanes \(lanesText(lanes & ~members)) execute an instruction whose mask does not include them."
        )
      }
      guard members & warp.pointee.alive == lanes else {
        let pc = group.pointee.pc
        hot.pointee.issues[Int(pc)] &-= 1
        if lanes != mask, mask == group.pointee.mask {
          split(group, lanes, to: pc, warpIndex)
          return .changedGroups
        }
        let wait = Wait(
          kind: .lanes, index: instruction.pointee.memberOperation, value: Int64(members))
        gather(wait, mask, warpIndex, group)
        return .changedGroups
      }
      rest &= ~lanes
    }
    rest = mask
    while rest != 0 {
      let lanes = lanesOfOneMask(rest, masks).lanes
      performTogether(Members(instruction, lanes), warpIndex)
      rest &= ~lanes
    }
    return .next
  }

  /// Returns the first of some lanes and all that name the same mask, and that mask.
  private func lanesOfOneMask(
    _ lanes: UInt32, _ masks: UnsafeMutablePointer<UInt32>
  ) -> (lanes: UInt32, members: UInt32) {
    let members = masks[lanes.trailingZeroBitCount]
    var same: UInt32 = 0
    forLanes(lanes) { if masks[$0] == members { same |= 1 << UInt32($0) } }
    return (same, members)
  }

  /// Executes an instruction with a member mask for lanes that have met.
  private func performTogether(_ members: Members, _ warpIndex: Int) {
    switch members.first.instruction.pointee.kind {
    case .shuffle: shuffle(members, warpIndex)
    case .vote: vote(members, warpIndex)
    case .matchAny, .matchAll: match(members, warpIndex)
    case .reduceLanes: reduceLanes(members, warpIndex)
    case .elect: elect(members, warpIndex)
    case .warpBarrier:
      tell(
        .warpBarrier, lanes: members.mask, of: warpIndex,
        at: currentPC(members.first.instruction))
    default: break
    }
  }

  /// Executes, for the lanes that wait for each other at several instructions, what these do
  /// together.
  private func performAtSeveral(_ wait: Wait, _ warpIndex: Int) {
    var members: Members?
    for index in 0..<warps[warpIndex].groupCount {
      let group = warps[warpIndex].groups[index]
      guard group.isWaiting(wait) else { continue }
      let instruction = instructions + Int(group.pc)
      if members == nil {
        members = Members(instruction, group.mask)
      } else {
        members?.add(instruction, group.mask)
      }
    }
    if let members { performTogether(members, warpIndex) }
  }

  /// Counts the instructions at which lanes wait for each other; the lanes continue after these in
  /// their next turn.
  private func passInstructions(
    _ wait: Wait, _ warpIndex: Int, _ change: (UnsafeMutablePointer<LaneGroup>) -> Void
  ) {
    let warp = warps + warpIndex
    for index in 0..<warp.pointee.groupCount where warp.pointee.groups[index].isWaiting(wait) {
      let group = warp.pointee.groups + index
      hot.pointee.issues[Int(group.pointee.pc)] &+= 1
      group.pointee.wait.kind = .nothing
      group.pointee.hasWaited = true
      change(group)
    }
  }

  /// Makes lanes wait at a barrier of the block for the others of their warp that have not exited,
  /// which may reach other instructions that synchronize with the same barrier; `enter` makes the
  /// whole warp arrive.
  func gatherAtBarrier(
    _ number: Int, _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32,
    _ warpIndex: Int, _ group: UnsafeMutablePointer<LaneGroup>, enter: () throws(Trap) -> Step
  ) throws(Trap) -> Step {
    let warp = warps + warpIndex
    let pc = group.pointee.pc
    hot.pointee.issues[Int(pc)] &-= 1
    let isSync = instruction.pointee.blockBarrierMode == .sync
    let wait = Wait(
      kind: .lanes, index: isSync ? Int32(-2 - number) : pc, value: Int64(UInt32.max))
    guard mask == group.pointee.mask else {
      gather(wait, mask, warpIndex, group)
      return .changedGroups
    }
    group.pointee.wait = wait
    guard missingLanes(for: wait, warpIndex) == 0, !warp.pointee.isAtOneInstruction(wait) else {
      gather(wait, mask, warpIndex, group)
      return .changedGroups
    }
    let step = try enter()
    passInstructions(wait, warpIndex) { group in
      if case .wait(let passing) = step { group.pointee.wait = passing }
    }
    return .changedGroups
  }

  // MARK: - Parked lanes

  /// The instructions of a cluster after which parked lanes of a warp are released, whatever the
  /// others do.
  private static let parkedLimit: UInt64 = 1 << 22

  /// Releases the parked lanes of a warp if other lanes wait at an instruction for them, and no lane
  /// of the warp can continue; returns whether that is so.
  func letAwaitedLanesGo(_ index: Int) -> Bool {
    let warp = warps + index
    for group in 0..<warp.pointee.groupCount {
      let wait = warp.pointee.groups[group].wait
      guard wait.kind == .lanes,
        UInt32(truncatingIfNeeded: wait.value) & warp.pointee.parked != 0
      else { continue }
      warp.pointee.letGo()
      return true
    }
    return false
  }

  /// Releases the parked lanes of all warps; returns whether there were any.
  func letParkedLanesGo() -> Bool {
    var hasParked = false
    for index in 0..<warpCount where warps[index].parked != 0 {
      warps[index].letGo()
      hasParked = true
    }
    return hasParked
  }

  /// Releases the parked lanes of a warp if the others run in circles: they are where they were, with
  /// all registers as they were, and have changed no memory; or where they have run for long.
  func watchParkedLanes(_ index: Int) {
    let warp = warps + index
    if warp.pointee.watch.lanes != warp.pointee.parked {
      warp.pointee.watch = ParkedWatch(
        lanes: warp.pointee.parked, start: clock,
        nextLook: clock &+ ParkedWatch.lookDistance)
    }
    if clock &- warp.pointee.watch.start > ClusterRunner.parkedLimit { return warp.pointee.letGo() }
    guard clock > warp.pointee.watch.nextLook else { return }
    warp.pointee.watch.nextLook = clock &+ ParkedWatch.lookDistance
    var hasher = Hasher()
    combineState(of: index, into: &hasher)
    let state = hasher.finalize()
    let watch = warp.pointee.watch
    if state == watch.state, haveAllHadTurns(index, since: watch.stateClock) {
      return warp.pointee.letGo()
    }
    warp.pointee.watch.looksLeft -= 1
    guard warp.pointee.watch.looksLeft <= 0 || watch.state == nil else { return }
    warp.pointee.watch.state = state
    warp.pointee.watch.stateClock = clock
    warp.pointee.watch.span *= 2
    warp.pointee.watch.looksLeft = warp.pointee.watch.span
  }
}

extension ClusterRunner {
  /// Says that an instruction did not get all its lanes.
  func missingLanes(_ mask: UInt32, of expected: UInt32) -> Trap {
    Trap(
      .missingLanes,
      "The instruction needs lanes \(lanesText(expected)) together, but only \(lanesText(mask)) arrived."
    )
  }

  /// Checks, after lanes have exited, that no instruction which needs them as well waits for them.
  func checkExits(_ warpIndex: Int) throws(Trap) {
    let warp = warps + warpIndex
    for index in 0..<warp.pointee.groupCount {
      let group = warp.pointee.groups[index]
      let instruction = instructions[Int(group.pc)]
      let expected = UInt32(truncatingIfNeeded: group.wait.value)
      guard group.wait.kind == .lanes, instruction.isAligned, !instruction.isReleasedByExits,
        expected & ~warp.pointee.alive != 0
      else { continue }
      let lanes = warp.pointee.waitingLanes(group.wait)
      throw located(missingLanes(lanes, of: expected), warpIndex, group.pc, lanes: lanes)
    }
  }
}

extension DecodedInstruction {
  /// The identity of an instruction with a member mask, as the index of a wait: the same for all of
  /// one kind with the same qualifiers.
  ///
  /// An H200 lets lanes meet so, and hangs where the kind or a qualifier differs.
  fileprivate var memberOperation: Int32 {
    let qualifiers = Int32(variant) << 2 | (containerWidth == 8 ? 2 : 0) | (isSigned ? 1 : 0)
    return -64 - (Int32(kind.rawValue) << 10 | qualifiers)
  }

  /// Whether lanes that have exited are no longer waited for: at barriers.
  var isReleasedByExits: Bool {
    switch kind {
    case .blockBarrier, .clusterArrive, .clusterWait: true
    default: false
    }
  }
}
