// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// An instruction in the simulator's form: plain data, decoded once for each kernel.
struct DecodedInstruction {
  /// The action of the simulator for an instruction.
  ///
  /// Each case stands for a family; the details are in the fields.
  enum Kind: UInt8 {
    case lane, nothing, readClock, fence, gridDependency
    case load, store, atomic
    case branch, branchIndexed, exit, trap
    case shuffle, vote, matchAny, matchAll, activeMask, reduceLanes, elect, warpBarrier
    case blockBarrier, clusterArrive, clusterWait
    case mbarrierInitialize, mbarrierInvalidate, mbarrierArrive, mbarrierTransaction
    case mbarrierTestWait, mbarrierTryWait, mbarrierPendingCount
    case convertAddress, isInSpace, mapToBlock, blockRankOf
    case bulkTensorLoad, bulkTensorStore, bulkTensorPrefetch, bulkCommit, bulkWait
    case bulkCopy, bulkPrefetch, asyncStore, discard, applyPriority
    case loadMatrix, storeMatrix, moveMatrix
    case wgmma, wgmmaCommit, wgmmaWait
    case tensorAllocate, tensorDeallocate, tensorRelinquish, tensorMultiply, tensorCommit
    case tensorLoad, tensorStore, tensorWaitLoad, tensorWaitStore
    case tensorCopy
    case adjustRegisters
    case requestCluster, queryResponse
  }

  /// The action of the simulator.
  var kind: Kind

  /// The offset of the predicate that guards the instruction; -1 if there is none.
  var guardOffset: LaneOffset = -1

  /// Whether the lanes whose predicate is false execute the instruction.
  var guardIsNegated = false

  /// Whether all 32 lanes must execute it together.
  var isAligned = false

  /// Whether it acts on a CTA pair: `.cta_group::2` of `tcgen05`.
  var isForPair = false

  /// Whether it must be executed in a fixed order among the clusters of the launch.
  var isOrdered = false

  /// The memory that is accessed.
  var space = StateSpace.generic

  /// The bytes of an element in memory, or another small number of the family.
  var width: UInt8 = 0

  /// The number of elements of a vector, or of dimensions of a tensor.
  var count: UInt8 = 1

  /// An option of the family: the operation of an atomic, the mode of a shuffle.
  var variant: UInt8 = 0

  /// Whether a loaded integer is sign-extended to its container.
  var isSigned = false

  /// The bytes of the container of a loaded or stored value.
  var containerWidth: UInt8 = 4

  /// Whether the address has 64 bits.
  var hasWideAddress = false

  /// The offset of the address operand, without the constant offset.
  var address: LaneOffset = 0

  /// The bytes added to the address.
  var addressOffset: Int64 = 0

  /// The index of more operands in the kernel's table, for instructions with more than four.
  var extra: Int32 = -1

  /// The number of these operands.
  var extraCount: Int32 = 0

  /// The index of the instruction that a branch targets.
  var target: Int32 = -1

  /// The index of the instruction at which diverging lanes reconverge; -1 if they do not.
  var reconvergence: Int32 = -1

  /// A literal with a family-specific meaning.
  var literal: Int64 = 0

  /// The operation of a per-lane instruction; other families only use its operand fields.
  var lane = LaneInstruction(operation: .nothing)

  /// Creates an instruction of a family.
  init(_ kind: Kind) { self.kind = kind }
}

/// The operation of an atomic or a reduction.
typealias AtomicOperation = AtomicUpdate

/// The rule for the source lane of a shuffle.
enum ShuffleMode: UInt8 {
  case up, down, butterfly, index
}

/// The result of a vote.
enum VoteMode: UInt8 {
  case all, any, uniform, ballot
}

/// The operation of a block barrier.
enum BlockBarrierMode: UInt8 {
  case sync, arrive, reduceCount, reduceAnd, reduceOr
}

/// Options of an arrival on an mbarrier.
struct MBarrierArrival: OptionSet {
  let rawValue: UInt8
  /// The expected count of later phases is decremented too.
  static let drop = MBarrierArrival(rawValue: 1)
  /// Bytes are expected first.
  static let expectTransaction = MBarrierArrival(rawValue: 2)
  /// The arrival must not complete the phase.
  static let noComplete = MBarrierArrival(rawValue: 4)
}
