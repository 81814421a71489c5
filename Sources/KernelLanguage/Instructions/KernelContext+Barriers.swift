// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A barrier of the block with a number: some of its threads meet there.
public struct NamedBarrier: Hashable, Sendable {
  /// The number, 0 to 15; 0 is what `synchronize()` uses.
  public let index: Int

  /// The number of participating threads, a multiple of 32, including those that only arrive.
  public let threadCount: Int

  /// Returns the instruction for an action at the barrier.
  fileprivate func instruction(_ action: BlockBarrierOperation.Action) -> BlockBarrierOperation {
    BlockBarrierOperation(
      action, barrier: .integer(Int64(index)), threadCount: .integer(Int64(threadCount)))
  }
}

extension KernelContext {
  /// Waits until all threads of the block have arrived.
  ///
  /// Their earlier writes to memory are visible to all of them afterwards.
  ///
  /// - SeeAlso: PTX ISA, "bar.sync".
  public func synchronize(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(BarrierInstruction.block(BlockBarrierOperation(.sync, barrier: .integer(0))))
  }

  /// Declares a barrier for some threads of the block.
  ///
  /// - Parameters:
  ///   - name: The name of the barrier in reports.
  ///   - index: The number, 1 to 15, which no other barrier of the kernel has.
  ///   - threads: The number of participating threads, a multiple of 32.
  ///   - file: The file of the call.
  ///   - line: The line of the call.
  /// - Returns: The barrier.
  public func namedBarrier(
    _ name: String, index: Int, threads: Int, file: String = #fileID, line: Int = #line
  ) -> NamedBarrier {
    at(file, line)
    recorder.expect(
      (1...15).contains(index), "the index of a named barrier must be 1 to 15, not \(index)")
    recorder.expect(
      (32...1024).contains(threads) && threads % 32 == 0,
      "the thread count of a barrier must be a multiple of 32 from 32 to 1024, not \(threads)")
    recorder.expect(
      name.isPrintable,
      "the name of a barrier must consist of printable characters, unlike '\(name)'")
    recorder.map.namedBarriers.append(
      KernelMap.NamedBarrier(name: name, index: index, threadCount: threads))
    return NamedBarrier(index: index, threadCount: threads)
  }

  /// Waits until all participating threads of a barrier have arrived.
  ///
  /// - SeeAlso: PTX ISA, "bar.sync".
  public func synchronize(
    _ barrier: NamedBarrier, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(BarrierInstruction.block(barrier.instruction(.sync)))
  }

  /// Arrives at a barrier, without waiting.
  ///
  /// - SeeAlso: PTX ISA, "bar.arrive".
  public func arrive(
    at barrier: NamedBarrier, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(BarrierInstruction.block(barrier.instruction(.arrive)))
  }
}

/// The memory for which a proxy fence orders.
public enum ProxyFenceSpace: String, Sendable {
  /// Global memory.
  case global

  /// The block's shared memory.
  case sharedBlock = "shared::cta"

  /// The shared memory of all blocks of the cluster.
  case sharedCluster = "shared::cluster"

  /// The memory as an instruction names it.
  fileprivate var space: FenceInstruction.AsyncSpace {
    switch self {
    case .global: .global
    case .sharedBlock: .block
    case .sharedCluster: .cluster
    }
  }
}

extension KernelContext {
  /// Orders the thread's memory accesses before the fence with those after it.
  ///
  /// - SeeAlso: PTX ISA, "membar/fence".
  public func fence(_ scope: FenceScope, file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(FenceInstruction.thread(.acquireRelease, scope.scope, restriction: nil))
  }
}

extension KernelContext where Machine: HasTMA {
  /// Orders the thread's generic-proxy accesses before later async-proxy accesses of TMA and tensor
  /// cores.
  ///
  /// A thread that has written data for them calls it, and then synchronizes with the thread that
  /// issues them.
  ///
  /// - SeeAlso: PTX ISA, "membar/fence", "fence.proxy.async".
  public func fenceProxyAsync(
    _ space: ProxyFenceSpace? = nil, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(FenceInstruction.async(space?.space))
  }

  /// Makes barriers that the thread has initialized visible to the cluster and to TMA.
  ///
  /// The other threads wait for the thread afterwards: by `synchronize()`, or in a cluster by
  /// `synchronizeCluster()`.
  ///
  /// - SeeAlso: PTX ISA, "membar/fence", "fence.mbarrier_init".
  public func fenceBarrierInitialization(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(FenceInstruction.barrierInitialization)
  }
}
