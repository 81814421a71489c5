import KernelLanguage

/// Two warpgroups that consume the stages of a pipeline in turn, a run of stages each.
///
/// A barrier's parity tells two rounds of a ring apart, not three. So a warpgroup awaits a stage only when the other has
/// come to the end of its own: it is not more than a round behind, and does not take an early phase for a later one.
public struct WarpgroupTurns<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The barriers by which each warpgroup is told that it is its turn.
  private let barriers: SharedBarrierRing

  /// Places the barriers in shared memory.
  public init(_ k: KernelContext<Machine>, file: String = #fileID, line: Int = #line) {
    self.k = k
    barriers = k.sharedBarriers("turns", stages: 2, arrivals: 4, file: file, line: line)
  }

  /// Initializes the barriers; one thread of the block does it, and then fences.
  public func initialize(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) { barriers.initialize() }
  }

  /// Prepares a warpgroup, whose warps come here together; the first has the first turn.
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

    /// The barrier by which the warpgroup is told.
    let mine: SharedBarrier

    /// The barrier by which it tells the other.
    let other: SharedBarrier

    /// The parity of the phase that it awaits.
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

    /// Lets the other go on; each of the four warps says it for itself.
    public func end(file: String = #fileID, line: Int = #line) {
      k.inlined(at: file, line) { other.arrive(if: isElected) }
    }
  }
}
