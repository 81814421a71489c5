import DeviceRuntime
import MachineIR

// Copies of boxes between global and shared memory: the Tensor Memory Accelerator.
extension ClusterRunner {
  /// The first of the queues in which copies to global memory complete: one for each thread.
  private var firstStoreQueue: Int { 1 << 20 }

  /// `cp.async.bulk.tensor` to shared memory, once for each lane.
  func issueBoxLoad(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let variant = instruction.pointee.variant
    try forEachLane(mask) { (index) throws(Trap) in
      var transfer = try self.boxTransfer(instruction, index, warpIndex)
      let barrierAddress = self.sideAddress(
        lane.sources.1, isWide: variant & 2 != 0, offset: instruction.pointee.literal, index, memory
      )
      let (block, barrierOffset) = try self.barrierPlace(
        barrierAddress, variant & 2 != 0 ? .generic : .sharedCluster, warpIndex)
      guard block.rank == transfer.block else {
        throw Trap(
          .barrierMisuse,
          "A tensor copy's mbarrier is in block \(block.rank), its destination in block \(transfer.block)."
        )
      }
      transfer.barrierOffset = barrierOffset
      transfer.blockMask = 1 << UInt32(transfer.block)
      if variant & 4 != 0 {
        transfer.blockMask = memory.lanes(lane.sources.2, as: UInt32.self)[index] & 0xFFFF
        guard transfer.blockMask != 0,
          transfer.blockMask >> UInt32(self.blocks.count) == 0
        else {
          throw Trap(
            .illegalOperand,
            "The multicast mask \(hexadecimal(transfer.blockMask)) does not name blocks of a cluster of \(self.blocks.count)."
          )
        }
      }
      try self.issue(
        PendingOperation(
          .boxLoad(transfer), queue: self.nextFreeQueue(), pc: pc, warp: warpIndex))
    }
  }

  /// `cp.async.bulk.tensor` to global memory, once for each lane.
  func issueBoxStore(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let blockIndex = warps[warpIndex].block
    try forEachLane(mask) { (index) throws(Trap) in
      let transfer = try self.boxTransfer(instruction, index, warpIndex)
      guard transfer.block == blockIndex else {
        throw Trap(.illegalOperand, "A tensor store reads the shared memory of its own block.")
      }
      for dimension in 0..<transfer.map.rank where transfer.coordinates[dimension] < 0 {
        throw Trap(
          .illegalOperand,
          "A tensor store starts at coordinate \(transfer.coordinates[dimension]) of dimension \(dimension); only loads may start below zero."
        )
      }
      let thread = self.warps[warpIndex].index * 32 + index
      let operation = PendingOperation(
        .boxStore(transfer), queue: self.firstStoreQueue + blockIndex * 1024 + thread, pc: pc,
        warp: warpIndex)
      try self.issue(operation)
      if !operation.isDone {
        let block = self.blocks[blockIndex]
        let group = block.bulkThreads[thread]?.committed ?? 0
        block.bulkThreads[thread, default: BulkThread()].operations.append((group, operation))
      }
    }
  }

  /// Returns a queue of its own for an operation that has no order with others.
  func nextFreeQueue() -> Int {
    freeQueue += 1
    return firstStoreQueue * 2 + freeQueue
  }

  /// Returns the address in a side operand of a copy.
  private func sideAddress(
    _ place: LaneOffset, isWide: Bool, offset: Int64, _ index: Int, _ memory: LaneMemory
  ) -> UInt64 {
    isWide
      ? memory.lanes(place, as: UInt64.self)[index] &+ UInt64(bitPattern: offset)
      : UInt64(
        memory.lanes(place, as: UInt32.self)[index] &+ UInt32(truncatingIfNeeded: offset))
  }

  /// Reads what a lane's copy is to do.
  private func boxTransfer(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ index: Int, _ warpIndex: Int
  ) throws(Trap) -> BoxTransfer {
    let memory = warps[warpIndex].memory
    let mapAddress = address(instruction, memory, index)
    let map = try tensorMap(mapAddress, instruction, warpIndex)
    guard map.rank == Int(instruction.pointee.count) else {
      throw Trap(
        .illegalTensorMap,
        "A copy with \(instruction.pointee.count) coordinates uses a tensor map of \(map.rank) dimensions."
      )
    }
    var coordinates = SIMD8<Int64>(repeating: 0)
    for dimension in 0..<map.rank {
      let place = kernel.extraOffsets[Int(instruction.pointee.extra) + dimension]
      let value = memory.lanes(place, as: UInt32.self)[index]
      coordinates[dimension] = Int64(Int32(bitPattern: value))
    }
    let isWide = instruction.pointee.variant & 1 != 0
    let sharedAddress = sideAddress(
      instruction.pointee.lane.sources.0, isWide: isWide,
      offset: Int64(Int32(bitPattern: instruction.pointee.lane.immediate)), index, memory)
    let sharedPlace = try place(sharedAddress, isWide ? .generic : .sharedCluster, warpIndex)
    guard case .shared(let rank, let offset) = sharedPlace else {
      throw Trap(.illegalOperand, "A tensor copy's shared side is not in shared memory.")
    }
    guard offset % 128 == 0 else {
      throw Trap(
        .misaligned,
        "A tensor copy's shared address is a multiple of 128, not \(hexadecimal(offset)).")
    }
    guard map.boxByteCount <= Workspace.byteCount else {
      throw Trap(
        .illegalTensorMap, "A box of \(map.boxByteCount) bytes does not fit into shared memory.")
    }
    return BoxTransfer(
      map: map, coordinates: coordinates, block: rank, sharedOffset: offset, blockMask: 0,
      barrierOffset: 0)
  }

  /// Reads the tensor map at a generic address.
  private func tensorMap(
    _ address: UInt64, _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ warpIndex: Int
  ) throws(Trap) -> TensorMapImage {
    let access = Access(
      warp: warpIndex, lane: -1, pc: currentPC(instruction), proxy: .async, effect: .read)
    let bytes = try self.bytes(
      try place(address, .generic, warpIndex), 128, access, address: address)
    guard address % 64 == 0 else {
      throw Trap(
        .illegalTensorMap, "A tensor map lies at a multiple of 64, not at \(hexadecimal(address)).")
    }
    guard let map = TensorMapImage(bytes) else {
      throw Trap(
        .illegalTensorMap,
        "The 128 bytes at \(hexadecimal(address)) are no tensor map that this device made.")
    }
    return map
  }

  // MARK: - Effects

  /// Reads the source of a load into the scratch memory.
  func readBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let map = transfer.map
    let access = Access(
      warp: operation.warp, lane: -1, pc: operation.pc, proxy: .async, effect: .copy)
    let rows = BoxRows(transfer)
    var target = 0
    try rows.forEach { (address) throws(Trap) in
      defer { target &+= rows.innerByteCount }
      guard let address else {
        self.fill(map, at: target, byteCount: rows.innerByteCount)
        return
      }
      if rows.skippedByteCount > 0 {
        self.fill(map, at: target, byteCount: rows.skippedByteCount)
      }
      let first = target &+ rows.skippedByteCount
      let count = rows.insideByteCount
      let allocation = try self.globalAllocation(address, count, access)
      let place = Int(truncatingIfNeeded: address &- allocation.address)
      copyBytes(self.scratch + first, allocation.bytes + place, count)
      if self.checksInitialization {
        copyBytes(
          UnsafeMutableRawPointer(self.scratchShadow + first),
          UnsafeRawPointer(allocation.shadow + place), count)
      }
      let after = rows.innerByteCount &- rows.skippedByteCount &- count
      if after > 0 { self.fill(map, at: first &+ count, byteCount: after) }
    }
  }

  /// Puts what lies outside of a tensor into the scratch memory.
  private func fill(_ map: TensorMapImage, at offset: Int, byteCount: Int) {
    if checksInitialization { (scratchShadow + offset).update(repeating: 1, count: byteCount) }
    let bytes = scratch + offset
    guard map.fill == .notANumber else {
      bytes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return
    }
    let pattern: [UInt8] =
      switch map.elementType.byteCount {
      case 2: [0xFF, 0x7F]
      case 4: [0xFF, 0xFF, 0xFF, 0x7F]
      case 8: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
      default: [0x7F]
      }
    for index in 0..<byteCount {
      bytes.storeBytes(of: pattern[index % pattern.count], toByteOffset: index, as: UInt8.self)
    }
  }

  /// Writes a box from the scratch memory to shared memory, and signals the barriers.
  func writeBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let map = transfer.map
    let byteCount = map.boxByteCount
    let access = Access(
      warp: operation.warp, lane: -1, pc: operation.pc, proxy: .async, effect: .write)
    for block in blocks where transfer.blockMask >> UInt32(block.rank) & 1 == 1 {
      let index = try liveBarrier(block, transfer.barrierOffset)
      // The whole box passes the gate once; the swizzle permutes within it, or, where the box is
      // not aligned to the pattern, near it.
      _ = try sharedBytes(block, transfer.sharedOffset, byteCount, access)
      let mask = map.swizzleMask
      if mask == 0 {
        copyBytes(block.shared + transfer.sharedOffset, scratch, byteCount)
        if checksInitialization {
          copyBytes(
            UnsafeMutableRawPointer(block.shadow + transfer.sharedOffset),
            UnsafeRawPointer(scratchShadow), byteCount)
        }
      } else {
        var chunk = 0
        while chunk < byteCount {
          let linear = transfer.sharedOffset + chunk
          let place = linear ^ ((linear >> 3) & mask)
          guard place + 16 <= block.sharedLimit else {
            throw Trap(
              .outOfBounds,
              "A swizzled box at shared offset \(hexadecimal(transfer.sharedOffset)) reaches beyond the block's shared memory."
            )
          }
          copyBytes(block.shared + place, scratch + chunk, 16)
          if checksInitialization {
            copyBytes(
              UnsafeMutableRawPointer(block.shadow + place),
              UnsafeRawPointer(scratchShadow + chunk), 16)
          }
          chunk += 16
        }
      }
      countConflicts(of: transfer, operation)
      totals.pointee.boxesRead &+= UInt64(byteCount)
      try addTransaction(block, index, -Int64(byteCount), checks: true)
    }
  }

  /// Reads the source of a store into the scratch memory.
  func readSharedBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let map = transfer.map
    let byteCount = map.boxByteCount
    let block = blocks[transfer.block]
    let access = Access(
      warp: operation.warp, lane: -1, pc: operation.pc, proxy: .async, effect: .copy)
    _ = try sharedBytes(block, transfer.sharedOffset, byteCount, access)
    countConflicts(of: transfer, operation)
    let mask = map.swizzleMask
    var chunk = 0
    while chunk < byteCount {
      let linear = transfer.sharedOffset + chunk
      let place = linear ^ ((linear >> 3) & mask)
      guard place + 16 <= block.sharedLimit else {
        throw Trap(
          .outOfBounds,
          "A swizzled box at shared offset \(hexadecimal(transfer.sharedOffset)) reaches beyond the block's shared memory."
        )
      }
      copyBytes(scratch + chunk, block.shared + place, 16)
      if checksInitialization {
        copyBytes(
          UnsafeMutableRawPointer(scratchShadow + chunk), UnsafeRawPointer(block.shadow + place),
          16)
      }
      chunk += 16
    }
  }

  /// Writes a box from the scratch memory to global memory, but for what lies outside of the
  /// tensor.
  func writeGlobalBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let access = Access(
      warp: operation.warp, lane: -1, pc: operation.pc, proxy: .async, effect: .copy)
    let rows = BoxRows(transfer)
    var source = 0
    try rows.forEach { (address) throws(Trap) in
      defer { source &+= rows.innerByteCount }
      guard let address else { return }
      let count = rows.insideByteCount
      let allocation = try self.globalAllocation(address, count, access)
      let place = Int(truncatingIfNeeded: address &- allocation.address)
      copyBytes(allocation.bytes + place, self.scratch + source, count)
      if self.checksInitialization {
        copyBytes(
          UnsafeMutableRawPointer(allocation.shadow + place),
          UnsafeRawPointer(self.scratchShadow + source), count)
      }
      self.totals.pointee.boxesWritten &+= UInt64(count)
    }
    changeCount &+= 1
  }

  // MARK: - Groups of stores

  /// `cp.async.bulk.commit_group`.
  func commitBulkGroup(_ mask: UInt32, _ warpIndex: Int) {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    forLanes(mask) { lane in
      let thread = warp.index * 32 + lane
      block.bulkThreads[thread, default: BulkThread()].committed += 1
      block.bulkThreads[thread]?.operations.removeAll { $0.operation.isDone }
    }
  }

  /// `cp.async.bulk.wait_group`: the lanes wait for the one that is last.
  func waitForBulkGroups(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) -> Step {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let kind: Wait.Kind = instruction.pointee.variant == 1 ? .bulkRead : .bulkComplete
    var wait: Wait?
    forLanes(mask) { lane in
      let thread = warp.index * 32 + lane
      let candidate = Wait(kind: kind, index: Int32(thread), value: instruction.pointee.literal)
      if wait == nil, !isBulkWaitOver(block, thread: thread, candidate) { wait = candidate }
    }
    guard let wait else { return .next }
    group.pointee.hasWaited = true
    return .wait(wait)
  }

  /// Whether all but the newest groups of a thread have been read or completed.
  func isBulkWaitOver(_ block: BlockState, thread: Int, _ wait: Wait) -> Bool {
    guard let state = block.bulkThreads[thread] else { return true }
    let newest = state.committed - Int(wait.value)
    return state.operations.allSatisfy { entry in
      guard entry.group < newest else { return true }
      return wait.kind == .bulkRead ? entry.operation.hasRead : entry.operation.isDone
    }
  }
}

/// Copies bytes, 16 at a time where there are few.
@inline(__always)
func copyBytes(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  if count == 16 {
    target.storeBytes(
      of: source.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
  } else {
    target.copyMemory(from: source, byteCount: count)
  }
}

/// The inner rows of a box, in the order in which they lie in shared memory.
struct BoxRows {
  /// What is copied.
  private let transfer: BoxTransfer
  /// The bytes of a row in shared memory.
  let innerByteCount: Int
  /// The bytes at the start of each row that lie before the tensor.
  let skippedByteCount: Int
  /// The bytes of each row that lie in the tensor, where the row does.
  let insideByteCount: Int

  /// Finds out which part of the rows lies in the tensor.
  init(_ transfer: BoxTransfer) {
    self.transfer = transfer
    let map = transfer.map
    let elementByteCount = Int64(map.elementType.byteCount)
    let start = transfer.coordinates[0]
    let first = max(0, -start)
    let last = min(Int64(map.boxCount(0)), map.extents[0] &- start)
    innerByteCount = map.innerByteCount
    skippedByteCount = Int(min(Int64(map.boxCount(0)), first) * elementByteCount)
    insideByteCount = Int(max(0, last &- first) * elementByteCount)
  }

  /// Calls `body` with the address of the part of each row that lies in the tensor, or with nil
  /// where no part does.
  @inline(__always)
  func forEach(_ body: (UInt64?) throws(Trap) -> Void) throws(Trap) {
    let map = transfer.map
    let coordinates = transfer.coordinates
    let base =
      map.address
      &+ UInt64(bitPattern: max(0, coordinates[0]) &* Int64(map.elementType.byteCount))
    let count1 = map.rank > 1 ? map.boxCount(1) : 1
    let outerCount = map.rowCount / count1
    let isEmpty = insideByteCount == 0
    var indices = SIMD8<Int64>(repeating: 0)
    for _ in 0..<outerCount {
      var outer = base
      var isInside = !isEmpty
      var dimension = 2
      while dimension < map.rank {
        let position = coordinates[dimension] &+ indices[dimension] &* map.steps[dimension]
        if position < 0 || position >= map.extents[dimension] { isInside = false }
        outer = outer &+ UInt64(bitPattern: position &* map.strides[dimension])
        dimension &+= 1
      }
      var row = coordinates[1]
      for _ in 0..<count1 {
        let isRowInside = isInside && row >= 0 && row < map.extents[1]
        try body(isRowInside ? outer &+ UInt64(bitPattern: row &* map.strides[1]) : nil)
        row &+= map.steps[1]
      }
      dimension = 2
      while dimension < map.rank {
        indices[dimension] += 1
        if indices[dimension] < Int64(map.boxCount(dimension)) { break }
        indices[dimension] = 0
        dimension += 1
      }
    }
  }
}
