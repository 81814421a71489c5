// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// Bytes of memory with their shadow, after the gate has checked the access.
struct CheckedBytes {
  /// The bytes.
  let bytes: UnsafeMutableRawPointer

  /// For each byte, whether it was ever written.
  let shadow: UnsafeMutablePointer<UInt8>
}

// The gate: every access to shared, global and Tensor Memory passes here. It checks bounds and
// initialization, and tells the observer of the cluster.
extension ClusterRunner {
  /// Returns the bytes at an offset in a block's shared memory, after checking the access.
  @inline(__always)
  func sharedBytes(
    _ block: BlockState, _ offset: Int, _ byteCount: Int, _ access: Access
  ) throws(Trap) -> UnsafeMutableRawPointer {
    if offset < SimulatedMachine.reservedSharedByteCount
      || byteCount > block.unobservedLimit - offset
    {
      try observeShared(block, offset, byteCount, access)
    }
    let shadow = block.shadow + offset
    switch access.effect {
    case .read, .atomic:
      if checksInitialization, !isWritten(shadow, byteCount) {
        throw badShadow(block, offset, byteCount, access)
      }
    case .load:
      if checksInitialization, !isWritten(shadow, byteCount) {
        if touchesBarrier(shadow, byteCount) { throw badShadow(block, offset, byteCount, access) }
        noteUndefined(shadow, byteCount, access) { .shared(rank: block.rank, offset: offset + $0) }
      }
    case .copy: break
    case .write, .replace, .combine:
      if touchesBarrier(shadow, byteCount) {
        throw badShadow(block, offset, byteCount, access)
      }
      if byteCount == 4 {
        UnsafeMutableRawPointer(shadow).storeBytes(of: 0x0101_0101, as: UInt32.self)
      } else {
        shadow.update(repeating: 1, count: byteCount)
      }
      changeCount &+= 1
    }
    return block.shared + offset
  }

  /// Returns whether a byte is in a live barrier; only such bytes have the second bit of the shadow
  /// set.
  @inline(__always)
  func touchesBarrier(_ shadow: UnsafeMutablePointer<UInt8>, _ byteCount: Int) -> Bool {
    let raw = UnsafeRawPointer(shadow)
    var index = 0
    var seen = SIMD2<UInt64>()
    while index &+ 16 <= byteCount {
      seen |= (raw + index).loadUnaligned(as: SIMD2<UInt64>.self)
      index &+= 16
    }
    var rest: UInt8 = 0
    while index < byteCount {
      rest |= shadow[index]
      index &+= 1
    }
    return (seen[0] | seen[1]) & 0x0202_0202_0202_0202 != 0 || rest & 2 != 0
  }

  /// Returns whether every byte was written and none is in a live barrier.
  @inline(__always)
  func isWritten(_ shadow: UnsafeMutablePointer<UInt8>, _ byteCount: Int) -> Bool {
    let raw = UnsafeRawPointer(shadow)
    switch byteCount {
    case 4: return raw.loadUnaligned(as: UInt32.self) == 0x0101_0101
    case 8: return raw.loadUnaligned(as: UInt64.self) == 0x0101_0101_0101_0101
    case 16:
      let words = raw.loadUnaligned(as: SIMD2<UInt64>.self)
      return words == SIMD2(repeating: 0x0101_0101_0101_0101)
    default:
      var index = 0
      while index + 16 <= byteCount {
        let words = (raw + index).loadUnaligned(as: SIMD2<UInt64>.self)
        if words != SIMD2(repeating: 0x0101_0101_0101_0101) { return false }
        index += 16
      }
      while index < byteCount {
        if shadow[index] != 1 { return false }
        index += 1
      }
      return true
    }
  }

  /// Returns the bytes at an address in global memory, after checking the access.
  @inline(__always)
  func globalBytes(
    _ address: UInt64, _ byteCount: Int, _ access: Access
  ) throws(Trap) -> UnsafeMutableRawPointer {
    try checkedGlobal(address, byteCount, access).bytes
  }

  /// Returns the bytes at an address in global memory with their shadow, after checking the access.
  @inline(__always)
  func checkedGlobal(
    _ address: UInt64, _ byteCount: Int, _ access: Access
  ) throws(Trap) -> CheckedBytes {
    let allocation = try globalAllocation(address, byteCount, access)
    let offset = Int(address &- allocation.address)
    if checksInitialization {
      let shadow = allocation.shadow + offset
      switch access.effect {
      case .read, .atomic:
        if !isWritten(shadow, byteCount) {
          throw Trap(
            .uninitialized,
            "\(byteCount) bytes at \(hexadecimal(address)), byte \(offset) of a buffer of \(allocation.byteCount), are read but were never written."
          )
        }
      case .load:
        if !isWritten(shadow, byteCount) {
          noteUndefined(shadow, byteCount, access) { .global(address + UInt64($0)) }
        }
      case .copy, .replace, .combine: break
      case .write:
        if byteCount == 4 {
          UnsafeMutableRawPointer(shadow).storeBytes(of: 0x0101_0101, as: UInt32.self)
        } else {
          shadow.update(repeating: 1, count: byteCount)
        }
      }
    }
    if access.effect == .write { changeCount &+= 1 }
    return CheckedBytes(bytes: allocation.bytes + offset, shadow: allocation.shadow + offset)
  }

  /// Checks that bytes of global memory exist, which a hint names and does not access.
  func checkGlobal(_ address: UInt64, _ byteCount: Int) throws(Trap) {
    guard launch.global.find(address, byteCount: byteCount) != nil else {
      throw globalOutOfBounds(address, byteCount)
    }
  }

  /// Returns the Tensor Memory of a block's SM, after checking an access to some lanes of columns that
  /// the block holds.
  ///
  /// `what` starts the message if the block does not hold them, before "columns".
  func tensorCells(
    _ block: BlockState, lanes: @autoclosure () -> [Range<Int>], column: Int, columnCount: Int,
    _ access: Access, _ what: String
  ) throws(Trap) -> TensorMemory {
    let memory = try tensorMemory(block)
    guard memory.holds(identity(of: block), column: column, columnCount: columnCount) else {
      throw Trap(
        .tensorMemory,
        "\(what) columns \(column) to \(column + columnCount - 1), which the block has not allocated."
      )
    }
    guard hot.pointee.isObserved else { return memory }
    for range in lanes() {
      note(
        .tensorMemory(rank: block.rank, lanes: range, column: column), columnCount, access)
    }
    return memory
  }

  /// Checks the bounds of an access to shared memory, and notes it.
  ///
  /// Fast accesses do not come here: with an observer none is fast.
  @inline(never)
  private func observeShared(
    _ block: BlockState, _ offset: Int, _ byteCount: Int, _ access: Access
  ) throws(Trap) {
    guard offset >= SimulatedMachine.reservedSharedByteCount,
      byteCount <= block.sharedLimit - offset
    else { throw sharedOutOfBounds(block, offset, byteCount, access) }
    if hot.pointee.isObserved {
      note(.shared(rank: block.rank, offset: offset), byteCount, access)
    }
  }

  /// Returns the allocation that contains a range; the last one is remembered, except with an observer,
  /// which is told of the access here.
  @inline(__always)
  private func globalAllocation(
    _ address: UInt64, _ byteCount: Int, _ access: Access
  ) throws(Trap) -> AllocationView {
    let last = hot.pointee.allocation
    if last.contains(address, byteCount: byteCount) { return last }
    guard let found = launch.global.find(address, byteCount: byteCount) else {
      throw globalOutOfBounds(address, byteCount)
    }
    if hot.pointee.isObserved {
      note(.global(address), byteCount, access)
      return AllocationView(found)
    }
    hot.pointee.allocation = AllocationView(found)
    return hot.pointee.allocation
  }

  // MARK: - Faults

  /// Returns the trap of an access beyond a block's shared memory.
  private func sharedOutOfBounds(
    _ block: BlockState, _ offset: Int, _ byteCount: Int, _ access: Access
  ) -> Trap {
    Trap(
      .outOfBounds,
      """
      \(byteCount) bytes at shared offset \(hexadecimal(offset)) are outside the block's shared \
      memory, which spans \(hexadecimal(SimulatedMachine.reservedSharedByteCount)) to \
      \(hexadecimal(block.sharedLimit)).
      """)
  }

  /// Returns the trap of a read of bytes that were never written, or of an ordinary access to a
  /// live barrier.
  private func badShadow(
    _ block: BlockState, _ offset: Int, _ byteCount: Int, _ access: Access
  ) -> Trap {
    for index in 0..<byteCount where block.shadow[offset + index] == 2 {
      let name = kernel.nameOfShared((offset + index) & ~7)
      return Trap(
        .barrierMisuse,
        "An ordinary access touches the live \(name) at shared offset \(hexadecimal(offset + index))."
      )
    }
    let first = (0..<byteCount).first { block.shadow[offset + $0] != 1 } ?? 0
    return Trap(
      .uninitialized,
      """
      The byte at shared offset \(hexadecimal(offset + first)), \
      \(kernel.nameOfShared(offset + first)), is read but was never written.
      """)
  }

  /// Returns the trap of an access outside every allocation.
  private func globalOutOfBounds(_ address: UInt64, _ byteCount: Int) -> Trap {
    let range = "\(byteCount) bytes at \(hexadecimal(address))"
    guard let near = launch.global.nearest(address) else {
      return Trap(.outOfBounds, "\(range) are below all global memory.")
    }
    let end = near.address + UInt64(near.byteCount)
    let distance =
      address >= end ? "\(address - end) bytes past the end of" : "across the end of"
    return Trap(
      .outOfBounds,
      "\(range) lie \(distance) \(near.name) of \(near.byteCount) bytes at \(hexadecimal(near.address))."
    )
  }
}
