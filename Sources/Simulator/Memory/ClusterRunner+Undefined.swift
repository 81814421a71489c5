// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Values that were never written: loads and stores, and operations that move bits, carry them along. What
// computes with them, takes them for an address or multiplies them as matrices is a fault.
extension ClusterRunner {
  // MARK: - Loads

  /// Notes that a load meets bytes that were never written.
  @inline(never)
  func noteUndefined(
    _ shadow: UnsafeMutablePointer<UInt8>, _ byteCount: Int, _ access: Access,
    _ place: (_ first: Int) -> UndefinedRegisters.Origin.Place
  ) {
    let first = (0..<byteCount).first { shadow[$0] != 1 } ?? 0
    let origin = UndefinedRegisters.Origin(place: place(first), pc: access.pc)
    makeUndefinedRegisters().loads.append(
      UndefinedRegisters.Load(lane: access.lane, shadow: shadow, origin: origin))
    hot.pointee.hasUndefinedLoads = true
  }

  /// Returns the undefined bits of the registers, which are made where there are none yet.
  func makeUndefinedRegisters() -> UndefinedRegisters {
    if let known = undefinedRegisters { return known }
    let made = UndefinedRegisters(kernel, warpCount: warpCount)
    undefinedRegisters = made
    return made
  }

  /// Marks what `ld` has loaded and was never written.
  @inline(never)
  func markLoads(_ instruction: UnsafeMutablePointer<DecodedInstruction>, _ warpIndex: Int) {
    guard let undefined = takeLoads(warpIndex) else { return }
    let width = Int(instruction.pointee.width)
    // The report names what the lowest lane has loaded.
    for load in undefined.loads.reversed() {
      for element in 0..<Int(instruction.pointee.count) {
        let offset = kernel.extraOffsets[Int(instruction.pointee.extra) + element]
        guard offset >= 0 else { continue }
        var bits = (UInt64(0), UInt64(0))
        for byte in 0..<width where load.shadow[element * width + byte] != 1 {
          if byte < 8 {
            bits.0 |= 0xFF << UInt64(8 * byte)
          } else {
            bits.1 |= 0xFF << UInt64(8 * byte - 64)
          }
        }
        guard bits != (0, 0) else { continue }
        if instruction.pointee.isSigned, width < 8 {
          let shift = UInt64(64 - 8 * width)
          bits.0 = UInt64(bitPattern: Int64(bitPattern: bits.0 << shift) >> Int64(shift))
        }
        if instruction.pointee.containerWidth < 8 {
          undefined.lanes(offset, of: warpIndex, as: UInt32.self)[load.lane] =
            UInt32(truncatingIfNeeded: bits.0)
        } else {
          let lanes = undefined.lanes(offset, of: warpIndex, as: UInt64.self)
          lanes[load.lane] = bits.0
          if instruction.pointee.containerWidth > 8 { lanes[32 + load.lane] = bits.1 }
        }
        undefined.setOrigin(load.origin, of: offset, of: warpIndex)
      }
    }
    undefined.loads.removeAll(keepingCapacity: true)
  }

  /// Marks halves that `ldmatrix` has loaded and were never written.
  ///
  /// `place` says which lane, and which half of its register, gets an element of a matrix.
  @inline(never)
  func markMatrixLoads(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ warpIndex: Int,
    _ place: (_ row: Int, _ column: Int) -> (lane: Int, half: Int)
  ) {
    guard let undefined = takeLoads(warpIndex) else { return }
    // The report names what the lowest lane has loaded.
    for load in undefined.loads.reversed() {
      let offset = kernel.extraOffsets[Int(instruction.pointee.extra) + load.lane / 8]
      guard offset >= 0 else { continue }
      for byte in 0..<16 where load.shadow[byte] != 1 {
        let (lane, half) = place(load.lane % 8, byte / 2)
        undefined.lanes(offset, of: warpIndex, as: UInt32.self)[lane] |=
          0xFF << UInt32(16 * half + 8 * (byte % 2))
      }
      undefined.setOrigin(load.origin, of: offset, of: warpIndex)
    }
    undefined.loads.removeAll(keepingCapacity: true)
  }

  /// Marks the registers of a `tcgen05.ld` whose cells were never written, and unmarks the others.
  ///
  /// - Parameters:
  ///   - warpIndex: The warp.
  ///   - pc: The instruction.
  ///   - marks: For each register, lane by lane, the bits that are undefined.
  ///   - cell: A cell that was never written.
  func markTensorLoad(_ warpIndex: Int, _ pc: Int32, _ marks: [UInt32], cell: Int) {
    let undefined = makeUndefinedRegisters()
    warps[warpIndex].carriesUndefined = true
    let extra = Int(instructions[Int(pc)].extra)
    let origin = UndefinedRegisters.Origin(place: .tensorMemory(cell: cell), pc: pc)
    for register in 0..<marks.count / 32 {
      let offset = kernel.extraOffsets[extra + register]
      guard offset >= 0 else { continue }
      let lanes = undefined.lanes(offset, of: warpIndex, as: UInt32.self)
      for lane in 0..<32 { lanes[lane] = marks[32 * register + lane] }
      undefined.setOrigin(origin, of: offset, of: warpIndex)
    }
  }

  /// Returns the undefined bits, where an instruction has loaded some that are to be marked.
  private func takeLoads(_ warpIndex: Int) -> UndefinedRegisters? {
    hot.pointee.hasUndefinedLoads = false
    warps[warpIndex].carriesUndefined = true
    return undefinedRegisters
  }

  // MARK: - Stores

  /// Makes bytes that `st` has stored count as never written where all their bits are undefined.
  @inline(never)
  func carryStores(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let width = Int(instruction.pointee.width)
    try forEachLane(mask) { (lane) throws(Trap) in
      for element in 0..<Int(instruction.pointee.count) {
        let bytes = self.undefinedBytes(
          instruction, element, lane, warpIndex, width: width)
        guard bytes != 0 else { continue }
        let address =
          self.address(instruction, memory, lane) &+ UInt64(element * width)
        let location = try self.location(address, instruction.pointee.space, warpIndex)
        guard let shadow = self.shadow(of: location, byteCount: width) else { continue }
        for byte in 0..<width where bytes >> UInt32(byte) & 1 == 1 { shadow[byte] = 0 }
      }
    }
  }

  /// Returns which bytes of an element that a lane stores are undefined in all bits, a bit each.
  func undefinedBytes(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ element: Int, _ lane: Int,
    _ warpIndex: Int, width: Int
  ) -> UInt32 {
    let offset = kernel.extraOffsets[Int(instruction.pointee.extra) + element]
    guard offset >= 0, let undefined = undefinedRegisters else { return 0 }
    var result: UInt32 = 0
    for byte in 0..<width {
      let bits: UInt8
      if instruction.pointee.containerWidth < 8 {
        let word = undefined.lanes(offset, of: warpIndex, as: UInt32.self)[lane]
        bits = UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))
      } else {
        let lanes = undefined.lanes(offset, of: warpIndex, as: UInt64.self)
        bits = UInt8(truncatingIfNeeded: lanes[32 * (byte / 8) + lane] >> UInt64(byte % 8 * 8))
      }
      if bits == .max { result |= 1 << UInt32(byte) }
    }
    return result
  }

  /// Returns whether the bytes at a place were written; nil where that is not recorded.
  func shadow(of location: MemoryLocation, byteCount: Int) -> UnsafeMutablePointer<UInt8>? {
    switch location {
    case .shared(let rank, let offset): return blocks[rank].shadow + offset
    case .global(let address):
      guard checksInitialization,
        let allocation = launch.global.find(address, byteCount: byteCount)
      else { return nil }
      return allocation.shadow + Int(address &- allocation.address)
    case .parameter, .local: return nil
    }
  }

  // MARK: - Everything else

  /// Follows the undefined bits of a warp through an instruction that is about to run: those that it moves go
  /// on to its results, and what it writes otherwise is defined.
  ///
  /// - Throws: The use of a value that was never written.
  @inline(never)
  func followUndefined(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let kind = instruction.pointee.kind
    let isIdle =
      kind == .nothing || kind == .tensorWaitLoad
      || (kind == .lane && instruction.pointee.lane.operation == .nothing)
    guard !isIdle, let undefined = undefinedRegisters else { return }
    if undefined.isFoundEmpty(warpIndex) {
      warps[warpIndex].carriesUndefined = false
      return
    }
    let touched = undefined.touched(currentPC(instruction), in: kernel)
    let reads = touched.reads.filter {
      undefined.undefinedLanes($0, of: warpIndex, mask: mask) != 0
    }
    if !reads.isEmpty {
      if kind == .lane {
        let isCarried = try moveUndefined(instruction, mask, warpIndex, reads, touched.writes)
        if isCarried { return }
      } else {
        for place in reads where !isCarried(place.offset, by: instruction, warpIndex) {
          throw useOfUndefined(place, instruction, mask, warpIndex)
        }
      }
    }
    // What lanes exchange is marked when they do.
    if kind == .shuffle || kind == .moveMatrix { return }
    for place in touched.writes { undefined.set(place, of: warpIndex, mask: mask, to: nil) }
  }

  /// Whether an instruction that is more than arithmetic only copies a register.
  private func isCarried(
    _ offset: LaneOffset, by instruction: UnsafeMutablePointer<DecodedInstruction>,
    _ warpIndex: Int
  ) -> Bool {
    let extra = Int(instruction.pointee.extra)
    switch instruction.pointee.kind {
    case .store, .storeMatrix, .tensorStore, .asyncStore:
      let isReduction =
        instruction.pointee.kind == .asyncStore
        && instruction.pointee.bulkFlags.contains(.reduces)
      let isValue = (0..<Int(instruction.pointee.extraCount)).contains {
        kernel.extraOffsets[extra + $0] == offset
      }
      return isValue && !isReduction && instruction.pointee.address != offset
    case .shuffle:
      let sources = instruction.pointee.lane.sources
      return sources.0 == offset && ![sources.1, sources.2, sources.3].contains(offset)
    case .moveMatrix: return true
    case .wgmma:
      // What is overwritten is not read.
      let flags = instruction.pointee.wgmma.flags
      let predicate = warps[warpIndex].memory.predicate(instruction.pointee.lane.sources.2)
      let accumulates = (predicate != 0) != flags.contains(.scaleDIsNegated)
      let isFragment = (0..<Int(instruction.pointee.count)).contains {
        kernel.extraOffsets[extra + $0] == offset
      }
      return !accumulates && !isFragment
    default: return false
    }
  }

  /// Moves undefined bits as lanes have exchanged a 32-bit value.
  ///
  /// `bits` makes the undefined bits that a lane gets of those of the source's lanes.
  @inline(never)
  func exchangeUndefined(
    _ members: Members, _ warpIndex: Int,
    _ bits: (_ lane: Int, _ source: (Int) -> UInt32) -> UInt32
  ) {
    guard let undefined = undefinedRegisters else { return }
    var source = SIMD32<UInt32>(repeating: 0)
    var origin: UndefinedRegisters.Origin?
    members.forEachPart { instruction, lanes in
      let offset = instruction.lane.sources.0
      guard offset >= 0 else { return }
      let words = undefined.lanes(offset, of: warpIndex, as: UInt32.self)
      forLanes(lanes) { source[$0] = words[$0] }
      origin = origin ?? undefined.origin(of: offset, of: warpIndex)
    }
    members.forEachPart { instruction, lanes in
      let lane = instruction.lane
      guard lane.destinations.0 >= 0 else { return }
      let destination = undefined.lanes(lane.destinations.0, of: warpIndex, as: UInt32.self)
      forLanes(lanes) { index in destination[index] = bits(index) { source[$0] } }
      undefined.setOrigin(origin, of: lane.destinations.0, of: warpIndex)
    }
  }

  /// Follows undefined bits through an operation of lanes, and returns whether it carries any.
  private func moveUndefined(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ reads: [UndefinedRegisters.Place], _ writes: [UndefinedRegisters.Place]
  ) throws(Trap) -> Bool {
    guard let undefined = undefinedRegisters else { return false }
    let lane = instruction.pointee.lane
    switch lane.bitMovement {
    case .computes:
      for place in reads {
        let lanes = undefined.lanes(place.offset, of: warpIndex, as: UInt32.self)
        let wide = undefined.lanes(place.offset, of: warpIndex, as: UInt64.self)
        let bits = lane.relevantBits
        let isUsed = (0..<32).contains { index in
          guard mask >> UInt32(index) & 1 == 1 else { return false }
          let value = place.byteCount <= 128 ? UInt64(lanes[index]) : wide[index]
          return value & bits != 0 || place.byteCount > 256
        }
        if isUsed { throw useOfUndefined(place, instruction, mask, warpIndex) }
      }
      return false
    case .moves(let dataCount, let controlCount):
      for control in dataCount..<dataCount + controlCount {
        guard let place = reads.first(where: { $0.offset == lane.source(control) }) else {
          continue
        }
        throw useOfUndefined(place, instruction, mask, warpIndex)
      }
      executeOnSlots(lane, mask) { source, slot in
        if source < dataCount {
          copyUndefined(lane.source(source), of: warpIndex, to: slot)
        } else {
          slot.copyMemory(
            from: warps[warpIndex].memory.address(lane.source(source)), byteCount: 128)
        }
      }
    case .combines(let sourceCount, let isWide):
      combineUndefined(lane, mask, warpIndex, sourceCount: sourceCount, isWide: isWide)
    }
    takeResults(lane, mask, warpIndex, writes, from: reads[0])
    return true
  }

  /// Executes an operation with its operands in slots: sources 0 to 4, destinations 5 to 8.
  private func executeOnSlots(
    _ lane: LaneInstruction, _ mask: UInt32,
    _ fill: (_ source: Int, _ slot: UnsafeMutableRawPointer) -> Void
  ) {
    guard let scratch = undefinedRegisters?.scratch else { return }
    let slotByteCount = UndefinedRegisters.slotByteCount
    var moved = lane
    for source in 0..<5 {
      fill(source, scratch + source * slotByteCount)
      moved.setSource(source, LaneOffset(source * slotByteCount))
    }
    for destination in 0..<4 where lane.destination(destination) >= 0 {
      moved.setDestination(destination, LaneOffset((5 + destination) * slotByteCount))
    }
    moved.execute(mask: mask, in: LaneMemory(registers: scratch, constants: kernel.constants))
  }

  /// Copies the undefined bits of a source to a slot; constants have none.
  private func copyUndefined(
    _ offset: LaneOffset, of warpIndex: Int, to slot: UnsafeMutableRawPointer
  ) {
    let byteCount = UndefinedRegisters.slotByteCount
    guard offset >= 0, let undefined = undefinedRegisters else {
      slot.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return
    }
    slot.copyMemory(
      from: undefined.lanes(offset, of: warpIndex, as: UInt8.self), byteCount: byteCount)
  }

  /// Leaves in the first destination's slot the bits of a result that undefined bits of sources decide:
  /// those that change where undefined bits are turned over.
  private func combineUndefined(
    _ lane: LaneInstruction, _ mask: UInt32, _ warpIndex: Int, sourceCount: Int, isWide: Bool
  ) {
    guard let undefined = undefinedRegisters else { return }
    let memory = warps[warpIndex].memory
    let wordCount = isWide ? 64 : 32
    let result = (undefined.scratch + 5 * UndefinedRegisters.slotByteCount)
      .assumingMemoryBound(to: UInt32.self)
    var base = [UInt32](repeating: 0, count: wordCount)
    var changed = [UInt32](repeating: 0, count: wordCount)
    for turned in 0..<1 << sourceCount {
      executeOnSlots(lane, mask) { source, slot in
        guard source < sourceCount else { return }
        let offset = lane.source(source)
        slot.copyMemory(from: memory.address(offset), byteCount: wordCount * 4)
        guard turned >> source & 1 == 1, offset >= 0 else { return }
        let words = slot.assumingMemoryBound(to: UInt32.self)
        let bits = undefined.lanes(offset, of: warpIndex, as: UInt32.self)
        for word in 0..<wordCount { words[word] ^= bits[word] }
      }
      for word in 0..<wordCount {
        if turned == 0 {
          base[word] = result[word]
        } else {
          changed[word] |= result[word] ^ base[word]
        }
      }
    }
    for word in 0..<wordCount { result[word] = changed[word] }
  }

  /// Marks the results of an operation as the slots of its destinations say.
  private func takeResults(
    _ lane: LaneInstruction, _ mask: UInt32, _ warpIndex: Int,
    _ writes: [UndefinedRegisters.Place], from source: UndefinedRegisters.Place
  ) {
    guard let undefined = undefinedRegisters else { return }
    let origin = undefined.origin(of: source.offset, of: warpIndex)
    for place in writes {
      guard let index = (0..<4).first(where: { lane.destination($0) == place.offset }) else {
        continue
      }
      let slot = undefined.scratch + (5 + index) * UndefinedRegisters.slotByteCount
      undefined.set(place, of: warpIndex, mask: mask, to: slot)
      undefined.setOrigin(origin, of: place.offset, of: warpIndex)
    }
  }

  /// Describes the use of a value that was never written.
  private func useOfUndefined(
    _ place: UndefinedRegisters.Place, _ instruction: UnsafeMutablePointer<DecodedInstruction>,
    _ mask: UInt32, _ warpIndex: Int
  ) -> Trap {
    let lanes = undefinedRegisters?.undefinedLanes(place, of: warpIndex, mask: mask) ?? mask
    let name = kernel.function.name(of: place.register)
    var message = "The register \(name) is used, but its value was never written."
    if let origin = undefinedRegisters?.origin(of: place.offset, of: warpIndex) {
      message =
        "\(text(of: origin.place)) was never written. \(instructionText(origin.pc)) loaded it, and its value is used."
    }
    return located(
      Trap(.uninitialized, message), warpIndex, currentPC(instruction), lanes: lanes)
  }

  /// Names a byte or a cell that was never written.
  private func text(of place: UndefinedRegisters.Origin.Place) -> String {
    switch place {
    case .shared(let rank, let offset):
      let owner = launch.clusterSize > 1 ? " of block \(rank) of the cluster" : ""
      return
        "The byte at shared offset \(hexadecimal(offset))\(owner), \(kernel.nameOfShared(offset)),"
    case .global(let address):
      guard let allocation = launch.global.find(address, byteCount: 1) else {
        return "The byte at \(hexadecimal(address))"
      }
      return
        "The byte at \(hexadecimal(address)), byte \(address - allocation.address) of \(allocation.name) of \(allocation.byteCount),"
    case .tensorMemory(let cell):
      return
        "Tensor Memory lane \(cell / TensorMemory.columnCount), column \(cell % TensorMemory.columnCount)"
    }
  }
}
