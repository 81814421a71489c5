// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext {
  /// Records `body` for the threads in which the condition holds.
  ///
  /// The body is recorded once, whatever the condition. Use variables to carry values out of it.
  public func `if`(
    _ condition: Predicate, file: String = #fileID, line: Int = #line, _ body: @Sendable () -> Void
  ) {
    at(file, line)
    recorder.check(condition.recorder)
    switch condition.constantValue {
    case true?: body()
    case false?: break
    case nil:
      let end = recorder.makeLabel("if_end")
      branch(to: end, if: !condition)
      body()
      at(file, line)
      recorder.begin(end)
    }
  }

  /// Records one body for the threads in which the condition holds, and one for the others.
  public func `if`(
    _ condition: Predicate, file: String = #fileID, line: Int = #line,
    _ body: @Sendable () -> Void, else alternative: @Sendable () -> Void
  ) {
    at(file, line)
    recorder.check(condition.recorder)
    switch condition.constantValue {
    case true?: body()
    case false?: alternative()
    case nil:
      let otherwise = recorder.makeLabel("else")
      let end = recorder.makeLabel("if_end")
      branch(to: otherwise, if: !condition)
      body()
      at(file, line)
      branch(to: end)
      recorder.begin(otherwise)
      alternative()
      at(file, line)
      recorder.begin(end)
    }
  }

  /// Ends the kernel for the threads in which the condition holds.
  public func `return`(
    if condition: Predicate, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(condition.recorder)
    guard condition.constantValue != false else { return }
    emit(.return, when: condition.condition)
  }

  /// Returns the first value in threads where the condition holds, and the second in the others.
  ///
  /// - SeeAlso: PTX ISA, "selp".
  public func select<Element: DeviceElement>(
    _ condition: Predicate, _ first: DeviceValue<Element>, _ second: DeviceValue<Element>,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    at(file, line)
    recorder.check(condition.recorder)
    recorder.check(first.recorder)
    recorder.check(second.recorder)
    switch condition.content {
    case .constant(let isFirst): return isFirst ? first : second
    case .register(let register, let isNegated):
      let (chosen, other) = isNegated ? (second, first) : (first, second)
      return first.emit(
        .select, [Modifier(Element.registerType)],
        [chosen.operand, other.operand, .register(register)], as: Element.self)
    }
  }

  /// Records a branch, for all threads or for those in which a condition holds.
  package func branch(to label: String, if condition: Predicate? = nil) {
    emit(.branch, [], [.label(label)], when: condition?.condition)
  }
}
