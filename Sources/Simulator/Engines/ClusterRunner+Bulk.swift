// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Copies and reductions of contiguous bytes without a tensor map, and stores that a barrier tracks.
extension ClusterRunner {
  /// `cp.async.bulk` and `cp.reduce.async.bulk`, once for each lane.
  func issueBulkCopy(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let flags = instruction.pointee.bulkFlags
    let sizes = memory.lanes(lane.sources.3, as: UInt32.self)
    try forEachLane(mask) { (index) throws(Trap) in
      let byteCount = Int(sizes[index])
      try self.checkBulkSize(byteCount)
      let source = self.address(instruction, memory, index)
      let destination = self.sideAddress(
        lane.sources.0, isWide: flags.contains(.hasWideDestination),
        offset: Int64(Int32(bitPattern: lane.immediate)), index, memory)
      var transfer = BulkTransfer(
        source: try self.bulkSide(
          source, isGlobal: flags.contains(.readsGlobal),
          isWide: instruction.pointee.hasWideAddress, warpIndex),
        destination: try self.bulkSide(
          destination, isGlobal: flags.contains(.writesGlobal),
          isWide: flags.contains(.hasWideDestination), warpIndex),
        byteCount: byteCount)
      if case .shared(let rank, _) = transfer.source, rank != self.warps[warpIndex].block {
        throw Trap(.illegalOperand, "A bulk copy must read the shared memory of its own block.")
      }
      if flags.contains(.reduces) {
        transfer.reduction = instruction.pointee.bulkReduction
      }
      guard case .shared(let rank, _) = transfer.destination else {
        return try self.issueStore(.bulkCopy(transfer), index, warpIndex, pc)
      }
      if !flags.contains(.readsGlobal) { try self.checkCluster(instruction) }
      let isWideBarrier = flags.contains(.hasWideBarrier)
      let barrierAddress = self.sideAddress(
        lane.sources.1, isWide: isWideBarrier, offset: instruction.pointee.literal, index, memory)
      transfer.barrierOffset = try self.barrierOffset(
        barrierAddress, isWide: isWideBarrier, inBlock: rank, warpIndex)
      transfer.blockMask = 1 << UInt32(rank)
      if flags.contains(.isMulticast) {
        let mask = memory.lanes(lane.sources.2, as: UInt32.self)[index]
        transfer.blockMask = try self.multicastMask(mask)
      }
      try self.issue(
        PendingOperation(
          .bulkCopy(transfer), queue: self.nextFreeQueue(), pc: pc, warp: warpIndex),
        by: 1 << UInt32(index))
    }
  }

  /// `cp.async.bulk.prefetch`: fetching has no effect, and may extend beyond all memory.
  func checkBulkPrefetch(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let sizes = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)
    try forEachLane(mask) { (index) throws(Trap) in
      try self.checkBulkSize(Int(sizes[index]))
      try self.checkBulkAddress(self.address(instruction, memory, index))
    }
  }

  /// Checks that an instruction that the hardware stops outside a cluster is in one.
  private func checkCluster(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>
  ) throws(Trap) {
    guard launch.isInClusters else {
      throw Trap(
        .illegalOperand,
        "'\(kernel.sources[Int(currentPC(instruction))].mnemonic)' needs a launch with clusters; an H100 stops at it without them."
      )
    }
  }

  /// Checks that the size of a bulk copy is valid.
  private func checkBulkSize(_ byteCount: Int) throws(Trap) {
    guard byteCount % 16 == 0 else {
      throw Trap(
        .illegalOperand,
        "A bulk copy must move a multiple of 16 bytes, not \(byteCount); an H100 silently drops the rest."
      )
    }
  }

  /// Checks that an address of a bulk copy is valid.
  private func checkBulkAddress(_ address: UInt64) throws(Trap) {
    guard address % 16 == 0 else {
      throw Trap(
        .misaligned,
        "The addresses of a bulk copy must be multiples of 16, unlike \(hexadecimal(address)).")
    }
  }

  /// Returns the location of an address of a bulk copy.
  private func bulkSide(
    _ address: UInt64, isGlobal: Bool, isWide: Bool, _ warpIndex: Int
  ) throws(Trap) -> BulkTransfer.Side {
    try checkBulkAddress(address)
    if isGlobal { return .global(address) }
    let space = sharedSpace(of: address, isWide: isWide)
    guard case .shared(let rank, let offset) = try location(address, space, warpIndex) else {
      throw Trap(
        .illegalOperand, "The shared-memory address of a bulk copy is not in shared memory.")
    }
    return .shared(rank: rank, offset: offset)
  }

  /// Returns the state space of the address of a copy's shared side; one of 64 bits may be generic.
  func sharedSpace(of address: UInt64, isWide: Bool) -> StateSpace {
    isWide && address & AddressMap.windowMask != 0 ? .generic : .sharedCluster
  }

  /// Returns the offset of the barrier that tracks the bytes written to a block.
  func barrierOffset(
    _ address: UInt64, isWide: Bool, inBlock rank: Int, _ warpIndex: Int
  ) throws(Trap) -> Int {
    let space = sharedSpace(of: address, isWide: isWide)
    let (block, offset) = try barrierPlace(address, space, warpIndex)
    guard block.rank == rank else {
      throw Trap(
        .barrierMisuse,
        "The mbarrier is in block \(block.rank), but the bytes that it tracks are written to block \(rank)."
      )
    }
    return offset
  }

  // MARK: - Effects

  /// Reads the source of a bulk copy into the scratch memory.
  func readBulk(_ transfer: BulkTransfer, _ operation: PendingOperation) throws(Trap) {
    let count = transfer.byteCount
    guard count > 0 else { return }
    guard count <= Workspace.byteCount else {
      throw Trap(.outOfBounds, "A bulk copy of \(count) bytes does not fit into shared memory.")
    }
    let access = Access(operation, transfer.reduction == nil ? .copy : .read)
    let source: CheckedBytes
    switch transfer.source {
    case .global(let address): source = try checkedGlobal(address, count, access)
    case .shared(let rank, let offset):
      source = CheckedBytes(
        bytes: try sharedBytes(blocks[rank], offset, count, access),
        shadow: blocks[rank].shadow + offset)
    }
    copyBytes(scratch, source.bytes, count)
    if checksInitialization { scratchShadow.update(from: source.shadow, count: count) }
  }

  /// Writes a bulk copy from the scratch memory to its destination, or combines it with the old
  /// contents, and signals the barriers.
  func writeBulk(_ transfer: BulkTransfer, _ operation: PendingOperation) throws(Trap) {
    let count = transfer.byteCount
    let access = Access(operation, transfer.reduction == nil ? .write : .atomic)
    switch transfer.destination {
    case .global(let address):
      guard count > 0 else { return }
      let target = try checkedGlobal(address, count, access)
      put(transfer, target.bytes, target.shadow)
      totals.pointee.boxesWritten &+= UInt64(count)
      changeCount &+= 1
    case .shared(_, let offset):
      for block in blocks where transfer.blockMask >> UInt32(block.rank) & 1 == 1 {
        let index = try liveBarrier(block, transfer.barrierOffset)
        if count > 0 {
          let bytes = try sharedBytes(block, offset, count, access)
          put(transfer, bytes, block.shadow + offset)
        }
        if case .global = transfer.source { totals.pointee.boxesRead &+= UInt64(count) }
        try deliver(count, to: block, index, by: operation)
      }
    }
  }

  /// Writes the scratch memory to a checked destination.
  private func put(
    _ transfer: BulkTransfer, _ bytes: UnsafeMutableRawPointer,
    _ shadow: UnsafeMutablePointer<UInt8>
  ) {
    if let reduction = transfer.reduction {
      return reduction.apply(to: bytes, scratch, byteCount: transfer.byteCount)
    }
    copyBytes(bytes, scratch, transfer.byteCount)
    if checksInitialization { shadow.update(from: scratchShadow, count: transfer.byteCount) }
  }

  // MARK: - Stores that a barrier tracks

  /// `st.async` and `red.async`, once for each lane.
  func issueAsyncStore(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let flags = instruction.pointee.bulkFlags
    let width = Int(instruction.pointee.width)
    let count = Int(instruction.pointee.count)
    try checkCluster(instruction)
    try forEachLane(mask) { (index) throws(Trap) in
      let address = self.address(instruction, memory, index)
      try self.checkAlignment(address, width * count)
      let location = try self.location(address, instruction.pointee.space, warpIndex)
      guard case .shared(let rank, let offset) = location else {
        throw Trap(.illegalOperand, "An asynchronous store must write to shared memory.")
      }
      let isWideBarrier = flags.contains(.hasWideBarrier)
      let barrierAddress = self.sideAddress(
        lane.sources.1, isWide: isWideBarrier, offset: instruction.pointee.literal, index, memory)
      var store = AsyncStore(
        block: rank, offset: offset, bytes: SIMD2(), byteCount: width * count,
        barrierOffset: try self.barrierOffset(
          barrierAddress, isWide: isWideBarrier, inBlock: rank, warpIndex))
      for element in 0..<count {
        let value = self.element(instruction, element, index, memory)
        let bit = element * width * 8
        store.bytes[bit / 64] |= value << UInt64(bit % 64)
        if self.warps[warpIndex].carriesUndefined {
          let bytes = self.undefinedBytes(instruction, element, index, warpIndex, width: width)
          store.undefinedBytes |= bytes << UInt32(element * width)
        }
      }
      if flags.contains(.reduces) {
        let operation = AtomicOperation(rawValue: UInt8(lane.immediate & 0xFF)) ?? .add
        let format = Reduction.Format(rawValue: UInt8(lane.immediate >> 8)) ?? .u32
        store.reduction = Reduction(operation: operation, format: format)
      }
      try self.issue(
        PendingOperation(
          .asyncStore(store), queue: self.nextFreeQueue(), pc: pc, warp: warpIndex),
        by: 1 << UInt32(index))
    }
  }

  /// Returns the low bits of an element of an instruction's register list, in the element's width.
  private func element(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ element: Int, _ lane: Int,
    _ memory: LaneMemory
  ) -> UInt64 {
    let register = kernel.extraOffsets[Int(instruction.pointee.extra) + element]
    return instruction.pointee.width == 8
      ? memory.lanes(register, as: UInt64.self)[lane]
      : UInt64(memory.lanes(register, as: UInt32.self)[lane])
  }

  /// Executes an asynchronous store, and signals its barrier.
  func storeAsync(_ store: AsyncStore, _ operation: PendingOperation) throws(Trap) {
    let block = blocks[store.block]
    let index = try liveBarrier(block, store.barrierOffset)
    let access = Access(
      operation, store.reduction == nil ? .write : .atomic, proxy: .generic)
    let bytes = try sharedBytes(block, store.offset, store.byteCount, access)
    withUnsafeBytes(of: store.bytes) { value in
      guard let base = value.baseAddress else { return }
      if let reduction = store.reduction {
        reduction.apply(to: bytes, base, byteCount: store.byteCount)
      } else {
        bytes.copyMemory(from: base, byteCount: store.byteCount)
        for byte in 0..<store.byteCount where store.undefinedBytes >> UInt32(byte) & 1 == 1 {
          block.shadow[store.offset + byte] = 0
        }
      }
    }
    totals.pointee.sharedWritten &+= UInt64(store.byteCount)
    try deliver(store.byteCount, to: block, index, by: operation)
  }
}

/// Options of a bulk copy or an asynchronous store.
struct BulkFlags: OptionSet {
  let rawValue: UInt8
  /// The destination's address has 64 bits.
  static let hasWideDestination = BulkFlags(rawValue: 1)
  /// The barrier's address has 64 bits.
  static let hasWideBarrier = BulkFlags(rawValue: 2)
  /// The copy is a multicast to the blocks of a mask.
  static let isMulticast = BulkFlags(rawValue: 4)
  /// The data is combined with the old contents.
  static let reduces = BulkFlags(rawValue: 8)
  /// The destination is in global memory.
  static let writesGlobal = BulkFlags(rawValue: 16)
  /// The source is in global memory.
  static let readsGlobal = BulkFlags(rawValue: 32)
  /// The barrier may be that of the other block of the CTA pair.
  static let isForPair = BulkFlags(rawValue: 64)
}
