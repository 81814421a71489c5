// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The order in which two warpgroups alternate on the stages of a pipeline, one output tile each
/// (ping-pong).
///
/// A barrier's parity distinguishes two rounds of a ring, not three. So a warpgroup waits for a
/// stage only after the other has finished its own tile: it is never more than one round late, and
/// cannot mistake an early phase for a later one.
///
/// The turn itself is a ring of one stage, whose filler is warpgroup 0 and whose reader is 1.
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
        end: RingEnd(
          k, awaiting: barriers[warps.warpgroupIndex], parity: parity,
          signalling: barriers[warps.warpgroupIndex ^ 1], .warps))
    }
  }

  /// The turn of a warpgroup.
  public struct Turn: Sendable {
    /// The warpgroup's end of the ring.
    let end: RingEnd<Machine>

    /// Waits until it is the warpgroup's turn.
    public func begin(file: String = #fileID, line: Int = #line) {
      end.wait(file: file, line: line)
      end.advance(file: file, line: line)
    }

    /// Gives the turn to the other warpgroup; each of the four warps arrives.
    public func end(file: String = #fileID, line: Int = #line) {
      end.arrive(file: file, line: line)
    }
  }
}
