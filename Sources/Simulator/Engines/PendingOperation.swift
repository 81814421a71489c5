import TileLayout

/// An asynchronous operation between its issue and its end.
final class PendingOperation {
  /// What an operation does.
  enum Work {
    case boxLoad(BoxTransfer)
    case boxStore(BoxTransfer)
    case bulkCopy(BulkTransfer)
    case asyncStore(AsyncStore)
    case wgmma(WarpgroupState, block: Int, warpgroup: Int)
    case tensorMultiply(TensorMultiplication)
    case tensorCopy(TensorCopyTransfer)
    case tensorCommit(barriers: [(block: Int, offset: Int)])
    case tensorLoad(warp: Int, instruction: Int, address: UInt32)
    case tensorStore(TensorStore)
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

  /// Whether its writes change global memory by what is there, so that their order among clusters
  /// counts.
  var isOrdered: Bool {
    switch work {
    case .boxStore(let transfer): transfer.reduction != nil
    case .bulkCopy(let transfer): transfer.isGlobalReduction
    default: false
    }
  }

  /// Creates an operation that has just been issued.
  init(_ work: Work, queue: Int, pc: Int32, warp: Int) {
    self.work = work
    self.queue = queue
    self.pc = pc
    self.warp = warp
  }
}

/// A `tcgen05.st`, whose registers were read when it was issued.
struct TensorStore {
  /// The warp.
  var warp: Int

  /// The instruction.
  var instruction: Int

  /// The address in Tensor Memory.
  var address: UInt32

  /// The values, register by register, 32 lanes of each.
  var values: [UInt32]

  /// For each value its undefined bits; empty where there are none.
  var undefined: [UInt32]
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

  /// How the box is combined with what the tensor holds; nil where it takes its place.
  var reduction: Reduction?
}

/// A copy, or a reduction, of bytes that lie side by side.
struct BulkTransfer {
  /// A place in memory.
  enum Side {
    case global(UInt64)
    case shared(rank: Int, offset: Int)
  }

  /// Where the bytes come from.
  var source: Side

  /// Where they go.
  var destination: Side

  /// How many there are: a multiple of 16.
  var byteCount: Int

  /// The blocks that are written to where the destination is in shared memory, a bit each.
  var blockMask: UInt32 = 0

  /// The offset of the barrier that is signalled in each of these blocks.
  var barrierOffset = 0

  /// How the bytes are combined with those of the destination; nil where they take their place.
  var reduction: Reduction?

  /// Whether global memory is changed by what is there.
  var isGlobalReduction: Bool {
    guard case .global = destination else { return false }
    return reduction != nil
  }
}

/// A value that a thread stores into the cluster's shared memory, or combines with what is there,
/// and a barrier counts.
struct AsyncStore {
  /// The block.
  var block: Int

  /// The offset in its shared memory.
  var offset: Int

  /// The bytes, up to 16 of them.
  var bytes: SIMD2<UInt64>

  /// How many there are.
  var byteCount: Int

  /// The bytes that were never written, a bit each.
  var undefinedBytes: UInt32 = 0

  /// The offset of the barrier, in the same block.
  var barrierOffset: Int

  /// How the value is combined with what is there; nil where it takes its place.
  var reduction: Reduction?
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
