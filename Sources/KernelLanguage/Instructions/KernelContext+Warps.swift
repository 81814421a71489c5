// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The way in which a shuffle selects the source lane.
///
/// - SeeAlso: PTX ISA, "shfl.sync".
public enum ShuffleMode: String, Sendable {
  /// The lane with the given number.
  case index = "idx"

  /// The lane that many lanes below.
  case up

  /// The lane that many lanes above.
  case down

  /// The lane whose number differs in the given bits.
  case butterfly = "bfly"
}

extension KernelContext {
  /// All lanes of a warp, as a mask.
  static var allLanes: Operand { .integer(0xFFFF_FFFF) }

  /// Returns the value of another lane of the warp.
  ///
  /// All lanes of the warp call it together.
  ///
  /// - `value`: The value that each lane provides.
  /// - `mode`: The way in which the source lane is selected.
  /// - `lane`: The number or distance of the other lane.
  /// - SeeAlso: PTX ISA, "shfl.sync".
  public func shuffle(
    _ value: DeviceValue<UInt32>, _ mode: ShuffleMode, _ lane: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    recorder.check(value.recorder)
    // The last operand but one keeps the lanes in one segment of 32; `up` clamps at its start.
    let segment: Operand = .integer(mode == .up ? 0 : 31)
    return value.emit(
      .shuffle, [Modifier(rawValue: mode.rawValue), "b32"],
      [value.operand, lane.deviceValue(in: self).operand, segment, Self.allLanes],
      as: UInt32.self)
  }

  /// Returns the value of another lane of the warp.
  public func shuffle(
    _ value: DeviceValue<Float>, _ mode: ShuffleMode, _ lane: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    shuffle(value.bits, mode, lane, file: file, line: line).asFloat
  }

  /// Returns whether the predicate holds in all lanes of the warp, which call it together.
  ///
  /// - SeeAlso: PTX ISA, "vote.sync".
  public func all(
    _ predicate: Predicate, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    vote("all", predicate, file, line)
  }

  /// Returns whether the predicate holds in some lane of the warp, whose lanes call it together.
  ///
  /// - SeeAlso: PTX ISA, "vote.sync".
  public func any(
    _ predicate: Predicate, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    vote("any", predicate, file, line)
  }

  /// Returns the lanes of the warp in which the predicate holds, a bit each.
  ///
  /// - SeeAlso: PTX ISA, "vote.sync".
  public func ballot(
    _ predicate: Predicate, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    recorder.check(predicate.recorder)
    return DeviceValue(
      recorder,
      recorder.emitResult(.b32, .vote, ["ballot", "b32"], [predicate.operand, Self.allLanes]))
  }

  /// Records a vote whose result is a predicate.
  private func vote(
    _ word: Modifier, _ predicate: Predicate, _ file: String, _ line: Int
  ) -> Predicate {
    at(file, line)
    recorder.check(predicate.recorder)
    return Predicate(
      recorder,
      recorder.emitResult(.pred, .vote, [word, "pred"], [predicate.operand, Self.allLanes]))
  }

  /// Waits until all lanes of the warp are here.
  ///
  /// - SeeAlso: PTX ISA, "bar.warp.sync".
  public func synchronizeWarp(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.warpBarrier, [], [Self.allLanes])
  }
}

extension KernelContext where Machine: HasTMA {
  /// Returns whether the thread is the one lane of its warp that the machine picks.
  ///
  /// All lanes of the warp call it together. It is the same lane every time.
  ///
  /// - SeeAlso: PTX ISA, "elect.sync".
  public func electSync(file: String = #fileID, line: Int = #line) -> Predicate {
    at(file, line)
    let isElected = recorder.makeRegister(.pred)
    emit(.elect, [], [.pair(.sink, .register(isElected)), Self.allLanes])
    return Predicate(recorder, isElected)
  }

  /// Records `body` for one lane of each warp, the one that `elect.sync` picks.
  ///
  /// All lanes of the warp call it together. It is the same lane every time.
  ///
  /// - SeeAlso: PTX ISA, "elect.sync".
  public func elected(
    file: String = #fileID, line: Int = #line, _ body: @Sendable () -> Void
  ) {
    let isElected = electSync(file: file, line: line)
    self.if(isElected, file: file, line: line, body)
  }
}
