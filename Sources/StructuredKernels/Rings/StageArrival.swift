// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// The arrival of an end of a ring at a stage's barrier: which of its threads arrive, and at the
/// barrier of which block.
///
/// It is prepared once, outside of all loops, then for a stage, and then recorded.
public struct StageArrival<Machine: HasTMA>: Sendable {
  /// Records an arrival, in threads in which a predicate holds.
  public typealias Record = @Sendable (Predicate) -> Void

  /// Prepares an arrival for a stage.
  public typealias ForStage = @Sendable (_ stage: DeviceValue<UInt32>) -> Record

  /// Prepares the arrivals at the barriers of a ring.
  let prepare: @Sendable (KernelContext<Machine>, SharedBarrierRing) -> ForStage

  /// Creates an arrival.
  ///
  /// - `prepare`: Prepares the arrivals at the barriers of a ring; the threads of the end call it
  ///   together.
  public init(
    _ prepare: @escaping @Sendable (KernelContext<Machine>, SharedBarrierRing) -> ForStage
  ) {
    self.prepare = prepare
  }

  /// Every calling thread arrives at its own block's barrier.
  public static var thread: StageArrival {
    StageArrival { _, barriers in
      { stage in
        let barrier = barriers[stage]
        return { barrier.arrive(if: $0) }
      }
    }
  }

  /// One lane of each warp arrives at its own block's barrier, the same one each time.
  public static var warps: StageArrival {
    StageArrival { k, barriers in
      let isElected = k.electSync()
      return { stage in
        let barrier = barriers[stage]
        return { barrier.arrive(if: $0 && isElected) }
      }
    }
  }
}

extension StageArrival where Machine: HasClusters {
  /// Every calling thread arrives at the barrier of the block with a rank.
  ///
  /// It has read the stage, and has nothing to publish.
  public static func thread(inBlock rank: Int) -> StageArrival {
    StageArrival { k, barriers in
      let first = k.mapa(barriers.address, toRank: rank)
      return { stage in
        let barrier = first.advanced(by: stage, elementByteCount: 8)
        return { k.arriveRemotely(at: barrier, publishing: false, if: $0) }
      }
    }
  }

  /// One lane of each warp arrives at the barrier of the block with a rank, after all lanes.
  public static func warps(inBlock rank: Int) -> StageArrival {
    StageArrival { k, barriers in
      let arrival = thread(inBlock: rank).prepare(k, barriers)
      return { stage in
        let arrive = arrival(stage)
        return { condition in
          k.synchronizeWarp()
          k.elected { arrive(condition) }
        }
      }
    }
  }

  /// One lane of one warp of a warpgroup arrives in each of the first blocks of the cluster.
  public static func warpgroup(_ warps: RoleWarps, blocks: Int) -> StageArrival {
    StageArrival { k, barriers in
      let isElected = k.electSync()
      let isSignaller = isElected && warps.warpIndexInWarpgroup < blocks
      guard blocks > 1 else {
        let arrival = thread.prepare(k, barriers)
        return { stage in
          let arrive = arrival(stage)
          return { arrive($0 && isSignaller) }
        }
      }
      let first = k.mapa(barriers.address, toRank: warps.warpIndexInWarpgroup % blocks)
      return { stage in
        let barrier = first.advanced(by: stage, elementByteCount: 8)
        // The tensor cores' reads are complete, and there is nothing to publish.
        return { k.arriveRemotely(at: barrier, publishing: false, if: $0 && isSignaller) }
      }
    }
  }
}

extension StageArrival where Machine: HasTensorMemory {
  /// A commit arrives when the tensor-core operations that the thread has issued are complete.
  ///
  /// - `group`: The CTA group of the operations.
  /// - `blocks`: Returns the blocks of the cluster at whose barriers it arrives, one bit for each
  ///   rank; nil for its own.
  public static func commit(
    group: CTAGroup = .one,
    toBlocks blocks: @escaping @Sendable (KernelContext<Machine>) -> DeviceValue<UInt16>? = { _ in
      nil
    }
  ) -> StageArrival {
    StageArrival { k, barriers in
      let mask = blocks(k)
      return { stage in
        let barrier = barriers[stage]
        return { condition in
          k.if(condition) { k.tcgen05Commit(barrier, multicastTo: mask, group: group) }
        }
      }
    }
  }
}

extension StageArrival where Machine: HasTensorMemory & HasClusters {
  /// One lane of each warp arrives after its warp's accesses to Tensor Memory, at the barrier of
  /// its block or of the leader of its CTA pair.
  static func drainedWarps(_ group: CTAGroup) -> StageArrival {
    StageArrival { k, barriers in
      { stage in
        let barrier = barriers[stage]
        return { condition in
          k.tcgen05FenceBeforeThreadSync()
          k.elected {
            if group == .one { return barrier.arrive(if: condition) }
            // The loads are complete, and there is nothing to publish.
            k.arriveRemotely(
              at: k.leaderAddress(of: barrier.address), publishing: false, if: condition)
          }
        }
      }
    }
  }
}
