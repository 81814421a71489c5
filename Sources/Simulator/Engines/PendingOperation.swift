/// An asynchronous operation between its issue and its end.
final class PendingOperation {
  /// What an operation does.
  enum Work {
    case boxLoad(BoxTransfer)
    case boxStore(BoxTransfer)
    case wgmma(WarpgroupState, block: Int, warpgroup: Int)
    case tensorMultiply(TensorMultiplication)
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
  /// The block.
  var block: Int
  /// The address of D.
  var accumulator: UInt32
  /// The descriptor of A.
  var a: UInt64
  /// The descriptor of B.
  var b: UInt64
  /// The instruction descriptor.
  var instruction: UInt32
  /// Whether the old D is added.
  var accumulates: Bool
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
