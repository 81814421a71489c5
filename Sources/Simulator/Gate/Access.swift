// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// One range of bytes that an agent accesses, as the gate receives it.
struct Access {
  /// The proxy of an access.
  enum Proxy: UInt8 {
    case generic, async, tensorMap
  }

  /// The effect of an access on the bytes.
  enum Effect: UInt8 {
    case read, write, atomic
    /// Bytes are read into registers, with whether they were ever written.
    case load
    /// Bytes are read to be written elsewhere, with whether they were ever written.
    case copy
    /// Bytes are written with what was copied, and whether that was ever written.
    case replace
    /// Bytes are combined with others; the caller checks that all of them were written.
    case combine

    /// Whether the old bytes matter.
    var reads: Bool {
      switch self {
      case .read, .atomic, .load, .copy, .combine: true
      case .write, .replace: false
      }
    }

    /// Whether the bytes change.
    var writes: Bool {
      switch self {
      case .write, .atomic, .replace, .combine: true
      case .read, .load, .copy: false
      }
    }
  }

  /// The warp, or the one that issued the asynchronous operation.
  var warp: Int
  /// The lane; -1 for an asynchronous operation, or for a warp as a whole.
  var lane: Int
  /// The instruction.
  var pc: Int32
  /// The proxy.
  var proxy: Proxy
  /// The effect.
  var effect: Effect
  /// The number of the asynchronous operation in its cluster; -1 for lanes.
  var operation = -1

  /// Creates the access of a lane.
  init(warp: Int, lane: Int, pc: Int32, proxy: Proxy, effect: Effect) {
    self.warp = warp
    self.lane = lane
    self.pc = pc
    self.proxy = proxy
    self.effect = effect
  }

  /// Creates an access of an asynchronous operation.
  init(_ operation: PendingOperation, _ effect: Effect, proxy: Proxy = .async) {
    self.init(warp: operation.warp, lane: -1, pc: operation.pc, proxy: proxy, effect: effect)
    self.operation = operation.number
  }

  /// Whether an access belongs to the same instruction or operation, with the same effect.
  func isTogether(with other: Access) -> Bool {
    warp == other.warp && pc == other.pc && operation == other.operation
      && effect == other.effect && proxy == other.proxy
  }
}

/// An agent that accesses memory or takes part in its order.
enum Agent: Hashable {
  /// Lanes of a warp, which has its index in the cluster.
  case lanes(warp: Int, mask: UInt32)

  /// An asynchronous operation, by its number in the cluster.
  case operation(Int)
}

/// The accesses with one effect that an instruction of a warp makes, or an asynchronous operation.
struct AccessBatch {
  /// Bytes, cells or registers.
  enum Place: Hashable {
    /// Bytes of global memory, by address.
    case global(UInt64)

    /// Bytes of a block's shared memory, by the block's rank and the offset.
    case shared(rank: Int, offset: Int)

    /// Cells of the Tensor Memory of a block's SM: as many columns of each lane as the part has
    /// units.
    case tensorMemory(rank: Int, lanes: Range<Int>, column: Int)

    /// Registers of a warp that asynchronous operations use.
    case register(warp: Int, RegisterID)
  }

  /// A contiguous part.
  struct Part: Hashable {
    /// The lane; -1 where there is none.
    var lane: Int

    /// The place.
    var place: Place

    /// The number of bytes, of columns of Tensor Memory, or of registers.
    var count: Int
  }

  /// What the parts have in common.
  var access: Access

  /// The memory order that the instruction gives the accesses.
  var order: MemoryOrder

  /// The scope of that order.
  var scope: MemoryScope

  /// The parts, in the order of the accesses.
  var parts: [Part] = []

  /// The agent.
  var agent: Agent {
    guard access.operation < 0 else { return .operation(access.operation) }
    var mask: UInt32 = 0
    for part in parts { mask |= part.lane < 0 ? .max : 1 << UInt32(part.lane) }
    return .lanes(warp: access.warp, mask: mask)
  }
}
