import MachineIR

/// An instruction as the simulator runs it: plain data, decoded once for a kernel.
struct DecodedInstruction {
  /// What the simulator does with an instruction.
  ///
  /// One case stands for a family; the rest is in the fields.
  enum Kind: UInt8 {
    case lane, nothing, readClock
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

  /// What the simulator does.
  var kind: Kind

  /// The predicate that guards the instruction; -1 where there is none.
  var guardOffset: LaneOffset = -1

  /// Whether the instruction runs where the guard is false.
  var guardIsNegated = false

  /// Whether all 32 lanes must run it together.
  var isAligned = false

  /// Whether it works for a pair of blocks: `.cta_group::2` of `tcgen05`.
  var isForPair = false

  /// Whether it must be done in the launch's order among clusters.
  var isOrdered = false

  /// The memory that is accessed.
  var space = StateSpace.generic

  /// The bytes of one element in memory, or another small number of the family.
  var width: UInt8 = 0

  /// The elements of a vector, or the dimensions of a tensor.
  var count: UInt8 = 1

  /// Family-specific choices: the operation of an atomic, the mode of a shuffle.
  var variant: UInt8 = 0

  /// Whether a loaded integer is sign-extended to its container.
  var isSigned = false

  /// The bytes of the container that a loaded or stored value has.
  var containerWidth: UInt8 = 4

  /// Whether the address has 64 bits.
  var hasWideAddress = false

  /// The address that is accessed, without its offset.
  var address: LaneOffset = 0

  /// The bytes added to the address.
  var addressOffset: Int64 = 0

  /// The place of further operands in the kernel's table, where four do not suffice.
  var extra: Int32 = -1

  /// The number of further operands.
  var extraCount: Int32 = 0

  /// The instruction that a branch goes to.
  var target: Int32 = -1

  /// The instruction where lanes that branch apart meet again; -1 where they never do.
  var reconvergence: Int32 = -1

  /// A literal of the family.
  var literal: Int64 = 0

  /// The operation of a lane instruction; for others its operand fields alone are used.
  var lane = LaneInstruction(operation: .nothing)

  /// Creates an instruction of a family.
  init(_ kind: Kind) { self.kind = kind }
}

/// What an atomic operation or a reduction does with the old value and the given one.
enum AtomicOperation: UInt8 {
  case and, or, xor, compareAndSwap, exchange, add, increment, decrement, minimum, maximum
}

/// How a shuffle picks its source lane.
enum ShuffleMode: UInt8 {
  case up, down, butterfly, index
}

/// What a vote answers.
enum VoteMode: UInt8 {
  case all, any, uniform, ballot
}

/// What a barrier of the block does.
enum BlockBarrierMode: UInt8 {
  case sync, arrive, reduceCount, reduceAnd, reduceOr
}

/// What an arrive on an mbarrier does beside arriving.
struct MBarrierArrival: OptionSet {
  let rawValue: UInt8
  /// The count of later phases drops as well.
  static let drop = MBarrierArrival(rawValue: 1)
  /// Bytes are expected first.
  static let expectTransaction = MBarrierArrival(rawValue: 2)
  /// The arrival must not complete the phase.
  static let noComplete = MBarrierArrival(rawValue: 4)
}
