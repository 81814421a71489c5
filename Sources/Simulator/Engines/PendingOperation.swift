import TileLayout

/// An asynchronous operation between its issue and its end.
final class PendingOperation {
  /// What an operation does.
  enum Work {
    case boxLoad(BoxTransfer)
    case boxStore(BoxTransfer)
    case wgmma(WarpgroupState, block: Int, warpgroup: Int)
    case tensorMultiply(TensorMultiplication)
    case tensorCopy(TensorCopyTransfer)
    case tensorCommit(barriers: [(block: Int, offset: Int)])
    case tensorLoad(warp: Int, instruction: Int, address: UInt32)
    case tensorStore(warp: Int, instruction: Int, address: UInt32, values: [UInt32])
    case launchResponse(LaunchResponseTransfer)
  }

  /// What is to be done.
  let work: Work

  /// Operations of one queue take effect in the order of their issue; the others in any order.
  let queue: Int

  /// The instruction that issued the operation.
  let pc: Int32

  /// The warp that issued it.
  let warp: Int

  /// Whether the sources have been read.
  var hasRead = false

  /// Whether the results have been written.
  var isDone = false

  /// What was read and is still to be written.
  var buffer: [UInt8] = []

  /// For each byte that was read, whether it had ever been written.
  var shadow: [UInt8] = []

  /// Creates an operation that has just been issued.
  init(_ work: Work, queue: Int, pc: Int32, warp: Int) {
    self.work = work
    self.queue = queue
    self.pc = pc
    self.warp = warp
  }
}

/// A copy of one box between global and shared memory.
struct BoxTransfer {
  /// What the tensor map says.
  var map: TensorMapImage

  /// The coordinates of the box's first element, 0 beyond the rank.
  var coordinates: SIMD8<Int64>

  /// The block whose shared memory is the source, or, without multicast, the destination.
  var block: Int

  /// The offset in shared memory.
  var sharedOffset: Int

  /// The blocks that a load writes to, a bit each.
  var blockMask: UInt32

  /// The offset of the barrier that a load signals in each of these blocks.
  var barrierOffset: Int

  /// Which block of each pair has the barrier that counts, 0 or 1; nil where it is the one written to.
  var pairBarrierRank: Int?
}

/// One multiplication on Tensor Memory.
struct TensorMultiplication {
  /// Where A lies.
  enum Source {
    /// In shared memory, as a descriptor says.
    case shared(UInt64)
    /// In Tensor Memory, from an address on.
    case tensor(UInt32)
  }

  /// Where the scales of A and of B lie.
  struct Scales {
    /// How many elements share one.
    var block: ScaleBlock
    /// The address of A's in Tensor Memory.
    var a: UInt32
    /// The address of B's.
    var b: UInt32
  }

  /// The block that issued it.
  var block: Int
  /// Whether it works for the block's pair.
  var isForPair: Bool
  /// The kind of instruction.
  var kind: TensorMultiplyKind
  /// The address of D.
  var accumulator: UInt32
  /// Where A lies.
  var a: Source
  /// The descriptor of B.
  var b: UInt64
  /// The instruction descriptor.
  var instruction: UInt32
  /// Whether the old D is added.
  var accumulates: Bool
  /// What the old D is divided by, as a power of two.
  var shift: Int32
  /// The lanes of D that are not written, a bit each.
  var disabledLanes: SIMD8<UInt32>
  /// Where scales lie, if blocks of A and B have them.
  var scales: Scales?

  /// Whether a lane of a block's part of D is not written; the odd block of a pair has the upper masks.
  func disables(_ lane: Int, of block: BlockState) -> Bool {
    let first = isForPair ? block.rank % 2 * 4 : 0
    return disabledLanes[first + lane / 32] >> UInt32(lane % 32) & 1 == 1
  }
}

/// One `wgmma` of a warpgroup.
struct WgmmaOperation {
  /// The instruction.
  var pc: Int32
  /// The warps of the group that have issued it, a bit each.
  var issued: UInt8
  /// The descriptor of A, where it is in shared memory.
  var a: UInt64
  /// The descriptor of B.
  var b: UInt64
  /// Whether the old D is added.
  var accumulates: Bool
}
