// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// Something that orders accesses, or on which their order may depend.
enum OrderEvent: Hashable {
  /// An mbarrier.
  struct BarrierPlace: Hashable {
    /// The rank of the block that has it in shared memory.
    var rank: Int

    /// The offset in that memory.
    var offset: Int
  }

  /// The groups of asynchronous operations that a thread or a warpgroup commits and waits for.
  enum GroupKind: Hashable {
    case bulk, wgmma
  }

  // MARK: Lanes

  /// Lanes execute a fence.
  case fence(FenceKind, order: MemoryOrder, scope: MemoryScope)

  /// Lanes of one member mask have met at `bar.warp.sync`.
  case warpBarrier

  /// Lanes have exited.
  case exit

  // MARK: Barriers

  /// An mbarrier is initialized, with the number of arrivals of a phase.
  case barrierInitialization(BarrierPlace, count: Int64)

  /// An mbarrier is invalidated.
  case barrierInvalidation(BarrierPlace)

  /// Arrivals at an mbarrier, in a phase.
  case arrival(BarrierPlace, phase: Int64, count: Int64, order: MemoryOrder, scope: MemoryScope)

  /// Bytes are announced to a phase of an mbarrier.
  case announcement(BarrierPlace, phase: Int64, byteCount: Int64)

  /// Announced bytes arrive at a phase of an mbarrier.
  case delivery(BarrierPlace, phase: Int64, byteCount: Int64)

  /// A wait or test has found a phase of an mbarrier complete.
  case waitPassed(BarrierPlace, phase: Int64, order: MemoryOrder, scope: MemoryScope)

  /// A warp arrives at a barrier of its block, in a use of it.
  case blockBarrierArrival(Int, use: Int64)

  /// A warp has passed a barrier of its block, in a use of it.
  case blockBarrierPassed(Int, use: Int64)

  /// Lanes arrive at the cluster barrier, in a use of it.
  case clusterArrival(use: Int64, order: MemoryOrder)

  /// Lanes have passed the cluster barrier, in a use of it.
  case clusterBarrierPassed(use: Int64)

  // MARK: Asynchronous operations

  /// Lanes issue an asynchronous operation.
  case issue(operation: Int)

  /// An asynchronous copy has read its sources.
  case sourcesRead

  /// An asynchronous operation is complete.
  case completion

  /// Lanes commit what they issued to a group.
  case commit(GroupKind)

  /// Lanes have waited until all but the newest groups are complete, or their sources read.
  case groupWaitPassed(GroupKind, pending: Int64, readsOnly: Bool)

  /// A warp has waited for its loads, or its stores, of Tensor Memory.
  case tensorWaitPassed(isLoad: Bool)

  // MARK: Blocks and grids

  /// A cluster starts, with the index of its first block in the grid.
  case start(cluster: Int)

  /// A cluster has ended.
  case end(cluster: Int)

  /// Lanes let the next grid start.
  case dependentsLaunched

  /// Lanes have waited for the preceding grid.
  case dependencyWaited
}

/// The kinds of fences.
enum FenceKind: UInt8, Hashable {
  /// `fence` and `membar`: of the thread's memory accesses.
  case memory
  /// `fence.proxy.async`: between the generic and the async proxy, of all memory.
  case proxyAsync
  /// `fence.proxy.async.global`.
  case proxyAsyncGlobal
  /// `fence.proxy.async.shared::cta`.
  case proxyAsyncShared
  /// `fence.proxy.async.shared::cluster`.
  case proxyAsyncSharedCluster
  /// `fence.proxy.alias`.
  case proxyAlias
  /// `fence.proxy.tensormap`: between the generic and the tensormap proxy.
  case proxyTensorMap
  /// `fence.mbarrier_init`.
  case barrierInitialization
  /// `wgmma.fence`.
  case wgmma
  /// `tcgen05.fence::before_thread_sync`.
  case tensorBefore
  /// `tcgen05.fence::after_thread_sync`.
  case tensorAfter

  /// The kind of an instruction; nil if it is no fence.
  init?(_ instruction: Instruction) {
    switch TypedInstruction(instruction) {
    case .warpgroup(.fence)?: self = .wgmma
    case .tensor(.fenceBefore)?: self = .tensorBefore
    case .tensor(.fenceAfter)?: self = .tensorAfter
    case .fence(let fence)?: self.init(fence)
    default: return nil
    }
  }

  /// The kind of a fence.
  private init(_ fence: FenceInstruction) {
    self =
      switch fence {
      case .memoryBarrier, .thread: .memory
      case .barrierInitialization: .barrierInitialization
      case .aliases: .proxyAlias
      case .tensorMapRelease, .tensorMapAcquire: .proxyTensorMap
      case .asyncGeneric, .async(nil): .proxyAsync
      case .async(.global?): .proxyAsyncGlobal
      case .async(.block?): .proxyAsyncShared
      case .async(.cluster?): .proxyAsyncSharedCluster
      }
  }
}
