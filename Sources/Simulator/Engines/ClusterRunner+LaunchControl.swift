// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// The 128-bit response to a launch-control request.
///
/// Words 0 to 2 have the format that code for sm_100 reads; the rest distinguishes a response from
/// other bits.
struct LaunchResponse {
  /// The lower 64 bits: the first block's x, y and z.
  var low: UInt64

  /// The upper 64 bits: bit 0 tells whether a cluster was canceled.
  var high: UInt64

  /// The upper 32 bits of every response.
  private static let mark: UInt64 = 0x524C_4354

  /// Creates a response with a cluster, or one that says that none is left.
  init(firstBlock: Dimensions?) {
    let block = firstBlock ?? Dimensions(0, 0, 0)
    low = UInt64(block.x) | UInt64(block.y) << 32 | UInt64(block.z) << 48
    high = LaunchResponse.mark << 32 | (firstBlock == nil ? 0 : 1)
  }

  /// Reads bits; returns `nil` if they are not a response.
  init?(low: UInt64, high: UInt64) {
    guard high >> 32 == LaunchResponse.mark else { return nil }
    self.low = low
    self.high = high
  }

  /// Whether a cluster was canceled.
  var isCanceled: Bool { high & 1 == 1 }

  /// The index of its first block.
  var firstBlock: (x: UInt32, y: UInt32, z: UInt32) {
    (UInt32(low & 0xFFFF_FFFF), UInt32(low >> 32 & 0xFFFF), UInt32(low >> 48))
  }
}

/// A response in flight to shared memory.
struct LaunchResponseTransfer {
  /// The response.
  var response: LaunchResponse
  /// The mask of the destination blocks.
  var blockMask: UInt32
  /// The offset in the shared memory of each of them.
  var offset: Int
  /// The offset of the barrier that tracks the bytes in each of them.
  var barrierOffset: Int
}

/// A query of a response.
enum LaunchQuery: UInt8 {
  case isCanceled, firstX, firstY, firstZ, firstBlock
}

// Cancellation of clusters that are not launched yet, by running clusters.
extension ClusterRunner {
  /// `clusterlaunchcontrol.try_cancel`: the cluster is canceled immediately, the response comes
  /// later.
  func requestCluster(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let own = blocks[warps[warpIndex].block]
    let variant = instruction.pointee.variant
    try forEachLane(mask) { (lane) throws(Trap) in
      guard !own.hasSeenRefusal else {
        throw Trap(
          .launchControl,
          "The block requests another cluster after a response that none is left.")
      }
      let address = self.address(instruction, memory, lane)
      let location = try self.location(
        address, instruction.pointee.hasWideAddress ? .generic : .shared, warpIndex)
      guard case .shared(own.rank, let offset) = location else {
        throw Trap(
          .illegalOperand,
          "A response must be written to the block's own shared memory, not to \(hexadecimal(address))."
        )
      }
      try self.checkAlignment(address, 16)
      let barrierAddress = self.sideAddress(
        instruction.pointee.lane.sources.1, isWide: variant & 2 != 0,
        offset: instruction.pointee.literal, lane, memory)
      let (barrierBlock, barrierOffset) = try self.barrierPlace(
        barrierAddress, variant & 2 != 0 ? .generic : .shared, warpIndex)
      guard barrierBlock.rank == own.rank else {
        throw Trap(.barrierMisuse, "A response must be tracked by an mbarrier of the same block.")
      }
      let audience: UInt32 =
        variant & 4 != 0 ? (1 << UInt32(self.blocks.count)) - 1 : 1 << UInt32(own.rank)
      let given = self.launch.clusters.takeOver()
      let transfer = LaunchResponseTransfer(
        response: LaunchResponse(firstBlock: given.map(self.launch.firstBlock)),
        blockMask: audience, offset: offset, barrierOffset: barrierOffset)
      self.changeCount &+= 1
      try self.issue(
        PendingOperation(
          .launchResponse(transfer), queue: self.nextFreeQueue(), pc: pc, warp: warpIndex),
        by: 1 << UInt32(lane))
    }
  }

  /// Writes a response, and signals the barriers.
  func writeResponse(
    _ transfer: LaunchResponseTransfer, _ operation: PendingOperation
  ) throws(Trap) {
    let access = Access(operation, .write)
    for block in blocks where transfer.blockMask >> UInt32(block.rank) & 1 == 1 {
      guard block.liveWarpCount > 0 else {
        throw Trap(
          .exit,
          "A response is written to block \(block.rank) of the cluster, which has exited.")
      }
      let index = try liveBarrier(block, transfer.barrierOffset)
      let bytes = try sharedBytes(block, transfer.offset, 16, access)
      bytes.storeBytes(of: transfer.response.low, as: UInt64.self)
      bytes.storeBytes(of: transfer.response.high, toByteOffset: 8, as: UInt64.self)
      try deliver(16, to: block, index, by: operation)
    }
  }

  /// `clusterlaunchcontrol.query_cancel`.
  func queryResponse(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let low = memory.lanes(lane.sources.0, as: UInt64.self)
    let high = memory.lanes(lane.sources.0 + 256, as: UInt64.self)
    let query = LaunchQuery(rawValue: instruction.pointee.variant) ?? .isCanceled
    var canceled: UInt32 = 0
    try forEachLane(mask) { (index) throws(Trap) in
      guard let response = LaunchResponse(low: low[index], high: high[index]) else {
        throw Trap(
          .launchControl, "The 128 bits are not a response of try_cancel.")
      }
      if query == .isCanceled {
        if response.isCanceled {
          canceled |= 1 << UInt32(index)
        } else {
          self.blocks[self.warps[warpIndex].block].hasSeenRefusal = true
        }
        return
      }
      guard response.isCanceled else {
        throw Trap(
          .launchControl, "The index of the first block is read from a response without a cluster.")
      }
      let first = response.firstBlock
      let values = [first.x, first.y, first.z, 0]
      if query == .firstBlock {
        for (element, value) in values.enumerated() {
          let offset = self.kernel.extraOffsets[Int(instruction.pointee.extra) + element]
          if offset >= 0 { memory.lanes(offset, as: UInt32.self)[index] = value }
        }
      } else if lane.destinations.0 >= 0 {
        let element = Int(query.rawValue - LaunchQuery.firstX.rawValue)
        memory.lanes(lane.destinations.0, as: UInt32.self)[index] = values[element]
      }
    }
    if query == .isCanceled, lane.destinations.0 >= 0 {
      memory.setPredicate(lane.destinations.0, canceled, mask: mask)
    }
  }
}
