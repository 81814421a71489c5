// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// An mbarrier in shared memory.
///
/// - SeeAlso: PTX ISA, "mbarrier".
struct MBarrier {
  /// The maximum number of arrivals and, in magnitude, of outstanding bytes.
  static let limit: Int64 = (1 << 20) - 1

  /// The offset in the block's shared memory.
  var offset: Int

  /// Whether it was initialized and not invalidated.
  var isLive: Bool

  /// The number of arrivals that each phase needs.
  var expected: Int64

  /// The number of arrivals that the current phase still needs.
  var pending: Int64

  /// The number of transaction bytes for which the current phase still waits; negative if bytes
  /// arrive before they are expected.
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
  /// The number of threads for the current use; 0 if there is none, -1 for all threads.
  var expected = 0

  /// The number of arrived threads, 32 for each warp.
  var arrived = 0

  /// The warps that have arrived, a bit for each.
  var warps: UInt32 = 0

  /// The number of completed uses.
  var generation: Int64 = 0

  /// The count, conjunction or disjunction of the current use.
  var accumulated: UInt32 = 0

  /// The result of the last completed use.
  var result: UInt32 = 0
}

/// The state of a block: its shared memory and barriers, and its index in the grid.
final class BlockState {
  /// The rank in the cluster.
  let rank: Int

  /// The end of shared memory, as an offset that starts at 0x400.
  let sharedLimit: Int

  /// The end of shared memory for accesses that need not be noted: 0 if all are.
  let unobservedLimit: Int

  /// Shared memory by offset; the bytes below 0x400 are not used.
  let shared: UnsafeMutableRawPointer

  /// A byte for each byte of shared memory: 0 if never written, 1 if written, 2 in a live mbarrier.
  let shadow: UnsafeMutablePointer<UInt8>

  /// The mbarriers in shared memory, in the order of their initialization.
  var mbarriers: [MBarrier] = []

  /// The index in `mbarriers` plus one, by offset divided by eight.
  let mbarrierIndices: UnsafeMutablePointer<UInt16>

  /// The barriers of the block.
  var barriers = [BlockBarrier](repeating: BlockBarrier(), count: 16)

  /// The index of the block in the grid.
  var index = Dimensions(0, 0, 0)

  /// The SM of the block.
  var multiprocessor = 0

  /// The number of warps that have not exited.
  var liveWarpCount = 0

  /// The tensor-core operations of the warpgroups in flight.
  var warpgroups: [WarpgroupState] = []

  /// The columns of Tensor Memory that the block owns: first column and count.
  var tensorAllocations: [(column: Int, count: Int)] = []

  /// The request of a warp of the block to its CTA pair, which waits for the same request of the
  /// other block.
  var pairRequest: (request: PairRequest, warp: Int)?

  /// The column that the other block of the pair has allocated or freed for both.
  var pairGrant: Int?

  /// Whether the block has relinquished its permission to allocate Tensor Memory.
  var hasRelinquished = false

  /// The copies to global memory in flight, by thread.
  var bulkThreads: [Int: BulkThread] = [:]

  /// The number of registers that warps have released for others.
  var freeRegisterCount = 0

  /// Whether a thread has read a response that no cluster is left.
  var hasSeenRefusal = false

  /// Allocates the memory of a block.
  init(rank: Int, sharedLimit: Int, isObserved: Bool) {
    self.rank = rank
    self.sharedLimit = sharedLimit
    unobservedLimit = isObserved ? 0 : sharedLimit
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

  /// Resets the block to its initial state.
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

  /// Returns the index of the live barrier at an offset, if there is one.
  @inline(__always)
  func mbarrierIndex(at offset: Int) -> Int? {
    guard offset >= 0, offset + 8 <= sharedLimit, offset % 8 == 0 else { return nil }
    let index = Int(mbarrierIndices[offset / 8]) - 1
    guard index >= 0, mbarriers[index].isLive else { return nil }
    return index
  }
}

/// The state that four warps share: tensor-core operations, and register adjustments.
final class WarpgroupState {
  /// The operations that are not complete, oldest first.
  var operations: [WgmmaOperation] = []

  /// The number of complete operations.
  var completed: Int64 = 0

  /// For each warp, the number of its operations at each commit.
  var commits: [[Int64]] = [[], [], [], []]

  /// The `setmaxnreg` instructions that a warp has reached, oldest first.
  var registerAdjustments: [Int32] = []

  /// For each warp, the number of these that it has executed.
  var adjusted = [0, 0, 0, 0]

  /// Resets the state.
  func reset() {
    registerAdjustments.removeAll(keepingCapacity: true)
    for index in adjusted.indices { adjusted[index] = 0 }
    operations.removeAll(keepingCapacity: true)
    completed = 0
    for index in commits.indices { commits[index].removeAll(keepingCapacity: true) }
  }
}

/// The copies of one thread to global memory in flight.
struct BulkThread {
  /// The number of committed groups.
  var committed = 0

  /// The copies that are not complete, with their groups.
  var operations: [(group: Int, operation: PendingOperation)] = []
}
