// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

// Atomic operations, and hints for whole cache lines.
extension ClusterRunner {
  /// `atom` and `red`: lane by lane, and element by element for vectors.
  func atomic(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let width = Int(instruction.pointee.width)
    let count = Int(instruction.pointee.count)
    let registers = kernel.extraOffsets + Int(instruction.pointee.extra)
    let operation = AtomicOperation(rawValue: instruction.pointee.variant) ?? .add
    let format = Reduction.Format(rawValue: UInt8(truncatingIfNeeded: instruction.pointee.literal))
    let access = Access(
      warp: warpIndex, lane: 0, pc: currentPC(instruction), proxy: .generic, effect: .atomic)
    try forEachLane(mask) { (lane) throws(Trap) in
      let address = self.address(instruction, memory, lane)
      try self.checkAlignment(address, width &* count)
      var access = access
      access.lane = lane
      let location = try self.location(address, instruction.pointee.space, warpIndex)
      var bytes = try self.bytes(location, width &* count, access, address: address)
      if width == 16 {
        return self.swapPairs(operation, bytes, registers, lane, memory)
      }
      var reduction: Reduction?
      if instruction.pointee.literal >= 0, let format {
        reduction = try self.reduction(operation, format, width, at: location, warpIndex)
      }
      // A result may overwrite the register of a later value.
      var values = InlineArray<8, UInt64>(repeating: 0)
      for element in 0..<count {
        values[element] = self.value(registers[count &+ element], width, lane, memory)
      }
      let swapped =
        operation == .compareAndSwap ? self.value(registers[2 &* count], width, lane, memory) : 0
      for element in 0..<count {
        let value = values[element]
        let old = self.number(bytes, width)
        var new = value
        if let reduction {
          new = reduction.combined(old, value, width)
        } else if operation == .compareAndSwap {
          new = old == value ? swapped : old
        }
        self.store(new, bytes, width)
        if new != old { self.changeCount &+= 1 }
        self.setValue(old, registers[element], width, lane, memory)
        bytes += width
      }
    }
  }

  /// Returns the effect of an operation at a location.
  private func reduction(
    _ operation: AtomicOperation, _ format: Reduction.Format, _ width: Int,
    at location: MemoryLocation,
    _ warpIndex: Int
  ) throws(Trap) -> Reduction {
    var reduction = Reduction(operation: operation, format: format)
    switch location {
    case .global: reduction.flushesSubnormals = true
    case .shared(let rank, _):
      reduction.isInCore = true
      let isPair = width > format.byteCount
      guard isPair, rank != warps[warpIndex].block, launch.machine.architecture == 90 else { break }
      throw Trap(
        .illegalOperand,
        "Two 16-bit floats in the shared memory of another block are added as one 32-bit integer by an H100, contrary to the manual; add them one by one."
      )
    case .parameter, .local: break
    }
    return reduction
  }

  /// `atom.exch.b128` and `atom.cas.b128`.
  private func swapPairs(
    _ operation: AtomicOperation, _ bytes: UnsafeMutableRawPointer,
    _ registers: UnsafeMutablePointer<LaneOffset>, _ lane: Int, _ memory: LaneMemory
  ) {
    /// Returns the 16 bytes of a lane of a register.
    func pair(_ register: LaneOffset) -> SIMD2<UInt64> {
      SIMD2(
        memory.lanes(register, as: UInt64.self)[lane],
        memory.lanes(register + 256, as: UInt64.self)[lane])
    }
    let old = bytes.load(as: SIMD2<UInt64>.self)
    var new = pair(registers[1])
    if operation == .compareAndSwap { new = old == new ? pair(registers[2]) : old }
    bytes.storeBytes(of: new, as: SIMD2<UInt64>.self)
    if new != old { changeCount &+= 1 }
    guard registers[0] >= 0 else { return }
    memory.lanes(registers[0], as: UInt64.self)[lane] = old[0]
    memory.lanes(registers[0] + 256, as: UInt64.self)[lane] = old[1]
  }

  /// Returns the low bytes of a lane of a register.
  private func value(
    _ register: LaneOffset, _ width: Int, _ lane: Int, _ memory: LaneMemory
  ) -> UInt64 {
    switch width {
    case 2: UInt64(memory.lanes(register, as: UInt32.self)[lane] & 0xFFFF)
    case 4: UInt64(memory.lanes(register, as: UInt32.self)[lane])
    default: memory.lanes(register, as: UInt64.self)[lane]
    }
  }

  /// Writes a lane of a register, if there is one.
  private func setValue(
    _ value: UInt64, _ register: LaneOffset, _ width: Int, _ lane: Int, _ memory: LaneMemory
  ) {
    guard register >= 0 else { return }
    if width == 8 {
      memory.lanes(register, as: UInt64.self)[lane] = value
    } else {
      memory.lanes(register, as: UInt32.self)[lane] = UInt32(truncatingIfNeeded: value)
    }
  }

  /// Returns a number in memory.
  private func number(_ bytes: UnsafeRawPointer, _ width: Int) -> UInt64 {
    switch width {
    case 2: UInt64(bytes.load(as: UInt16.self))
    case 4: UInt64(bytes.load(as: UInt32.self))
    default: bytes.load(as: UInt64.self)
    }
  }

  /// Writes a number to memory.
  private func store(_ value: UInt64, _ bytes: UnsafeMutableRawPointer, _ width: Int) {
    switch width {
    case 2: bytes.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    case 4: bytes.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    default: bytes.storeBytes(of: value, as: UInt64.self)
    }
  }

  // MARK: - Cache lines

  /// `discard` and `applypriority`, each for 128 bytes.
  ///
  /// Discarded bytes count as never written.
  func touchCacheLines(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    let access = Access(
      warp: warpIndex, lane: 0, pc: currentPC(instruction), proxy: .generic, effect: .replace)
    try forEachLane(mask) { (lane) throws(Trap) in
      let address = self.address(instruction, memory, lane)
      guard
        case .global(let global) = try self.location(
          address, instruction.pointee.space, warpIndex)
      else {
        throw Trap(
          .illegalOperand,
          "\(hexadecimal(address)) is not in global memory; only global memory is cached."
        )
      }
      try self.checkAlignment(global, 128)
      guard instruction.pointee.kind == .discard else {
        return try self.checkGlobal(global, 128)
      }
      var access = access
      access.lane = lane
      let line = try self.checkedGlobal(global, 128, access)
      line.shadow.update(repeating: 0, count: 128)
      self.changeCount &+= 1
    }
  }
}

extension Reduction {
  /// Returns the result for a number of some bytes, or for two halves of it.
  @inline(__always)
  func combined(_ old: UInt64, _ value: UInt64, _ width: Int) -> UInt64 {
    guard width > format.byteCount else { return combine(old, value) }
    let low = combine(old & 0xFFFF, value & 0xFFFF)
    return combine(old >> 16, value >> 16) << 16 | low
  }
}
