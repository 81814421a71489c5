// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The register bits of a cluster's warps that come from bytes that were never written.
///
/// A cluster makes the memory for it when it first loads such bytes. It is laid out as the registers are, with
/// a bit set where the register's is undefined. Predicates are never undefined.
final class UndefinedRegisters {
  /// The origin of undefined bits.
  struct Origin {
    /// A byte or cell that was never written.
    enum Place {
      case shared(rank: Int, offset: Int)
      case global(UInt64)
      case tensorMemory(cell: Int)
    }

    /// The first byte or cell.
    var place: Place

    /// The instruction that loaded it.
    var pc: Int32
  }

  /// A load of one lane that met bytes never written.
  struct Load {
    /// The lane; for `ldmatrix` the one that holds the row's address.
    var lane: Int

    /// Whether each loaded byte was written: 1 where it was.
    var shadow: UnsafeMutablePointer<UInt8>

    /// The first byte that was not.
    var origin: Origin
  }

  /// A register that an instruction touches.
  struct Place {
    /// The register.
    var register: RegisterID

    /// The offset of its lanes.
    var offset: LaneOffset

    /// The bytes of its lanes.
    var byteCount: Int
  }

  /// The registers that an instruction touches, predicates aside.
  struct Touched {
    /// Those that it reads.
    var reads: [Place] = []

    /// Those that it writes.
    var writes: [Place] = []
  }

  /// The undefined bits that an instruction has loaded and that are not marked yet.
  var loads: [Load] = []

  /// Memory for operands of one instruction: nine slots.
  let scratch = allocateZeroed(9 * UndefinedRegisters.slotByteCount)

  /// The bytes of a slot: those of the widest register's lanes.
  static let slotByteCount = 512

  /// The undefined bits of all warps.
  private let bits: UnsafeMutableRawPointer

  /// The bytes of a warp's registers.
  private let registerByteCount: Int

  /// The bytes of all warps' registers.
  private let byteCount: Int

  /// For each warp, where the undefined bits of a register come from.
  private var origins: [[LaneOffset: Origin]]

  /// The registers that each instruction touches, for those that were asked for.
  private var touched: [Touched?]

  /// For each warp, the instructions until its registers are searched for undefined bits.
  private var countdowns: [Int]

  /// The instructions between two searches.
  private static let searchInterval = 256

  /// Makes memory in which nothing is undefined.
  init(_ kernel: DecodedKernel, warpCount: Int) {
    registerByteCount = kernel.registerByteCount
    byteCount = registerByteCount * warpCount
    bits = allocateZeroed(byteCount + UndefinedRegisters.slotByteCount)
    origins = [[LaneOffset: Origin]](repeating: [:], count: warpCount)
    touched = [Touched?](repeating: nil, count: kernel.instructionCount)
    countdowns = [Int](repeating: UndefinedRegisters.searchInterval, count: warpCount)
  }

  deinit {
    freeMemory(bits)
    freeMemory(scratch)
  }

  /// Makes everything defined.
  func reset() {
    bits.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    for warp in origins.indices { origins[warp].removeAll() }
  }

  /// Returns the undefined bits of a register's lanes.
  func lanes<T>(_ offset: LaneOffset, of warp: Int, as type: T.Type) -> UnsafeMutablePointer<T> {
    (bits + warp * registerByteCount + Int(offset)).assumingMemoryBound(to: type)
  }

  /// Returns whether a warp has no undefined bits; it looks once in many calls, and says no in between.
  func isFoundEmpty(_ warp: Int) -> Bool {
    countdowns[warp] -= 1
    guard countdowns[warp] <= 0 else { return false }
    countdowns[warp] = UndefinedRegisters.searchInterval
    let words = (bits + warp * registerByteCount).assumingMemoryBound(to: UInt64.self)
    return (0..<registerByteCount / 8).allSatisfy { words[$0] == 0 }
  }

  /// Returns the lanes of a mask in which a register has undefined bits.
  func undefinedLanes(_ place: Place, of warp: Int, mask: UInt32) -> UInt32 {
    var result: UInt32 = 0
    forEachLane(of: mask) { lane in
      let isUndefined: Bool
      switch place.byteCount {
      case ...128: isUndefined = lanes(place.offset, of: warp, as: UInt32.self)[lane] != 0
      case ...256: isUndefined = lanes(place.offset, of: warp, as: UInt64.self)[lane] != 0
      default:
        let words = lanes(place.offset, of: warp, as: UInt64.self)
        isUndefined = words[lane] | words[32 + lane] != 0
      }
      if isUndefined { result |= 1 << UInt32(lane) }
    }
    return result
  }

  /// Sets the undefined bits of a register from the lanes that begin at an address; nil for none.
  func set(
    _ place: Place, of warp: Int, mask: UInt32, to source: UnsafeMutableRawPointer?
  ) {
    let wordCount = place.byteCount <= 256 ? 1 : 2
    forEachLane(of: mask) { lane in
      if place.byteCount <= 128 {
        lanes(place.offset, of: warp, as: UInt32.self)[lane] =
          source.map { $0.assumingMemoryBound(to: UInt32.self)[lane] } ?? 0
        return
      }
      for word in 0..<wordCount {
        lanes(place.offset, of: warp, as: UInt64.self)[32 * word + lane] =
          source.map { $0.assumingMemoryBound(to: UInt64.self)[32 * word + lane] } ?? 0
      }
    }
  }

  /// Returns where the undefined bits of a register come from.
  func origin(of offset: LaneOffset, of warp: Int) -> Origin? { origins[warp][offset] }

  /// Notes where the undefined bits of a register come from.
  func setOrigin(_ origin: Origin?, of offset: LaneOffset, of warp: Int) {
    origins[warp][offset] = origin
  }

  /// Returns the registers that an instruction touches.
  func touched(_ pc: Int32, in kernel: DecodedKernel) -> Touched {
    if let known = touched[Int(pc)] { return known }
    var result = Touched()
    kernel.sources[Int(pc)].forEachRegister { register, use in
      let type = kernel.function.type(of: register)
      let offset = kernel.registerOffsets[register.index]
      guard type != .pred, offset >= 0 else { return }
      let place = Place(
        register: register, offset: offset, byteCount: RegisterAllocation.byteCount(of: type))
      if use != .write { result.reads.append(place) }
      if use != .read { result.writes.append(place) }
    }
    touched[Int(pc)] = result
    return result
  }
}
