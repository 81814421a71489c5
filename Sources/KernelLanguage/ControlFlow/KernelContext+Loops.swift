// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext {
  /// Records a loop that runs `body` with 0, 1, … up to but not including `count`.
  ///
  /// The body is recorded once. A loop whose count is known, and not zero, is entered unchecked.
  public func loop(
    _ count: some KernelIndex, file: String = #fileID, line: Int = #line,
    _ body: @Sendable (DeviceValue<UInt32>) -> Void
  ) {
    loop(from: 0, to: count, by: 1, file: file, line: line, body)
  }

  /// Records a loop that runs `body` with `start`, `start + step`, … below `end`.
  ///
  /// - Precondition: `step` is not zero, and no index overflows.
  public func loop(
    from start: some KernelIndex, to end: some KernelIndex, by step: some KernelIndex = 1,
    file: String = #fileID, line: Int = #line, _ body: @Sendable (DeviceValue<UInt32>) -> Void
  ) {
    at(file, line)
    let start = start.deviceValue(in: self)
    let end = end.deviceValue(in: self)
    let step = step.deviceValue(in: self)
    guard recorder.expect(step.constantValue != 0, "the step of a loop must not be zero") else {
      return body(start)
    }
    let isEntered = start < end
    guard isEntered.constantValue != false else { return }
    let index = variable(start, file: file, line: line)
    let top = recorder.makeLabel("loop")
    let bottom = recorder.makeLabel("loop_end")
    if isEntered.constantValue == nil { branch(to: bottom, if: !isEntered) }
    recorder.begin(top)
    body(index.current)
    at(file, line)
    index += step
    branch(to: top, if: index.current < end)
    if isEntered.constantValue == nil { recorder.begin(bottom) }
  }

  /// Records a loop that runs `body` as long as the condition, recorded before it, holds.
  public func `while`(
    _ condition: @Sendable () -> Predicate, file: String = #fileID, line: Int = #line,
    _ body: @Sendable () -> Void
  ) {
    at(file, line)
    let top = recorder.makeLabel("while")
    let bottom = recorder.makeLabel("while_end")
    recorder.begin(top)
    let holds = condition()
    recorder.check(holds.recorder)
    at(file, line)
    if holds.constantValue != true { branch(to: bottom, if: !holds) }
    body()
    at(file, line)
    branch(to: top)
    recorder.begin(bottom)
  }
}
