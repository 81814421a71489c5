// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The location of an address.
enum MemoryLocation {
  case global(UInt64)
  case shared(rank: Int, offset: Int)
  case parameter(Int)
  case local(Int)
}

// Loads, stores and addresses.
extension ClusterRunner {
  /// Returns a lane's address plus the instruction's offset.
  @inline(__always)
  func address(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ memory: LaneMemory, _ lane: Int
  ) -> UInt64 {
    let offset = UInt64(bitPattern: instruction.pointee.addressOffset)
    if instruction.pointee.hasWideAddress {
      return memory.lanes(instruction.pointee.address, as: UInt64.self)[lane] &+ offset
    }
    let base = memory.lanes(instruction.pointee.address, as: UInt32.self)[lane]
    return UInt64(base &+ UInt32(truncatingIfNeeded: offset))
  }

  /// Returns the location of an address.
  func location(_ address: UInt64, _ space: StateSpace, _ warpIndex: Int) throws(Trap)
    -> MemoryLocation
  {
    switch space {
    case .global, .constant: return .global(address)
    case .shared, .sharedCluster:
      return try sharedLocation(UInt32(truncatingIfNeeded: address), space, warpIndex)
    case .parameter: return .parameter(Int(truncatingIfNeeded: address))
    case .local: return .local(Int(truncatingIfNeeded: address))
    case .generic:
      switch address & AddressMap.windowMask {
      case AddressMap.sharedWindow:
        return try sharedLocation(UInt32(truncatingIfNeeded: address), .sharedCluster, warpIndex)
      case AddressMap.parameterWindow: return .parameter(Int(address & 0xFFFF_FFFF))
      case AddressMap.localWindow: return .local(Int(address & 0xFFFF_FFFF))
      default: return .global(address)
      }
    }
  }

  /// Returns the block and offset of a shared address.
  func sharedLocation(
    _ address: UInt32, _ space: StateSpace, _ warpIndex: Int
  ) throws(Trap) -> MemoryLocation {
    let rank = AddressMap.sharedRank(address)
    let own = warps[warpIndex].block
    guard rank < blocks.count else {
      throw Trap(
        .outOfBounds,
        "The shared address \(hexadecimal(address)) names block \(rank) of a cluster of \(blocks.count)."
      )
    }
    guard space == .sharedCluster || rank == own else {
      throw Trap(
        .outOfBounds,
        "The shared address \(hexadecimal(address)) of block \(rank) is used as an address in block \(own)'s own shared memory."
      )
    }
    return .shared(rank: rank, offset: AddressMap.sharedOffset(address))
  }

  /// Checks that an address is aligned to the size of the access.
  @inline(__always)
  func checkAlignment(_ address: UInt64, _ byteCount: Int) throws(Trap) {
    guard address & UInt64(byteCount &- 1) == 0 else {
      throw Trap(
        .misaligned,
        "An access of \(byteCount) bytes at \(hexadecimal(address)) is not aligned to \(byteCount) bytes."
      )
    }
  }

  /// `ld` and `st`: moves the elements of each lane between registers and memory.
  func moveElements(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ effect: Access.Effect
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let width = Int(instruction.pointee.width)
    let count = Int(instruction.pointee.count)
    let space = instruction.pointee.space
    var access = Access(
      warp: warpIndex, lane: 0, pc: currentPC(instruction), proxy: .generic, effect: effect)
    if space == .shared { countConflicts(instruction, mask, memory, width * count) }
    try forEachLane(mask) { (lane) throws(Trap) in
      let address = self.address(instruction, memory, lane)
      try self.checkAlignment(address, width &* count)
      access.lane = lane
      let location = try self.location(address, space, warpIndex)
      let bytes = try self.bytes(location, width &* count, access, address: address)
      self.count(UInt64(width &* count), at: location, effect)
      var element = 0
      while element < count {
        let part = bytes + element &* width
        if effect == .load {
          self.setElement(instruction, element, lane, memory, from: part, width: width)
        } else {
          self.storeElement(instruction, element, lane, memory, to: part, width: width)
        }
        element &+= 1
      }
    }
    if effect == .load {
      if hot.pointee.hasUndefinedLoads { markLoads(instruction, warpIndex) }
    } else if warps[warpIndex].carriesUndefined {
      try carryStores(instruction, mask, warpIndex)
    }
  }

  /// Counts moved bytes.
  @inline(__always)
  private func count(_ byteCount: UInt64, at location: MemoryLocation, _ effect: Access.Effect) {
    switch (location, effect) {
    case (.global, .load): totals.pointee.globalRead &+= byteCount
    case (.global, _): totals.pointee.globalWritten &+= byteCount
    case (.shared, .load): totals.pointee.sharedRead &+= byteCount
    case (.shared, _): totals.pointee.sharedWritten &+= byteCount
    case (.parameter, _), (.local, _): break
    }
  }

  /// Returns the index of an instruction in the kernel.
  @inline(__always)
  func currentPC(_ instruction: UnsafeMutablePointer<DecodedInstruction>) -> Int32 {
    Int32(instruction - instructions)
  }

  /// Returns the bytes at a location, after checking the access.
  @inline(__always)
  func bytes(
    _ location: MemoryLocation, _ byteCount: Int, _ access: Access, address: UInt64
  ) throws(Trap) -> UnsafeMutableRawPointer {
    switch location {
    case .global(let address): return try globalBytes(address, byteCount, access)
    case .shared(let rank, let offset):
      return try sharedBytes(blocks[rank], offset, byteCount, access)
    case .parameter(let parameter):
      let offset = parameter - AddressMap.parameterBase
      let isRead = access.effect == .load || access.effect == .read
      guard isRead, offset >= 0, offset + byteCount <= kernel.parameterByteCount
      else {
        throw Trap(
          .outOfBounds,
          "\(byteCount) bytes at parameter offset \(offset) are outside the \(kernel.parameterByteCount) bytes of parameters, or are written."
        )
      }
      return launch.parameters + offset
    case .local(let offset):
      guard offset >= 0, offset + byteCount <= kernel.localByteCount else {
        throw Trap(
          .outOfBounds,
          "\(byteCount) bytes at local offset \(offset) are outside the \(kernel.localByteCount) bytes of a thread."
        )
      }
      return warps[access.warp].local + access.lane * kernel.localByteCount + offset
    }
  }

  /// Writes a loaded value to a lane of a register, extended to its container.
  @inline(__always)
  private func setElement(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ element: Int, _ lane: Int,
    _ memory: LaneMemory, from bytes: UnsafeMutableRawPointer, width: Int
  ) {
    let offset = kernel.extraOffsets[Int(instruction.pointee.extra) &+ element]
    guard offset >= 0 else { return }
    if width == 16 {
      let words = bytes.loadUnaligned(as: SIMD2<UInt64>.self)
      memory.lanes(offset, as: UInt64.self)[lane] = words[0]
      memory.lanes(offset + 256, as: UInt64.self)[lane] = words[1]
      return
    }
    var value: UInt64
    switch width {
    case 1: value = UInt64(bytes.load(as: UInt8.self))
    case 2: value = UInt64(bytes.loadUnaligned(as: UInt16.self))
    case 4: value = UInt64(bytes.loadUnaligned(as: UInt32.self))
    default: value = bytes.loadUnaligned(as: UInt64.self)
    }
    if instruction.pointee.isSigned {
      let shift = UInt64(64 - 8 * width)
      value = UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift))
    }
    if instruction.pointee.containerWidth == 8 {
      memory.lanes(offset, as: UInt64.self)[lane] = value
    } else {
      memory.lanes(offset, as: UInt32.self)[lane] = UInt32(truncatingIfNeeded: value)
    }
  }

  /// Writes the low bytes of a lane of a register to memory.
  @inline(__always)
  private func storeElement(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ element: Int, _ lane: Int,
    _ memory: LaneMemory, to bytes: UnsafeMutableRawPointer, width: Int
  ) {
    let offset = kernel.extraOffsets[Int(instruction.pointee.extra) &+ element]
    let isWide = instruction.pointee.containerWidth >= 8
    let value =
      isWide
      ? memory.lanes(offset, as: UInt64.self)[lane]
      : UInt64(memory.lanes(offset, as: UInt32.self)[lane])
    switch width {
    case 1: bytes.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2: bytes.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    case 4: bytes.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    case 8: bytes.storeBytes(of: value, as: UInt64.self)
    default:
      bytes.storeBytes(of: value, as: UInt64.self)
      let high = memory.lanes(offset + 256, as: UInt64.self)[lane]
      bytes.storeBytes(of: high, toByteOffset: 8, as: UInt64.self)
    }
  }

  // MARK: - Addresses

  /// `cvta`.
  func convertAddress(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let window: UInt64
    switch instruction.pointee.space {
    case .shared, .sharedCluster: window = AddressMap.sharedWindow
    case .local: window = AddressMap.localWindow
    case .parameter: window = AddressMap.parameterWindow
    case .generic, .global, .constant: window = 0
    }
    let isToSpace = instruction.pointee.variant == 1
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    guard instruction.pointee.containerWidth == 8 else {
      let source = memory.lanes(lane.sources.0, as: UInt32.self)
      let destination = memory.lanes(lane.destinations.0, as: UInt32.self)
      forLanes(mask) { destination[$0] = source[$0] }
      return
    }
    let source = memory.lanes(lane.sources.0, as: UInt64.self)
    let destination = memory.lanes(lane.destinations.0, as: UInt64.self)
    forLanes(mask) { index in
      let value = source[index]
      destination[index] = window == 0 ? value : isToSpace ? value & 0xFFFF_FFFF : value | window
    }
  }

  /// `isspacep`.
  func isInSpace(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let source = memory.lanes(instruction.pointee.lane.sources.0, as: UInt64.self)
    var answer: UInt32 = 0
    forLanes(mask) { index in
      let window = source[index] & AddressMap.windowMask
      let isIn: Bool
      switch instruction.pointee.space {
      case .shared:
        let rank = AddressMap.sharedRank(UInt32(truncatingIfNeeded: source[index]))
        isIn = window == AddressMap.sharedWindow && rank == warps[warpIndex].block
      case .sharedCluster: isIn = window == AddressMap.sharedWindow
      case .local: isIn = window == AddressMap.localWindow
      case .parameter: isIn = window == AddressMap.parameterWindow
      case .generic, .global, .constant:
        let windows = [
          AddressMap.sharedWindow, AddressMap.localWindow, AddressMap.parameterWindow,
        ]
        isIn = !windows.contains(window)
      }
      if isIn { answer |= 1 << UInt32(index) }
    }
    memory.setPredicate(instruction.pointee.lane.destinations.0, answer, mask: mask)
  }

  /// `mapa`.
  func mapToBlock(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let ranks = memory.lanes(lane.sources.1, as: UInt32.self)
    try forEachLane(mask) { (index) throws(Trap) in
      let rank = ranks[index]
      guard rank < UInt32(self.blocks.count) else {
        throw Trap(
          .illegalOperand, "'mapa' names block \(rank) of a cluster of \(self.blocks.count).")
      }
      if instruction.pointee.containerWidth == 8 {
        let value = memory.lanes(lane.sources.0, as: UInt64.self)[index]
        memory.lanes(lane.destinations.0, as: UInt64.self)[index] =
          value & ~0xFF00_0000 | UInt64(rank) << 24
      } else {
        let value = memory.lanes(lane.sources.0, as: UInt32.self)[index]
        memory.lanes(lane.destinations.0, as: UInt32.self)[index] =
          value & 0x00FF_FFFF | rank << 24
      }
    }
  }

  /// `getctarank`.
  func blockRank(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let destination = memory.lanes(lane.destinations.0, as: UInt32.self)
    forLanes(mask) { index in
      if instruction.pointee.containerWidth == 8 {
        let value = memory.lanes(lane.sources.0, as: UInt64.self)[index]
        destination[index] = UInt32(value >> 24 & 0xFF)
      } else {
        destination[index] = memory.lanes(lane.sources.0, as: UInt32.self)[index] >> 24
      }
    }
  }

  // MARK: - Banks

  /// Counts the additional wavefronts of an access to shared memory, beyond the first of each group
  /// of lanes.
  ///
  /// The group depends on the width: 32 lanes with 4 bytes, 16 with 8, 8 with 16. In each wavefront
  /// a bank delivers one 4-byte word, to every lane that reads it.
  func countConflicts(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ memory: LaneMemory,
    _ byteCount: Int
  ) {
    let lanesTogether = byteCount <= 4 ? 32 : byteCount == 8 ? 16 : 8
    var excess = 0
    var first = 0
    while first < 32 {
      var words = BankWords()
      var lane = first
      while lane < first + lanesTogether {
        if mask >> UInt32(lane) & 1 == 1 {
          let start = UInt32(truncatingIfNeeded: address(instruction, memory, lane))
          var offset: UInt32 = 0
          while offset < UInt32(max(4, byteCount)) {
            words.add((start &+ offset) >> 2)
            offset &+= 4
          }
        }
        lane += 1
      }
      excess += words.excess
      first += lanesTogether
    }
    if excess > 0 { hot.pointee.conflicts[Int(currentPC(instruction))] &+= UInt64(excess) }
  }
}

/// The different words that one group of lanes reads from each bank.
struct BankWords {
  /// The words so far, at most 32 because a group moves at most 128 bytes.
  private var words = SIMD32<UInt32>(repeating: 0)
  /// The number of words seen.
  private var count = 0
  /// The number of different words of each bank.
  private var load = SIMD32<UInt8>(repeating: 0)

  /// Adds a word, by its address divided by four.
  mutating func add(_ word: UInt32) {
    for index in 0..<count where words[index] == word { return }
    guard count < 32 else { return }
    words[count] = word
    count += 1
    load[Int(word & 31)] &+= 1
  }

  /// The number of additional wavefronts.
  var excess: Int { max(0, Int(load.max()) - 1) }
}
