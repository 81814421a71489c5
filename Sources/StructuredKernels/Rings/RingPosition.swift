// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// A thread's position in a ring of stages: the stage, and the parity of the phase that it waits
/// for.
struct RingPosition: Sendable {
  /// The number of stages of the ring.
  private let stageCount: Int

  /// The index of the stage.
  private let index: Variable<UInt32>

  /// The parity of the phase that the thread waits for.
  private let phase: Variable<UInt32>

  /// The index of the stage, valid until the position advances.
  var stage: DeviceValue<UInt32> { index.current }

  /// The parity, valid until the position advances.
  var parity: DeviceValue<UInt32> { phase.current }

  /// Creates the position at stage 0.
  ///
  /// - `parity`: The parity of the first round: 0 to wait for the first phase, 1 to pass without
  ///   waiting, since the phase before the first counts as complete.
  init<Machine: Architecture>(_ k: KernelContext<Machine>, stageCount: Int, parity: UInt32) {
    self.stageCount = stageCount
    index = k.variable(UInt32(0))
    phase = k.variable(parity)
  }

  /// Advances to the next stage; after the last, to the first with the other parity.
  func advance<Machine: Architecture>(_ k: KernelContext<Machine>) {
    let next = stage + 1
    let wraps = next == stageCount
    phase.value = k.select(wraps, parity ^ 1, parity)
    index.value = k.select(wraps, k.constant(UInt32(0)), next)
  }

  /// Advances by `count` stages, possibly several rounds.
  func advance<Machine: Architecture>(_ k: KernelContext<Machine>, by count: DeviceValue<UInt32>) {
    let place = stage + count
    let rounds = place / stageCount
    phase.value = parity ^ (rounds & 1)
    index.value = place - rounds * stageCount
  }
}
