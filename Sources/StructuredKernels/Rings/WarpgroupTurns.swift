// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The order in which two warpgroups alternate on the stages of a pipeline, one output tile each
/// (ping-pong).
///
/// A barrier's parity distinguishes two rounds of a ring, not three. So a warpgroup waits for a
/// stage only after the other has finished its own tile: it is never more than one round late, and
/// cannot mistake an early phase for a later one.
public struct WarpgroupTurns<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The barriers that signal each warpgroup's turn.
  private let barriers: SharedBarrierRing

  /// Allocates the barriers in shared memory.
  public init(_ k: KernelContext<Machine>, file: String = #fileID, line: Int = #line) {
    self.k = k
    barriers = k.sharedBarriers("turns", stages: 2, arrivals: 4, file: file, line: line)
  }

  /// Initializes the barriers; one thread of the block does it, and then fences.
  public func initialize(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) { barriers.initialize() }
  }

  /// Prepares a warpgroup, whose warps call this together; warpgroup 0 has the first turn.
  public func turn(
    of warps: RoleWarps, file: String = #fileID, line: Int = #line
  ) -> Turn {
    k.inlined(at: file, line) {
      let parity = k.variable(UInt32(0))
      parity.value = warps.warpgroupIndex ^ 1
      return Turn(
        k: k, mine: barriers[warps.warpgroupIndex], other: barriers[warps.warpgroupIndex ^ 1],
        parity: parity, isElected: k.electSync())
    }
  }

  /// The turn of a warpgroup.
  public struct Turn: Sendable {
    /// The kernel.
    let k: KernelContext<Machine>

    /// The barrier that signals this warpgroup's turn.
    let mine: SharedBarrier

    /// The barrier that signals the other warpgroup's turn.
    let other: SharedBarrier

    /// The parity of the phase that the warpgroup waits for.
    let parity: Variable<UInt32>

    /// Whether the lane arrives for its warp.
    let isElected: Predicate

    /// Waits until it is the warpgroup's turn.
    public func begin(file: String = #fileID, line: Int = #line) {
      k.inlined(at: file, line) {
        mine.wait(parity: parity.current)
        parity.value = parity.current ^ 1
      }
    }

    /// Gives the turn to the other warpgroup; each of the four warps arrives.
    public func end(file: String = #fileID, line: Int = #line) {
      k.inlined(at: file, line) { other.arrive(if: isElected) }
    }
  }
}
