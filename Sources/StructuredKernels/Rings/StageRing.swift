// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Stages that are filled and read in order, over and over, with two barriers for each.
///
/// Two ends go around the ring, each of one or more threads. Each waits at one barrier of a stage
/// and arrives at the other:
///
/// ```
///          waits for   parity at first             then   arrives at
/// filler   empty       1: all stages are empty     fills  full
/// reader   full        0                           reads  empty
/// ```
///
/// Who arrives, and in which block, is decided by a `StageArrival`. Pipelines of tiles, rings of
/// accumulators, the responses of launch control and the turns of warpgroups are made of this.
public struct StageRing<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The barriers that signal that a stage has been filled.
  public let full: SharedBarrierRing

  /// The barriers that signal that a stage has been read.
  public let empty: SharedBarrierRing

  /// Allocates the barriers in shared memory.
  ///
  /// - `stages`: The number of stages.
  /// - `full`: The name of the barriers that signal filled stages, and the arrivals of a phase.
  /// - `empty`: The name of the barriers that signal empty stages, and the arrivals of a phase.
  public init(
    _ k: KernelContext<Machine>, stages: Int, full: (name: String, arrivals: Int),
    empty: (name: String, arrivals: Int), file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.full = k.sharedBarriers(
      full.name, stages: stages, arrivals: full.arrivals, file: file, line: line)
    self.empty = k.sharedBarriers(
      empty.name, stages: stages, arrivals: empty.arrivals, file: file, line: line)
  }

  /// The number of stages.
  public var stageCount: Int { full.stageCount }

  /// Initializes the barriers; one thread of the block does it, and then fences.
  public func initialize(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      full.initialize()
      empty.initialize()
    }
  }

  /// Prepares the end that fills the stages; its threads call this together.
  public func filler(
    arriving arrival: StageArrival<Machine> = .thread, file: String = #fileID,
    line: Int = #line
  ) -> RingEnd<Machine> {
    k.inlined(at: file, line) {
      RingEnd(k, awaiting: empty, parity: 1, signalling: full, arrival)
    }
  }

  /// Prepares the end that reads the stages; its threads call this together.
  public func reader(
    arriving arrival: StageArrival<Machine>, file: String = #fileID, line: Int = #line
  ) -> RingEnd<Machine> {
    k.inlined(at: file, line) {
      RingEnd(k, awaiting: full, parity: 0, signalling: empty, arrival)
    }
  }
}
