// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations with a number that the host knows where a device value is meant: `k.max(x, 0)`.

extension KernelContext {
  /// Returns the lesser of a value and a constant; of a number and NaN, the number.
  public func min<Element: DeviceOrdered>(
    _ first: DeviceValue<Element>, _ second: Element, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    min(first, constant(second), file: file, line: line)
  }

  /// Returns the lesser of a constant and a value; of a number and NaN, the number.
  public func min<Element: DeviceOrdered>(
    _ first: Element, _ second: DeviceValue<Element>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    min(constant(first), second, file: file, line: line)
  }

  /// Returns the greater of a value and a constant; of a number and NaN, the number.
  public func max<Element: DeviceOrdered>(
    _ first: DeviceValue<Element>, _ second: Element, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    max(first, constant(second), file: file, line: line)
  }

  /// Returns the greater of a constant and a value; of a number and NaN, the number.
  public func max<Element: DeviceOrdered>(
    _ first: Element, _ second: DeviceValue<Element>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    max(constant(first), second, file: file, line: line)
  }

  /// Returns the product of two floats plus a third, rounded once.
  public func fma<Element: DeviceFloat>(
    _ first: DeviceValue<Element>, _ second: DeviceValue<Element>, _ third: Element,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    fma(first, second, constant(third), file: file, line: line)
  }

  /// Returns the product of two floats plus a third, rounded once.
  public func fma<Element: DeviceFloat>(
    _ first: DeviceValue<Element>, _ second: Element, _ third: DeviceValue<Element>,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    fma(first, constant(second), third, file: file, line: line)
  }

  /// Returns the product of two floats plus a third, rounded once.
  public func fma<Element: DeviceFloat>(
    _ first: DeviceValue<Element>, _ second: Element, _ third: Element, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<Element> {
    fma(first, constant(second), constant(third), file: file, line: line)
  }

  /// Returns the first number in threads where the condition holds, and the second in the others.
  public func select<Element: DeviceElement>(
    _ condition: Predicate, _ first: DeviceValue<Element>, _ second: Element,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    select(condition, first, constant(second), file: file, line: line)
  }

  /// Returns the first number in threads where the condition holds, and the second in the others.
  public func select<Element: DeviceElement>(
    _ condition: Predicate, _ first: Element, _ second: DeviceValue<Element>,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    select(condition, constant(first), second, file: file, line: line)
  }

  /// Returns the first number in threads where the condition holds, and the second in the others.
  public func select<Element: DeviceElement>(
    _ condition: Predicate, _ first: Element, _ second: Element, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<Element> {
    select(condition, constant(first), constant(second), file: file, line: line)
  }
}

extension Variable {
  /// Assigns a constant.
  public func set(_ value: Element, file: String = #fileID, line: Int = #line) {
    recorder.setPlace(file, line)
    self.value = DeviceValue(recorder, constant: value)
  }
}

extension SharedBarrier {
  /// Waits until the phase with a parity that the host knows has completed.
  ///
  /// - Parameters:
  ///   - parity: The parity of the awaited phase; its lowest bit counts.
  ///   - file: The author's file.
  ///   - line: The author's line.
  public func wait(parity: Int, file: String = #fileID, line: Int = #line) {
    wait(parity: parityValue(parity), file: file, line: line)
  }

  /// Returns whether the phase with a parity that the host knows has completed, without waiting.
  public func test(
    parity: Int, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    test(parity: parityValue(parity), file: file, line: line)
  }

  /// Returns the lowest bit of a parity as a constant.
  private func parityValue(_ parity: Int) -> DeviceValue<UInt32> {
    DeviceValue(recorder, constant: UInt32(parity & 1))
  }
}
