import DeviceRuntime

/// A barrier in shared memory.
///
/// - SeeAlso: PTX ISA, "mbarrier".
struct MBarrier {
  /// The most arrivals and, in magnitude, the most outstanding bytes.
  static let limit: Int64 = (1 << 20) - 1

  /// The offset in the block's shared memory.
  var offset: Int

  /// Whether it was initialized and not invalidated.
  var isLive: Bool

  /// The arrivals that each phase needs.
  var expected: Int64

  /// The arrivals that this phase still needs.
  var pending: Int64

  /// The bytes that this phase still waits for; negative where they came before they were
  /// expected.
  var transactionBytes: Int64

  /// The number of completed phases.
  var phase: Int64

  /// Completes the phase if nothing is missing.
  mutating func check() {
    guard pending == 0, transactionBytes == 0 else { return }
    phase += 1
    pending = expected
  }
}

/// One of the sixteen barriers of a block.
struct BlockBarrier {
  /// The threads that the use in progress needs; 0 where none is in progress, -1 for all threads.
  var expected = 0

  /// The threads that have come, 32 for each warp.
  var arrived = 0

  /// The warps that have come, a bit for each.
  var warps: UInt32 = 0

  /// The number of completed uses.
  var generation: Int64 = 0

  /// The count, conjunction or disjunction of the use in progress.
  var accumulated: UInt32 = 0

  /// The result of the last completed use.
  var result: UInt32 = 0
}

/// The state of a block: its shared memory and barriers, and where it is in the grid.
final class BlockState {
  /// The rank in the cluster.
  let rank: Int

  /// The end of shared memory, as an offset that starts at 0x400.
  let sharedLimit: Int

  /// Shared memory by offset; the bytes below 0x400 are not used.
  let shared: UnsafeMutableRawPointer

  /// A byte for each byte of shared memory: 0 never written, 1 written, 2 in a live mbarrier.
  let shadow: UnsafeMutablePointer<UInt8>

  /// The barriers in shared memory, in the order in which they were initialized.
  var mbarriers: [MBarrier] = []

  /// The index in `mbarriers` plus one, by offset divided by eight.
  let mbarrierIndices: UnsafeMutablePointer<UInt16>

  /// The barriers of the block.
  var barriers = [BlockBarrier](repeating: BlockBarrier(), count: 16)

  /// The index of the block in the grid.
  var index = Dimensions(0, 0, 0)

  /// The multiprocessor that the block is on.
  var multiprocessor = 0

  /// The warps that have not ended.
  var liveWarpCount = 0

  /// The warpgroups' tensor-core work in flight.
  var warpgroups: [WarpgroupState] = []

  /// Columns of Tensor Memory that the block holds: first column and count.
  var tensorAllocations: [(column: Int, count: Int)] = []

  /// What a warp of the block asks of its pair, and waits for the other block to ask as well.
  var pairRequest: (request: PairRequest, warp: Int)?

  /// The column that the other block of the pair has allocated or freed for both.
  var pairGrant: Int?

  /// Whether the block has given up its right to allocate Tensor Memory.
  var hasRelinquished = false

  /// The copies to global memory that threads have in flight, by thread.
  var bulkThreads: [Int: BulkThread] = [:]

  /// The registers that warps have given back and others may take.
  var freeRegisterCount = 0

  /// Whether a thread has looked at a response that says that no cluster is left.
  var hasSeenRefusal = false

  /// Makes the memory of a block.
  init(rank: Int, sharedLimit: Int) {
    self.rank = rank
    self.sharedLimit = sharedLimit
    shared = allocateZeroed(sharedLimit + 64)
    shadow = allocateZeroed(sharedLimit + 64).assumingMemoryBound(to: UInt8.self)
    mbarrierIndices = .allocate(capacity: sharedLimit / 8 + 1)
    mbarrierIndices.initialize(repeating: 0, count: sharedLimit / 8 + 1)
  }

  deinit {
    freeMemory(shared)
    freeMemory(shadow)
    mbarrierIndices.deallocate()
  }

  /// Makes the block as if nothing had run in it.
  func reset(warpCount: Int) {
    shadow.update(repeating: 0, count: sharedLimit)
    for barrier in mbarriers { mbarrierIndices[barrier.offset / 8] = 0 }
    mbarriers.removeAll(keepingCapacity: true)
    for index in barriers.indices { barriers[index] = BlockBarrier() }
    liveWarpCount = warpCount
    let warpgroupCount = (warpCount + 3) / 4
    if warpgroups.count != warpgroupCount {
      warpgroups = (0..<warpgroupCount).map { _ in WarpgroupState() }
    } else {
      for warpgroup in warpgroups { warpgroup.reset() }
    }
    tensorAllocations.removeAll()
    hasRelinquished = false
    pairRequest = nil
    pairGrant = nil
    bulkThreads.removeAll()
    freeRegisterCount = 0
    hasSeenRefusal = false
  }

  /// Returns the position of the live barrier at an offset, if there is one.
  @inline(__always)
  func mbarrierIndex(at offset: Int) -> Int? {
    guard offset >= 0, offset + 8 <= sharedLimit, offset % 8 == 0 else { return nil }
    let index = Int(mbarrierIndices[offset / 8]) - 1
    guard index >= 0, mbarriers[index].isLive else { return nil }
    return index
  }
}

/// What four warps do together: tensor-core work, and changes of how many registers they have.
final class WarpgroupState {
  /// The operations that are not done, oldest first.
  var operations: [WgmmaOperation] = []

  /// The number of operations that are done.
  var completed: Int64 = 0

  /// For each warp, how many operations it had issued at each commit.
  var commits: [[Int64]] = [[], [], [], []]

  /// The `setmaxnreg` that some warp has come to, oldest first.
  var registerAdjustments: [Int32] = []

  /// For each warp, how many of them it has done.
  var adjusted = [0, 0, 0, 0]

  /// Makes the state as if nothing had run.
  func reset() {
    registerAdjustments.removeAll(keepingCapacity: true)
    for index in adjusted.indices { adjusted[index] = 0 }
    operations.removeAll(keepingCapacity: true)
    completed = 0
    for index in commits.indices { commits[index].removeAll(keepingCapacity: true) }
  }
}

/// The copies that one thread has in flight to global memory.
struct BulkThread {
  /// The number of groups that were committed.
  var committed = 0

  /// The copies that are not done, with the group that each belongs to.
  var operations: [(group: Int, operation: PendingOperation)] = []
}
