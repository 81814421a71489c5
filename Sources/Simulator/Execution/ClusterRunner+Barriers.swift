// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Barriers of the block, of the cluster, and in shared memory.
extension ClusterRunner {
  // MARK: - The block's barriers

  /// `bar.sync`, `bar.arrive`, `bar.red` and their unaligned forms.
  func blockBarrier(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let lane = instruction.pointee.lane
    let first = mask.trailingZeroBitCount
    let index = Int(warp.memory.lanes(lane.sources.0, as: UInt32.self)[first])
    guard index < 16 else {
      throw Trap(.illegalOperand, "A block has barriers 0 to 15, not \(index).")
    }
    let mode = instruction.pointee.blockBarrierMode
    if group.pointee.hasWaited {
      // Lanes that passed at several instructions have not waited by themselves.
      if group.pointee.wait.index >= 0 {
        tell(
          .blockBarrierPassed(index, use: group.pointee.wait.value), lanes: mask, of: warpIndex,
          at: group.pointee.pc)
      }
      deliver(block.barriers[index].result, of: mode, instruction, mask, warpIndex)
      return .next
    }
    guard mask == warp.alive else {
      return try gatherAtBarrier(index, instruction, mask, warpIndex, group) { () throws(Trap) in
        try self.enterBarrier(index, mode, instruction, mask, warpIndex)
      }
    }
    return try enterBarrier(index, mode, instruction, mask, warpIndex)
  }

  /// Lets a warp arrive at a barrier of the block, and wait there unless it only arrives.
  private func enterBarrier(
    _ index: Int, _ mode: BlockBarrierMode,
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) -> Step {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let expected = try threadCount(instruction, mask, warpIndex)
    if block.barriers[index].arrived == 0 {
      block.barriers[index].expected = expected
      block.barriers[index].accumulated = mode == .reduceAnd ? .max : 0
    } else if block.barriers[index].expected != expected {
      throw Trap(
        .barrierMisuse,
        """
        Barrier \(index) is used with \(threadsText(expected)) while others use it with \
        \(threadsText(block.barriers[index].expected)).
        """)
    }
    try addWarp(warp.index, to: &block.barriers[index], index)
    accumulate(&block.barriers[index].accumulated, mode, instruction, mask, warpIndex)
    let generation = block.barriers[index].generation
    let pc = currentPC(instruction)
    tell(
      .blockBarrierArrival(index, use: generation), lanes: warp.alive, of: warpIndex, at: pc)
    changeCount &+= 1
    completeBlockBarrier(block, index)
    if mode == .arrive { return .next }
    if block.barriers[index].generation > generation {
      tell(
        .blockBarrierPassed(index, use: generation), lanes: warp.alive, of: warpIndex, at: pc)
      deliver(block.barriers[index].result, of: mode, instruction, mask, warpIndex)
      return .next
    }
    return .wait(Wait(kind: .blockBarrier, index: Int32(index), value: generation))
  }

  /// Returns the threads that a use of a barrier of the block counts; -1 for all threads.
  private func threadCount(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) -> Int {
    guard instruction.pointee.count == 1 else { return -1 }
    let counts = warps[warpIndex].memory.lanes(
      instruction.pointee.lane.sources.1, as: UInt32.self)
    let count = Int(counts[mask.trailingZeroBitCount])
    guard count > 0, count % 32 == 0, count <= launch.warpCount * 32 else {
      throw Trap(
        .illegalOperand,
        """
        A barrier's thread count must be a positive multiple of 32 of at most \
        \(launch.warpCount * 32), not \(count).
        """)
    }
    return count
  }

  /// Adds a warp to those that have arrived at a barrier of the block in its phase.
  private func addWarp(
    _ warp: Int, to barrier: inout BlockBarrier, _ number: Int
  ) throws(Trap) {
    let warpBit = UInt32(1) << UInt32(warp)
    guard barrier.warps & warpBit == 0 else {
      throw Trap(
        .barrierMisuse,
        """
        Warp \(warp) arrives at barrier \(number) a second time in phase \(barrier.generation), \
        which is not complete: only warps \(lanesText(barrier.warps)) have arrived, \
        \(barrier.arrived) of \(threadsText(barrier.expected)). A warp that only arrives must not \
        run ahead of those that wait.
        """)
    }
    barrier.warps |= warpBit
    barrier.arrived += 32
    if barrier.expected > 0, barrier.arrived > barrier.expected {
      throw Trap(
        .barrierMisuse,
        "Barrier \(number) gets arrivals of more than the \(barrier.expected) threads that it expects."
      )
    }
  }

  /// Adds a warp's predicates to a reduction.
  private func accumulate(
    _ total: inout UInt32, _ mode: BlockBarrierMode,
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    guard mode == .reduceCount || mode == .reduceAnd || mode == .reduceOr else { return }
    var votes = warps[warpIndex].memory.predicate(instruction.pointee.lane.sources.2)
    if instruction.pointee.negatesPredicate { votes = ~votes }
    votes &= mask
    switch mode {
    case .reduceCount: total += UInt32(votes.nonzeroBitCount)
    case .reduceAnd: total = total != 0 && votes == mask ? .max : 0
    case .reduceOr: total = total != 0 || votes != 0 ? .max : 0
    case .sync, .arrive: break
    }
  }

  /// Writes the result of a reduction.
  private func deliver(
    _ result: UInt32, of mode: BlockBarrierMode,
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let destination = instruction.pointee.lane.destinations.0
    switch mode {
    case .sync, .arrive: break
    case .reduceCount: broadcast(result, to: destination, mask, warpIndex)
    case .reduceAnd, .reduceOr:
      if destination >= 0 {
        warps[warpIndex].memory.setPredicate(destination, result, mask: mask)
      }
    }
  }

  /// Completes a use of a block's barrier if all its threads have arrived.
  func completeBlockBarrier(_ block: BlockState, _ index: Int) {
    let barrier = block.barriers[index]
    guard barrier.arrived > 0 else { return }
    let needed = barrier.expected > 0 ? barrier.expected : block.liveWarpCount * 32
    guard barrier.arrived >= needed else { return }
    block.barriers[index].generation += 1
    block.barriers[index].result = barrier.accumulated
    block.barriers[index].arrived = 0
    block.barriers[index].warps = 0
  }

  /// Returns a description of the number of threads of a barrier.
  private func threadsText(_ count: Int) -> String {
    count < 0 ? "all threads of the block" : "\(count) threads"
  }

  // MARK: - The cluster's barrier

  /// `barrier.cluster.arrive`.
  func clusterArrive(_ mask: UInt32, _ warpIndex: Int, _ pc: Int32) throws(Trap) {
    guard warps[warpIndex].clusterArrived & mask == 0 else {
      throw Trap(
        .barrierMisuse,
        "Lanes \(lanesText(mask & warps[warpIndex].clusterArrived)) arrive at the cluster barrier twice without a wait in between."
      )
    }
    if warps[warpIndex].clusterArrived == 0 {
      warps[warpIndex].clusterGeneration = clusterGeneration
    }
    tell(
      .clusterArrival(use: clusterGeneration, order: kernel.sources[Int(pc)].memoryOrder),
      lanes: mask, of: warpIndex, at: pc)
    warps[warpIndex].clusterArrived |= mask
    clusterArrived += mask.nonzeroBitCount
    changeCount &+= 1
    completeClusterBarrier()
  }

  /// Completes a use of the cluster barrier if every thread that has not exited has arrived.
  func completeClusterBarrier() {
    guard clusterArrived > 0 else { return }
    var alive = 0
    var arrivedAlive = 0
    for index in 0..<warpCount {
      alive += warps[index].alive.nonzeroBitCount
      guard warps[index].clusterGeneration == clusterGeneration else { continue }
      arrivedAlive += (warps[index].alive & warps[index].clusterArrived).nonzeroBitCount
    }
    guard arrivedAlive >= alive else { return }
    clusterGeneration += 1
    clusterArrived = 0
  }

  /// `barrier.cluster.wait`.
  func clusterWait(
    _ mask: UInt32, _ warpIndex: Int, _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    guard warps[warpIndex].clusterArrived & mask == mask else {
      throw Trap(
        .barrierMisuse,
        "Lanes \(lanesText(mask & ~warps[warpIndex].clusterArrived)) wait at the cluster barrier without having arrived."
      )
    }
    let generation = warps[warpIndex].clusterGeneration
    guard clusterGeneration > generation else {
      return .wait(Wait(kind: .clusterBarrier, value: generation))
    }
    tell(
      .clusterBarrierPassed(use: generation), lanes: mask, of: warpIndex, at: group.pointee.pc)
    warps[warpIndex].clusterArrived &= ~mask
    return .next
  }

  // MARK: - Barriers in shared memory

  /// Returns the block and offset of a lane's barrier address.
  private func barrierPlace(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ lane: Int, _ warpIndex: Int
  ) throws(Trap) -> (block: BlockState, offset: Int) {
    let address = self.address(instruction, warps[warpIndex].memory, lane)
    return try barrierPlace(address, instruction.pointee.space, warpIndex)
  }

  /// Returns the block and offset of a barrier address.
  func barrierPlace(
    _ address: UInt64, _ space: StateSpace, _ warpIndex: Int
  ) throws(Trap) -> (block: BlockState, offset: Int) {
    guard case .shared(let rank, let offset) = try location(address, space, warpIndex) else {
      throw Trap(
        .barrierMisuse, "An mbarrier must lie in shared memory, not at \(hexadecimal(address)).")
    }
    guard offset % 8 == 0 else {
      throw Trap(
        .misaligned, "An mbarrier must lie at a multiple of 8, not at \(hexadecimal(offset)).")
    }
    guard offset >= SimulatedMachine.reservedSharedByteCount,
      offset + 8 <= blocks[rank].sharedLimit
    else {
      throw Trap(
        .outOfBounds,
        "The mbarrier at shared offset \(hexadecimal(offset)) is outside the block's shared memory."
      )
    }
    return (blocks[rank], offset)
  }

  /// Returns the index of the live barrier at an offset.
  func liveBarrier(_ block: BlockState, _ offset: Int) throws(Trap) -> Int {
    guard let index = block.mbarrierIndex(at: offset) else {
      throw Trap(
        .barrierMisuse,
        "The mbarrier at shared offset \(hexadecimal(offset)), \(kernel.nameOfShared(offset)), was not initialized."
      )
    }
    return index
  }

  /// `mbarrier.init`, `.inval`, `.arrive`, `.arrive_drop`, `.expect_tx` and `.complete_tx`, lane by
  /// lane.
  func changeBarriers(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let values = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)
    let pc = currentPC(instruction)
    try forEachLane(mask) { (lane) throws(Trap) in
      let (block, offset) = try self.barrierPlace(instruction, lane, warpIndex)
      let value = Int64(values[lane])
      let place = OrderEvent.BarrierPlace(rank: block.rank, offset: offset)
      let own = UInt32(1) << UInt32(lane)
      switch instruction.pointee.kind {
      case .mbarrierInitialize:
        try self.initializeBarrier(block, offset, count: value)
        self.tell(
          .barrierInitialization(place, count: value), lanes: own, of: warpIndex, at: pc)
      case .mbarrierInvalidate:
        let index = try self.liveBarrier(block, offset)
        self.tell(.barrierInvalidation(place), lanes: own, of: warpIndex, at: pc)
        if let trap = self.unbalancedBytes(of: block.mbarriers[index]) { throw trap }
        block.mbarriers[index].isLive = false
        block.mbarrierIndices[offset / 8] = 0
        (block.shadow + offset).update(repeating: 0, count: 8)
      case .mbarrierTransaction:
        let index = try self.liveBarrier(block, offset)
        let isComplete = instruction.pointee.completesTransaction
        let phase = block.mbarriers[index].phase
        self.tell(
          isComplete
            ? .delivery(place, phase: phase, byteCount: value)
            : .announcement(place, phase: phase, byteCount: value),
          lanes: own, of: warpIndex, at: pc)
        try self.addTransaction(block, index, isComplete ? -value : value, checks: isComplete)
      default:
        let arrival = instruction.pointee.arrival
        let index = try self.liveBarrier(block, offset)
        let state = block.mbarriers[index]
        var count = value
        if arrival.contains(.expectTransaction) {
          self.tell(
            .announcement(place, phase: state.phase, byteCount: value), lanes: own,
            of: warpIndex, at: pc)
          try self.addTransaction(block, index, value, checks: false)
          count = 1
        }
        if arrival.contains(.drop) { block.mbarriers[index].expected -= count }
        self.tell(
          self.arrival(block, index, count: count, at: pc), lanes: own, of: warpIndex, at: pc)
        try self.arrive(block, index, count: count)
        if arrival.contains(.noComplete), block.mbarriers[index].phase != state.phase {
          throw Trap(
            .barrierMisuse,
            "An arrive.noComplete completed the phase of \(self.kernel.nameOfShared(offset)).")
        }
        let destination = instruction.pointee.lane.destinations.0
        if destination >= 0 {
          // The state that an arrival returns: the phase, and the number of arrivals pending before
          // it.
          memory.lanes(destination, as: UInt64.self)[lane] =
            UInt64(bitPattern: state.phase) << 32 | UInt64(bitPattern: state.pending)
        }
      }
      self.changeCount &+= 1
    }
  }

  /// Initializes a barrier at an offset.
  private func initializeBarrier(
    _ block: BlockState, _ offset: Int, count: Int64
  ) throws(Trap) {
    guard (1...MBarrier.limit).contains(count) else {
      throw Trap(
        .barrierMisuse, "An mbarrier must expect 1 to \(MBarrier.limit) arrivals, not \(count).")
    }
    guard block.mbarrierIndex(at: offset) == nil else {
      throw Trap(
        .barrierMisuse, "The live \(kernel.nameOfShared(offset)) is initialized a second time.")
    }
    guard block.mbarriers.count < Int(UInt16.max) else {
      throw Trap(.barrierMisuse, "A block initializes more than 65535 mbarriers.")
    }
    block.mbarriers.append(
      MBarrier(
        offset: offset, isLive: true, expected: count, pending: count, transactionBytes: 0,
        phase: 0))
    block.mbarrierIndices[offset / 8] = UInt16(block.mbarriers.count)
    (block.shadow + offset).update(repeating: 2, count: 8)
  }

  /// Returns the event of arrivals at a barrier by an instruction.
  func arrival(_ block: BlockState, _ index: Int, count: Int64, at pc: Int32) -> OrderEvent {
    let barrier = block.mbarriers[index]
    let instruction = kernel.sources[Int(pc)]
    return .arrival(
      OrderEvent.BarrierPlace(rank: block.rank, offset: barrier.offset), phase: barrier.phase,
      count: count, order: instruction.memoryOrder, scope: instruction.memoryScope)
  }

  /// Counts bytes that an operation has written and a barrier tracks.
  func deliver(
    _ byteCount: Int, to block: BlockState, _ index: Int, by operation: PendingOperation
  ) throws(Trap) {
    let barrier = block.mbarriers[index]
    tell(
      .delivery(
        OrderEvent.BarrierPlace(rank: block.rank, offset: barrier.offset), phase: barrier.phase,
        byteCount: Int64(byteCount)),
      by: operation)
    try addTransaction(block, index, -Int64(byteCount), checks: true)
  }

  /// Adds transaction bytes to the current phase; negative if bytes have arrived.
  func addTransaction(
    _ block: BlockState, _ index: Int, _ byteCount: Int64, checks: Bool
  ) throws(Trap) {
    let barrier = block.mbarriers[index]
    let total = barrier.transactionBytes + byteCount
    guard abs(total) <= MBarrier.limit else {
      throw Trap(
        .barrierMisuse,
        "\(kernel.nameOfShared(barrier.offset)) would wait for \(total) bytes; the limit is \(MBarrier.limit)."
      )
    }
    if byteCount > 0, barrier.pending == 0 {
      throw Trap(
        .barrierMisuse,
        "\(byteCount) bytes are expected on \(kernel.nameOfShared(barrier.offset)) after all arrivals of the phase."
      )
    }
    block.mbarriers[index].transactionBytes = total
    if checks { block.mbarriers[index].check() }
    changeCount &+= 1
  }

  /// Arrives at a barrier.
  func arrive(_ block: BlockState, _ index: Int, count: Int64) throws(Trap) {
    let barrier = block.mbarriers[index]
    guard count >= 1, count <= barrier.pending else {
      throw Trap(
        .barrierMisuse,
        """
        \(count) arrivals are made on \(kernel.nameOfShared(barrier.offset)), whose phase \
        \(barrier.phase) needs only \(barrier.pending) more of \(barrier.expected).
        """)
    }
    block.mbarriers[index].pending -= count
    block.mbarriers[index].check()
    changeCount &+= 1
  }

  /// Returns whether the phase of a lane's query has completed, with the barrier and its phase.
  private func testBarrier(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ lane: Int, _ warpIndex: Int
  ) throws(Trap) -> (isComplete: Bool, index: Int, phase: Int64) {
    let memory = warps[warpIndex].memory
    let (block, offset) = try barrierPlace(instruction, lane, warpIndex)
    guard block.rank == warps[warpIndex].block else {
      throw Trap(.barrierMisuse, "A thread waits for an mbarrier of another block.")
    }
    let index = try liveBarrier(block, offset)
    let phase = block.mbarriers[index].phase
    if instruction.pointee.usesParity {
      // The manual allows 0 and 1; the hardware only reads the lowest bit.
      let parity = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)[lane]
      return ((UInt32(truncatingIfNeeded: phase) ^ parity) & 1 != 0, index, phase)
    }
    let state = memory.lanes(instruction.pointee.lane.sources.0, as: UInt64.self)[lane]
    return (phase != Int64(state >> 32), index, phase)
  }

  /// Tells the observer that lanes have found a phase of a barrier of their block complete.
  @inline(__always)
  private func tellPassed(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, lanes: UInt32, _ warpIndex: Int,
    _ index: Int, phase: Int64
  ) {
    guard hot.pointee.isObserved else { return }
    let block = blocks[warps[warpIndex].block]
    let pc = currentPC(instruction)
    let source = kernel.sources[Int(pc)]
    tell(
      .waitPassed(
        OrderEvent.BarrierPlace(rank: block.rank, offset: block.mbarriers[index].offset),
        phase: phase, order: source.memoryOrder, scope: source.memoryScope),
      lanes: lanes, of: warpIndex, at: pc)
  }

  /// `mbarrier.test_wait`.
  func testBarriers(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) -> UInt32 {
    var complete: UInt32 = 0
    try forEachLane(mask) { (lane) throws(Trap) in
      let test = try self.testBarrier(instruction, lane, warpIndex)
      guard test.isComplete else { return }
      complete |= 1 << UInt32(lane)
      self.tellPassed(
        instruction, lanes: 1 << UInt32(lane), warpIndex, test.index, phase: test.phase - 1)
    }
    warps[warpIndex].memory.setPredicate(
      instruction.pointee.lane.destinations.0, complete, mask: mask)
    return complete
  }

  /// `mbarrier.try_wait`: suspends the lanes until the phase of one of them completes.
  ///
  /// Lanes that wait for one barrier and phase, the usual case, are tested once.
  func tryWait(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) throws(Trap) -> Step {
    let memory = warps[warpIndex].memory
    let destination = instruction.pointee.lane.destinations.0
    let first = mask.trailingZeroBitCount
    let firstAddress = address(instruction, memory, first)
    var isUniform = true
    let states = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)
    let isParity = instruction.pointee.usesParity
    forLanes(mask) { lane in
      let isSame =
        address(instruction, memory, lane) == firstAddress
        && (!isParity || states[lane] == states[first])
      if !isSame { isUniform = false }
    }
    if isUniform, isParity {
      if group.pointee.hasWaited {
        let wait = group.pointee.wait
        tellPassed(instruction, lanes: mask, warpIndex, Int(wait.index), phase: wait.value)
        memory.setPredicate(destination, .max, mask: mask)
        return .next
      }
      let test = try testBarrier(instruction, first, warpIndex)
      if test.isComplete {
        tellPassed(instruction, lanes: mask, warpIndex, test.index, phase: test.phase - 1)
        memory.setPredicate(destination, .max, mask: mask)
        return .next
      }
      return .wait(Wait(kind: .mbarrier, index: Int32(test.index), value: test.phase))
    }
    let complete = try testBarriers(instruction, mask, warpIndex)
    if complete != 0 { return .next }
    let test = try testBarrier(instruction, first, warpIndex)
    // Any barrier may complete next; only the first is watched, because the others are tested again
    // in the next iteration of the loop.
    guard isUniform else { return .next }
    return .wait(Wait(kind: .mbarrier, index: Int32(test.index), value: test.phase))
  }

  /// `mbarrier.pending_count`.
  func readPendingCount(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let states = memory.lanes(instruction.pointee.lane.sources.0, as: UInt64.self)
    let destination = memory.lanes(instruction.pointee.lane.destinations.0, as: UInt32.self)
    forLanes(mask) { destination[$0] = UInt32(truncatingIfNeeded: states[$0] & 0xFFFF_FFFF) }
  }
}
