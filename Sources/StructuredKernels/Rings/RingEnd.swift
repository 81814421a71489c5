// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// One end of a ring of stages: the threads that fill them, or those that read them.
///
/// The stage and the parity of the awaited phase are in registers, so an end is prepared outside of
/// the loop over tiles.
public struct RingEnd<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The barriers that the end waits for.
  private let awaited: SharedBarrierRing

  /// The barriers that the end arrives at.
  private let signalled: SharedBarrierRing

  /// The index of the stage; nil in a ring of one stage whose barriers are given.
  private let index: Variable<UInt32>?

  /// The parity of the phase that the end waits for.
  private let phase: Variable<UInt32>

  /// Prepares the arrival for a stage.
  private let arrival: StageArrival<Machine>.ForStage

  /// The index of the stage, valid until the end advances.
  public var stage: DeviceValue<UInt32> { index?.current ?? k.constant(0) }

  /// The parity of the awaited phase, valid until the end advances.
  public var parity: DeviceValue<UInt32> { phase.current }

  /// Creates an end at stage 0.
  ///
  /// - `parity`: The parity of the first round: 0 to wait for the first phase, 1 to pass without
  ///   waiting, since the phase before the first counts as complete.
  init(
    _ k: KernelContext<Machine>, awaiting awaited: SharedBarrierRing, parity: UInt32,
    signalling signalled: SharedBarrierRing, _ arrival: StageArrival<Machine>
  ) {
    self.k = k
    self.awaited = awaited
    self.signalled = signalled
    index = k.variable(UInt32(0))
    phase = k.variable(parity)
    self.arrival = arrival.prepare(k, signalled)
  }

  /// Creates an end of a ring of one stage, with one barrier in each direction.
  init(
    _ k: KernelContext<Machine>, awaiting awaited: SharedBarrier, parity: Variable<UInt32>,
    signalling signalled: SharedBarrier, _ arrival: StageArrival<Machine>
  ) {
    self.k = k
    self.awaited = awaited.ring
    self.signalled = signalled.ring
    index = nil
    phase = parity
    self.arrival = arrival.prepare(k, signalled.ring)
  }

  /// Waits until the other end has filled or read the stage.
  public func wait(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) { awaited[stage].wait(parity: parity) }
  }

  /// Prepares the arrival for the stage, to be recorded before the end advances.
  func arrivalForStage() -> StageArrival<Machine>.Record { arrival(stage) }

  /// Arrives for the stage, or for an earlier one, in threads in which a predicate holds.
  public func arrive(
    for stage: DeviceValue<UInt32>? = nil, if condition: Predicate? = nil, file: String = #fileID,
    line: Int = #line
  ) {
    k.inlined(at: file, line) { arrival(stage ?? self.stage)(condition ?? k.always) }
  }

  /// Announces the bytes that copies bring to the stage, and arrives, in threads in which a
  /// predicate holds.
  ///
  /// - Returns: The block's own barrier, which the copies signal.
  public func announce(
    byteCount: Int, if condition: Predicate, file: String = #fileID, line: Int = #line
  ) -> SharedBarrier {
    k.inlined(at: file, line) {
      let barrier = signalled[stage]
      k.if(condition) { barrier.arrive(expectingByteCount: byteCount) }
      return barrier
    }
  }

  /// Advances to the next stage; after the last, to the first with the other parity.
  public func advance(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      guard let index else { return phase ^= 1 }
      let next = stage + 1
      let wraps = next == awaited.stageCount
      phase.value = k.select(wraps, parity ^ 1, parity)
      index.value = k.select(wraps, k.constant(UInt32(0)), next)
    }
  }

  /// Advances by `count` stages, possibly several rounds.
  public func advance(
    by count: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let place = stage + count
      let rounds = place / awaited.stageCount
      phase.value = parity ^ (rounds & 1)
      index?.value = place - rounds * awaited.stageCount
    }
  }

  /// Waits until the other end has passed every stage: no thread of it arrives any more.
  public func drain(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      k.loop(awaited.stageCount) { _ in
        wait()
        advance()
      }
    }
  }
}
