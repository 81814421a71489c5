// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

/// An asynchronous operation from its issue to its completion.
final class PendingOperation {
  /// The action of an operation.
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

  /// The action.
  let work: Work

  /// The queue: operations of one queue take effect in the order of their issue, others in any
  /// order.
  let queue: Int

  /// The instruction that issued the operation.
  let pc: Int32

  /// The warp that issued it.
  let warp: Int

  /// The number of the operation in its cluster, in the order of issue.
  var number = -1

  /// Whether the sources have been read.
  var hasRead = false

  /// Whether the results have been written.
  var isDone = false

  /// Data that was read and not yet written.
  var buffer: [UInt8] = []

  /// For each byte that was read, whether it had ever been written.
  var shadow: [UInt8] = []

  /// Whether its writes depend on the old contents of global memory, so that their order among
  /// clusters matters.
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
  /// The tensor map.
  var map: TensorMapImage

  /// The coordinates of the box's first element, 0 beyond the rank.
  var coordinates: SIMD8<Int64>

  /// The block whose shared memory is the source or, without multicast, the destination.
  var block: Int

  /// The offset in shared memory.
  var sharedOffset: Int

  /// The mask of the blocks to which a load writes.
  var blockMask: UInt32

  /// The offset of the barrier that a load signals in each of these blocks.
  var barrierOffset: Int

  /// The block of each pair whose barrier tracks the bytes, 0 or 1; `nil` for the destination
  /// block.
  var pairBarrierRank: Int?

  /// The reduction with the tensor's contents, or `nil` for a plain copy.
  var reduction: Reduction?
}

/// A copy or a reduction of contiguous bytes.
struct BulkTransfer {
  /// A location in memory.
  enum Side {
    case global(UInt64)
    case shared(rank: Int, offset: Int)
  }

  /// The source.
  var source: Side

  /// The destination.
  var destination: Side

  /// The number of bytes, a multiple of 16.
  var byteCount: Int

  /// The mask of the destination blocks, if the destination is in shared memory.
  var blockMask: UInt32 = 0

  /// The offset of the barrier that is signalled in each of these blocks.
  var barrierOffset = 0

  /// The reduction with the destination's contents, or `nil` for a plain copy.
  var reduction: Reduction?

  /// Whether the result in global memory depends on its old contents.
  var isGlobalReduction: Bool {
    guard case .global = destination else { return false }
    return reduction != nil
  }
}

/// A value that a thread stores in the cluster's shared memory, or combines with its contents, and
/// that a barrier tracks.
struct AsyncStore {
  /// The block.
  var block: Int

  /// The offset in its shared memory.
  var offset: Int

  /// The bytes, at most 16.
  var bytes: SIMD2<UInt64>

  /// The number of bytes.
  var byteCount: Int

  /// The bytes that were never written, a bit each.
  var undefinedBytes: UInt32 = 0

  /// The offset of the barrier, in the same block.
  var barrierOffset: Int

  /// The reduction with the old contents, or `nil` for a plain store.
  var reduction: Reduction?
}

/// A multiplication on Tensor Memory.
struct TensorMultiplication {
  /// The location of A.
  enum Source {
    /// In shared memory, with a descriptor.
    case shared(UInt64)
    /// In Tensor Memory, from an address on.
    case tensor(UInt32)
  }

  /// The locations of the scales of A and of B.
  struct Scales {
    /// The number of elements that share a scale.
    var block: ScaleBlock
    /// The Tensor Memory address of A's scales.
    var a: UInt32
    /// The Tensor Memory address of B's scales.
    var b: UInt32
  }

  /// The block that issued it.
  var block: Int
  /// Whether it acts on the block's CTA pair.
  var isForPair: Bool
  /// The kind of instruction.
  var kind: TensorMultiplyKind
  /// The address of D.
  var accumulator: UInt32
  /// The location of A.
  var a: Source
  /// The descriptor of B.
  var b: UInt64
  /// The instruction descriptor.
  var instruction: UInt32
  /// Whether the old D is added.
  var accumulates: Bool
  /// The exponent of the power of two by which the old D is divided.
  var shift: Int32
  /// The mask of the lanes of D that are not written.
  var disabledLanes: SIMD8<UInt32>
  /// The locations of the scales, if there are any.
  var scales: Scales?

  /// Returns whether a lane of a block's part of D is not written; the odd block of a pair uses the
  /// upper masks.
  func disables(_ lane: Int, of block: BlockState) -> Bool {
    let first = isForPair ? block.rank % 2 * 4 : 0
    return disabledLanes[first + lane / 32] >> UInt32(lane % 32) & 1 == 1
  }
}

/// One `wgmma` of a warpgroup.
struct WgmmaOperation {
  /// The instruction.
  var pc: Int32
  /// The mask of the warps of the group that have issued it.
  var issued: UInt8
  /// The descriptor of A, if A is in shared memory.
  var a: UInt64
  /// The descriptor of B.
  var b: UInt64
  /// Whether the old D is added.
  var accumulates: Bool
}
