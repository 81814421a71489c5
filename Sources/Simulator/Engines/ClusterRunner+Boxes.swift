// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

// TMA copies of boxes between global and shared memory.
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
    let flags = instruction.pointee.bulkFlags
    try forEachLane(mask) { (index) throws(Trap) in
      var transfer = try self.boxTransfer(instruction, index, warpIndex)
      let isWide = flags.contains(.hasWideBarrier)
      let barrierAddress = self.sideAddress(
        lane.sources.1, isWide: isWide, offset: instruction.pointee.literal, index, memory)
      let space = self.sharedSpace(of: barrierAddress, isWide: isWide)
      let (block, barrierOffset) = try self.barrierPlace(barrierAddress, space, warpIndex)
      let isForPair = flags.contains(.isForPair)
      guard block.rank == transfer.block || (isForPair && block.rank ^ 1 == transfer.block) else {
        throw Trap(
          .barrierMisuse,
          "The mbarrier is in block \(block.rank), but the bytes that it tracks are written to block \(transfer.block)."
        )
      }
      transfer.barrierOffset = barrierOffset
      transfer.pairBarrierRank = isForPair ? block.rank & 1 : nil
      transfer.blockMask = 1 << UInt32(transfer.block)
      if flags.contains(.isMulticast) {
        let mask = memory.lanes(lane.sources.2, as: UInt32.self)[index]
        transfer.blockMask = try self.multicastMask(mask)
      }
      try self.issue(
        PendingOperation(
          .boxLoad(transfer), queue: self.nextFreeQueue(), pc: pc, warp: warpIndex),
        by: 1 << UInt32(index))
    }
  }

  /// `cp.async.bulk.tensor` and `cp.reduce.async.bulk.tensor` to global memory, once for each lane.
  func issueBoxStore(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let blockIndex = warps[warpIndex].block
    try forEachLane(mask) { (index) throws(Trap) in
      var transfer = try self.boxTransfer(instruction, index, warpIndex)
      guard transfer.block == blockIndex else {
        throw Trap(.illegalOperand, "A tensor store must read the shared memory of its own block.")
      }
      for dimension in 0..<transfer.map.rank where transfer.coordinates[dimension] < 0 {
        throw Trap(
          .illegalCoordinates,
          "A box of a store starts at coordinate \(transfer.coordinates[dimension]) of dimension \(dimension); only boxes of loads may start below zero."
        )
      }
      if let operation = instruction.pointee.boxReduction {
        transfer.reduction = try self.reduction(operation, instruction, on: transfer.map)
      }
      try self.issueStore(.boxStore(transfer), index, warpIndex, pc)
    }
  }

  /// `cp.async.bulk.prefetch.tensor`: checks that the tensor exists; fetching has no effect.
  func checkBoxPrefetch(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    try forEachLane(mask) { (index) throws(Trap) in
      _ = try self.boxPlace(instruction, index, warpIndex)
    }
  }

  /// Returns the reduction of elements of a tensor.
  private func reduction(
    _ operation: AtomicOperation, _ instruction: UnsafeMutablePointer<DecodedInstruction>,
    on map: TensorMapImage
  ) throws(Trap) -> Reduction {
    guard let format = Reduction.Format(map.elementType), format.isReducible(by: operation) else {
      throw Trap(
        .illegalTensorMap,
        "'\(kernel.sources[Int(currentPC(instruction))].mnemonic)' cannot reduce a tensor of \(map.elementType.rawValue)."
      )
    }
    let flushes = map.floatMode == .flushing || map.floatMode == .flushingTensorFloat32
    return Reduction(operation: operation, format: format, flushesSubnormals: flushes)
  }

  /// Starts a thread's copy or reduction to global memory, which belongs to its next bulk group.
  func issueStore(
    _ work: PendingOperation.Work, _ lane: Int, _ warpIndex: Int, _ pc: Int32
  ) throws(Trap) {
    let blockIndex = warps[warpIndex].block
    let thread = warps[warpIndex].index * 32 + lane
    let operation = PendingOperation(
      work, queue: firstStoreQueue + blockIndex * 1024 + thread, pc: pc, warp: warpIndex)
    try issue(operation, by: 1 << UInt32(lane))
    if !operation.isDone {
      let block = blocks[blockIndex]
      let group = block.bulkThreads[thread]?.committed ?? 0
      block.bulkThreads[thread, default: BulkThread()].operations.append((group, operation))
    }
  }

  /// Returns the mask of the blocks of a multicast; an empty mask is valid.
  func multicastMask(_ value: UInt32) throws(Trap) -> UInt32 {
    let mask = value & 0xFFFF
    guard mask >> UInt32(blocks.count) == 0 else {
      throw Trap(
        .illegalOperand,
        "The multicast mask \(hexadecimal(mask)) names blocks that a cluster of \(blocks.count) does not have."
      )
    }
    return mask
  }

  /// Returns a new queue for an operation that is not ordered with others.
  func nextFreeQueue() -> Int {
    freeQueue += 1
    return firstStoreQueue * 2 + freeQueue
  }

  /// Returns the address in a side operand of a copy.
  func sideAddress(
    _ register: LaneOffset, isWide: Bool, offset: Int64, _ index: Int, _ memory: LaneMemory
  ) -> UInt64 {
    isWide
      ? memory.lanes(register, as: UInt64.self)[index] &+ UInt64(bitPattern: offset)
      : UInt64(
        memory.lanes(register, as: UInt32.self)[index] &+ UInt32(truncatingIfNeeded: offset))
  }

  /// Reads the parameters of a lane's copy.
  private func boxTransfer(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ index: Int, _ warpIndex: Int
  ) throws(Trap) -> BoxTransfer {
    let memory = warps[warpIndex].memory
    let (map, coordinates) = try boxPlace(instruction, index, warpIndex)
    let isWide = instruction.pointee.bulkFlags.contains(.hasWideDestination)
    let sharedAddress = sideAddress(
      instruction.pointee.lane.sources.0, isWide: isWide,
      offset: Int64(Int32(bitPattern: instruction.pointee.lane.immediate)), index, memory)
    let sharedLocation = try location(
      sharedAddress, sharedSpace(of: sharedAddress, isWide: isWide), warpIndex)
    guard case .shared(let rank, let offset) = sharedLocation else {
      throw Trap(
        .illegalOperand, "The shared-memory address of a tensor copy is not in shared memory.")
    }
    guard offset % 128 == 0 else {
      throw Trap(
        .misaligned,
        "The shared-memory address of a tensor copy must be a multiple of 128, not \(hexadecimal(offset))."
      )
    }
    guard map.boxByteCount <= Workspace.byteCount else {
      throw Trap(
        .illegalTensorMap, "A box of \(map.boxByteCount) bytes does not fit into shared memory.")
    }
    return BoxTransfer(
      map: map, coordinates: coordinates, block: rank, sharedOffset: offset, blockMask: 0,
      barrierOffset: 0)
  }

  /// Reads the tensor and the coordinates of a lane's box.
  private func boxPlace(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ index: Int, _ warpIndex: Int
  ) throws(Trap) -> (map: TensorMapImage, coordinates: SIMD8<Int64>) {
    let memory = warps[warpIndex].memory
    let mapAddress = address(instruction, memory, index)
    let map = try tensorMap(mapAddress, instruction, index, warpIndex)
    guard map.rank == Int(instruction.pointee.count) else {
      throw Trap(
        .illegalTensorMap,
        "A copy with \(instruction.pointee.count) coordinates uses a tensor map of \(map.rank) dimensions."
      )
    }
    var coordinates = SIMD8<Int64>(repeating: 0)
    for dimension in 0..<map.rank {
      let register = kernel.extraOffsets[Int(instruction.pointee.extra) + dimension]
      let value = memory.lanes(register, as: UInt32.self)[index]
      coordinates[dimension] = Int64(Int32(bitPattern: value))
    }
    let firstByte = coordinates[0] * Int64(map.elementType.byteCount)
    guard firstByte % 16 == 0 else {
      throw Trap(
        .illegalCoordinates,
        "A box must start at a multiple of 16 bytes of a tensor's row, not at element \(coordinates[0]) (\(map.elementType.byteCount) \(map.elementType.byteCount == 1 ? "byte" : "bytes") each)."
      )
    }
    return (map, coordinates)
  }

  /// Reads the tensor map at a lane's generic address.
  private func tensorMap(
    _ address: UInt64, _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ index: Int,
    _ warpIndex: Int
  ) throws(Trap) -> TensorMapImage {
    let access = Access(
      warp: warpIndex, lane: index, pc: currentPC(instruction), proxy: .tensorMap, effect: .read)
    let bytes = try self.bytes(
      try location(address, .generic, warpIndex), 128, access, address: address)
    guard address % 64 == 0 else {
      throw Trap(
        .illegalTensorMap,
        "A tensor map must lie at a multiple of 64, not at \(hexadecimal(address)).")
    }
    guard let map = TensorMapImage(bytes) else {
      throw Trap(
        .illegalTensorMap,
        "The 128 bytes at \(hexadecimal(address)) are not a tensor map of this device.")
    }
    return map
  }

  // MARK: - Effects

  /// Reads the source of a load into the scratch memory.
  func readBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let map = transfer.map
    let access = Access(operation, .copy)
    let rows = BoxRows(transfer, roundsUp: false)
    let rounds = map.floatMode == .tensorFloat32 || map.floatMode == .flushingTensorFloat32
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
      let source = try self.checkedGlobal(address, count, access)
      copyBytes(self.scratch + first, source.bytes, count)
      if rounds { self.roundToTensorFloats(at: first, byteCount: count) }
      if self.checksInitialization {
        copyBytes(
          UnsafeMutableRawPointer(self.scratchShadow + first), UnsafeRawPointer(source.shadow),
          count)
      }
      let after = rows.innerByteCount &- rows.skippedByteCount &- count
      if after > 0 { self.fill(map, at: first &+ count, byteCount: after) }
    }
  }

  /// Fills the part of the scratch memory that is outside the tensor.
  private func fill(_ map: TensorMapImage, at offset: Int, byteCount: Int) {
    if checksInitialization { (scratchShadow + offset).update(repeating: 1, count: byteCount) }
    let bytes = scratch + offset
    guard map.fill == .notANumber else {
      bytes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return
    }
    // The same 16 bits for every float type, which has 2, 4 or 8 bytes.
    for index in stride(from: 0, to: byteCount, by: 2) {
      bytes.storeBytes(of: 0x7FF7, toByteOffset: index, as: UInt16.self)
    }
  }

  /// Rounds floats in the scratch memory to the nearest tf32, ties to even.
  private func roundToTensorFloats(at offset: Int, byteCount: Int) {
    for index in stride(from: offset, to: offset + byteCount, by: 4) {
      let bits = scratch.loadUnaligned(fromByteOffset: index, as: UInt32.self)
      let rounded = (bits &+ 0xFFF &+ (bits >> 13 & 1)) & 0xFFFF_E000
      let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
      scratch.storeBytes(of: isNaN ? 0x7FFF_E000 : rounded, toByteOffset: index, as: UInt32.self)
    }
  }

  /// Calls `body` with the packed and the shared-memory address of each piece of a row of a box,
  /// after checking the access.
  ///
  /// With a swizzle, chunks of 16 bytes are permuted within the span of each row, and the rest of
  /// the span is not accessed.
  private func forEachPiece(
    of transfer: BoxTransfer, row: Int, _ byteCount: Int, in block: BlockState, _ access: Access,
    _ body: (_ packed: Int, _ offset: Int, _ byteCount: Int) -> Void
  ) throws(Trap) {
    let map = transfer.map
    let mask = map.swizzleMask
    let pitch = map.sharedPitch
    let start = transfer.sharedOffset &+ row &* pitch
    let packed = row &* map.innerByteCount
    // The swizzle permutes a row of the length of the span within itself.
    let isDense = mask == 0 || byteCount == pitch
    if isDense { _ = try sharedBytes(block, start, byteCount, access) }
    if mask == 0 { return body(packed, start, byteCount) }
    var chunk = 0
    while chunk < byteCount {
      let linear = start &+ chunk
      let offset = linear ^ ((linear >> 3) & mask)
      if !isDense { _ = try sharedBytes(block, offset, 16, access) }
      body(packed &+ chunk, offset, 16)
      chunk &+= 16
    }
  }

  /// Writes a box from the scratch memory to shared memory, and signals the barriers.
  func writeBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let byteCount = transfer.map.boxByteCount
    let rowByteCount = transfer.map.innerByteCount
    let access = Access(operation, .write)
    for block in blocks where transfer.blockMask >> UInt32(block.rank) & 1 == 1 {
      let barrierBlock = blocks[try barrierRank(transfer, of: block)]
      let index = try liveBarrier(barrierBlock, transfer.barrierOffset)
      for row in 0..<transfer.map.rowCount {
        try forEachPiece(of: transfer, row: row, rowByteCount, in: block, access) {
          packed, offset, count in
          copyBytes(block.shared + offset, self.scratch + packed, count)
          if self.checksInitialization {
            copyBytes(
              UnsafeMutableRawPointer(block.shadow + offset),
              UnsafeRawPointer(self.scratchShadow + packed), count)
          }
        }
      }
      countConflicts(of: transfer, operation)
      totals.pointee.boxesRead &+= UInt64(byteCount)
      try deliver(byteCount, to: barrierBlock, index, by: operation)
    }
  }

  /// Returns the rank of the block whose barrier tracks the bytes written to a block.
  private func barrierRank(_ transfer: BoxTransfer, of block: BlockState) throws(Trap) -> Int {
    guard let parity = transfer.pairBarrierRank else { return block.rank }
    let rank = block.rank & ~1 | parity
    guard rank < blocks.count else {
      throw Trap(
        .barrierMisuse,
        "Block \(block.rank) of a cluster of \(blocks.count) has no other block in its pair, whose mbarrier should track the bytes."
      )
    }
    return rank
  }

  /// Reads the source of a store into the scratch memory, except for the part outside the tensor.
  func readSharedBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let block = blocks[transfer.block]
    let access = Access(operation, .copy)
    countConflicts(of: transfer, operation)
    let rows = BoxRows(transfer, roundsUp: true)
    var row = 0
    try rows.forEach { (address) throws(Trap) in
      defer { row &+= 1 }
      guard address != nil else { return }
      try self.forEachPiece(of: transfer, row: row, rows.insideByteCount, in: block, access) {
        packed, offset, count in
        copyBytes(self.scratch + packed, block.shared + offset, count)
        if self.checksInitialization {
          copyBytes(
            UnsafeMutableRawPointer(self.scratchShadow + packed),
            UnsafeRawPointer(block.shadow + offset), count)
        }
      }
    }
  }

  /// Writes a box from the scratch memory to global memory, or combines it with the old contents,
  /// except for the part outside the tensor; rows are rounded up to a multiple of 16 bytes.
  func writeGlobalBox(_ transfer: BoxTransfer, _ operation: PendingOperation) throws(Trap) {
    let access = Access(operation, transfer.reduction == nil ? .replace : .combine)
    let rows = BoxRows(transfer, roundsUp: true)
    var source = 0
    try rows.forEach { (address) throws(Trap) in
      defer { source &+= rows.innerByteCount }
      guard let address else { return }
      let count = rows.insideByteCount
      let target = try self.target(of: rows, address, access)
      if let reduction = transfer.reduction {
        try self.checkReduction(rows, source, target, address)
        reduction.apply(to: target.bytes, self.scratch + source, byteCount: count)
      } else {
        copyBytes(target.bytes, self.scratch + source, count)
      }
      if self.checksInitialization {
        let shadow = target.shadow
        let own = self.scratchShadow + source
        if transfer.reduction == nil {
          copyBytes(UnsafeMutableRawPointer(shadow), UnsafeRawPointer(own), count)
        } else {
          // Bytes after the tensor are initialized if both numbers were.
          for index in rows.ownByteCount..<count { shadow[index] &= own[index] }
        }
      }
      self.totals.pointee.boxesWritten &+= UInt64(count)
    }
    changeCount &+= 1
  }

  /// Returns the bytes to which a row of a tensor is written.
  private func target(
    of rows: BoxRows, _ address: UInt64, _ access: Access
  ) throws(Trap) -> CheckedBytes {
    do {
      return try checkedGlobal(address, rows.insideByteCount, access)
    } catch {
      // Checks whether only the bytes written after the row are outside memory.
      guard launch.global.find(address, byteCount: rows.ownByteCount) != nil else { throw error }
      var trap = error
      trap.message +=
        " A row of a tensor is written up to the next multiple of 16 bytes, here \(rows.insideByteCount - rows.ownByteCount) bytes past its end."
      throw trap
    }
  }

  /// Checks that all numbers of a row that a reduction reads were written.
  private func checkReduction(
    _ rows: BoxRows, _ source: Int, _ target: CheckedBytes, _ address: UInt64
  ) throws(Trap) {
    guard checksInitialization else { return }
    let count = rows.ownByteCount
    let sides = [(target.shadow, "global"), (scratchShadow + source, "shared")]
    for (shadow, name) in sides where !isWritten(shadow, count) {
      let first = (0..<count).first { shadow[$0] != 1 } ?? 0
      throw Trap(
        .uninitialized,
        "A reduction reads \(name) memory that was never written: byte \(first) of the \(count) bytes of a row, at \(hexadecimal(address))."
      )
    }
  }

  // MARK: - Groups of stores

  /// `cp.async.bulk.commit_group`.
  func commitBulkGroup(_ mask: UInt32, _ warpIndex: Int, _ pc: Int32) {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    forLanes(mask) { lane in
      let thread = warp.index * 32 + lane
      block.bulkThreads[thread, default: BulkThread()].committed += 1
      block.bulkThreads[thread]?.operations.removeAll { $0.operation.isDone }
    }
    tell(.commit(.bulk), lanes: mask, of: warpIndex, at: pc)
  }

  /// `cp.async.bulk.wait_group`: the lanes wait for the last one.
  func waitForBulkGroups(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) -> Step {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let (pending, forReads) = instruction.pointee.bulkWait
    let kind: Wait.Kind = forReads ? .bulkRead : .bulkComplete
    var wait: Wait?
    forLanes(mask) { lane in
      let thread = warp.index * 32 + lane
      let candidate = Wait(kind: kind, index: Int32(thread), value: pending)
      if wait == nil, !isBulkWaitOver(block, thread: thread, candidate) { wait = candidate }
    }
    guard let wait else {
      tell(
        .groupWaitPassed(
          .bulk, pending: instruction.pointee.literal, readsOnly: kind == .bulkRead),
        lanes: mask, of: warpIndex, at: group.pointee.pc)
      return .next
    }
    group.pointee.hasWaited = true
    return .wait(wait)
  }

  /// Returns whether all but the newest groups of a thread have been read or completed.
  func isBulkWaitOver(_ block: BlockState, thread: Int, _ wait: Wait) -> Bool {
    guard let state = block.bulkThreads[thread] else { return true }
    let newest = state.committed - Int(wait.value)
    return state.operations.allSatisfy { entry in
      guard entry.group < newest else { return true }
      return wait.kind == .bulkRead ? entry.operation.hasRead : entry.operation.isDone
    }
  }
}

/// Copies bytes, 16 at a time if there are few.
@inline(__always)
func copyBytes(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  if count == 16 {
    target.storeBytes(
      of: source.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
  } else {
    target.copyMemory(from: source, byteCount: count)
  }
}
