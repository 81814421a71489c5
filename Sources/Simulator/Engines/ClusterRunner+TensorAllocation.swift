// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A request that one block of a CTA pair has reached, and the other has not.
enum PairRequest: Equatable {
  /// Allocate columns of Tensor Memory.
  case allocate(count: Int)
  /// Free columns.
  case free(column: Int, count: Int)
}

// Allocation of Tensor Memory by blocks and by CTA pairs.
extension ClusterRunner {
  /// `tcgen05.alloc`: waits until the SM, or both SMs of a pair, have the columns.
  func allocateTensorMemory(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) -> Step {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let counts = warp.memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)
    let count = Int(counts[mask.trailingZeroBitCount])
    guard [32, 64, 128, 256, 512].contains(count) else {
      throw Trap(
        .tensorMemory,
        "An allocation of Tensor Memory must have 32, 64, 128, 256 or 512 columns, not \(count).")
    }
    guard !block.hasRelinquished else {
      throw Trap(
        .tensorMemory, "The block allocates Tensor Memory after it relinquished the permit.")
    }
    if let last = block.tensorAllocations.last, count > last.count {
      throw Trap(
        .tensorMemory,
        "The block allocates \(count) columns after \(last.count); allocations must not grow.")
    }
    let column: Int?
    if instruction.pointee.isForPair {
      guard let other = try joinPair(block, .allocate(count: count), warpIndex) else {
        return .wait(Wait(kind: .tensorPair, value: Int64(count)))
      }
      column = try allocateForPair(block, other, count: count)
    } else {
      column = try tensorMemory(block).allocate(columnCount: count, owner: identity(of: block))
    }
    guard let column else { return .wait(Wait(kind: .tensorAllocation, value: Int64(count))) }
    block.tensorAllocations.append((column, count))
    changeCount &+= 1
    let target = address(instruction, warp.memory, mask.trailingZeroBitCount)
    let access = Access(
      warp: warpIndex, lane: mask.trailingZeroBitCount, pc: currentPC(instruction),
      proxy: .generic, effect: .write)
    try checkAlignment(target, 4)
    let bytes = try self.bytes(
      try self.location(target, instruction.pointee.space, warpIndex), 4, access, address: target)
    bytes.storeBytes(of: UInt32(column), as: UInt32.self)
    return .next
  }

  /// `tcgen05.dealloc`: in a pair, waits for the other block.
  func deallocateTensorMemory(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) -> Step {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let first = mask.trailingZeroBitCount
    let address = warp.memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)[first]
    let count = Int(warp.memory.lanes(instruction.pointee.lane.sources.1, as: UInt32.self)[first])
    let held = block.tensorAllocations.firstIndex {
      $0.column == Int(address) && $0.count == count
    }
    guard let held else {
      throw Trap(
        .tensorMemory,
        "The block frees \(count) columns at \(hexadecimal(address)), which it has not allocated.")
    }
    if instruction.pointee.isForPair {
      let request = PairRequest.free(column: Int(address), count: count)
      guard let other = try joinPair(block, request, warpIndex) else {
        return .wait(Wait(kind: .tensorPair, value: Int64(count)))
      }
      // The second block releases the first; each frees its own columns.
      leavePair(block, other, grant: Int(address))
    }
    try tensorMemory(block).deallocate(column: Int(address), columnCount: count)
    block.tensorAllocations.remove(at: held)
    changeCount &+= 1
    return .next
  }

  // MARK: - CTA pairs

  /// Returns the other block of a pair, which must not have exited.
  func peer(of block: BlockState) throws(Trap) -> BlockState {
    guard block.rank ^ 1 < blocks.count else {
      throw Trap(
        .tensorMemory,
        "Block \(block.rank) of a cluster of \(blocks.count) has no other block in its pair.")
    }
    let peer = blocks[block.rank ^ 1]
    guard peer.liveWarpCount > 0 else {
      throw Trap(.tensorMemory, "The other block of the pair has exited.")
    }
    return peer
  }

  /// Records a block's request to its pair, and returns the other block once both have made the
  /// same one.
  private func joinPair(
    _ block: BlockState, _ request: PairRequest, _ warpIndex: Int
  ) throws(Trap) -> BlockState? {
    // Once both have arrived, the other may already have continued, and exited.
    if block.pairGrant != nil { return blocks[block.rank ^ 1] }
    let peer = try peer(of: block)
    if let earlier = block.pairRequest, earlier.warp != warpIndex {
      throw Trap(
        .tensorMemory,
        "Two warps of a block allocate or free Tensor Memory of the pair at the same time.")
    }
    block.pairRequest = (request, warpIndex)
    guard let other = peer.pairRequest else { return nil }
    guard other.request == request else {
      throw Trap(
        .tensorMemory,
        "The blocks of a pair disagree: one is to \(text(of: request)), the other to \(text(of: other.request))."
      )
    }
    return peer
  }

  /// Returns a description of a request to a pair.
  private func text(of request: PairRequest) -> String {
    switch request {
    case .allocate(let count): "allocate \(count) columns"
    case .free(let column, let count): "free \(count) columns from column \(column)"
    }
  }

  /// Completes the request of both blocks; the other continues with the granted columns.
  private func leavePair(_ block: BlockState, _ peer: BlockState, grant: Int) {
    if block.pairGrant != nil {
      block.pairGrant = nil
      return
    }
    block.pairRequest = nil
    peer.pairRequest = nil
    peer.pairGrant = grant
  }

  /// Allocates the same columns on both SMs of a pair, or takes those that the other block has
  /// allocated for both; returns `nil` if there is no space at present.
  private func allocateForPair(
    _ block: BlockState, _ peer: BlockState, count: Int
  ) throws(Trap) -> Int? {
    if let column = block.pairGrant {
      leavePair(block, peer, grant: column)
      return column
    }
    let memories = [try tensorMemory(block), try tensorMemory(peer)]
    guard let column = TensorMemory.firstFree(columnCount: count, of: memories) else { return nil }
    for (memory, holder) in zip(memories, [block, peer]) {
      memory.take(column: column, columnCount: count, owner: identity(of: holder))
    }
    leavePair(block, peer, grant: column)
    return column
  }
}
