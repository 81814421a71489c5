// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// The instructions of the operators. The operators themselves are declared for each element type,
// since generic ones make the type checker try every type in every expression.

extension DeviceValue {
  /// Records an instruction with this value and another, of the values' own type.
  func combined(
    _ opcode: Opcode, _ modifiers: [Modifier], with other: DeviceValue
  ) -> DeviceValue {
    recorder.check(other.recorder)
    return emit(opcode, modifiers, [operand, other.operand], as: Element.self)
  }
}

extension DeviceValue where Element: DeviceInteger {
  /// Returns the integer as a constant of the same kernel.
  ///
  /// - Precondition: The element type has the integer.
  func sameKernel(integer value: Int) -> DeviceValue {
    let exact = Element(exactly: value)
    recorder.expect(exact != nil, "the integer \(value) is not a value of \(Element.self)")
    return sameKernel(exact ?? 0)
  }

  /// Reports a division where this value is the constant zero, and returns the value.
  @discardableResult
  func expectDivisor() -> DeviceValue {
    recorder.expect(constantValue != 0, "a device value is divided by the constant zero")
    return self
  }

  /// Reports a shift where this value is a negative constant.
  private func expectDistance() {
    guard let constantValue, constantValue < 0 else { return }
    recorder.expect(false, "a device value is shifted by \(constantValue) bits")
  }

  /// Returns the sum, which wraps around.
  func sum(with other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first &+ second)
    case (0?, _): other
    case (_, 0?): self
    default: combined(.add, [Modifier(Element.arithmeticType)], with: other)
    }
  }

  /// Returns the difference, which wraps around.
  func difference(from other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first &- second)
    case (_, 0?): self
    default: combined(.sub, [Modifier(Element.arithmeticType)], with: other)
    }
  }

  /// Returns the low half of the product.
  func product(with other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first &* second)
    case (_?, nil): other.product(with: self)
    case (nil, 0?): other
    case (nil, 1?): self
    case (nil, let factor?) where factor > 0 && factor & (factor - 1) == 0:
      shiftedLeft(by: sameKernel(Element(factor.trailingZeroBitCount)))
    default: combined(.mul, ["lo", Modifier(Element.arithmeticType)], with: other)
    }
  }

  /// Returns the quotient, rounded towards zero.
  func quotient(by other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (_, 0?): other.expectDivisor()
    case (let first?, let second?): sameKernel(first.dividedReportingOverflow(by: second).0)
    case (nil, 1?): self
    case (nil, let divisor?) where !Element.isSigned && divisor & (divisor - 1) == 0:
      shiftedRight(by: sameKernel(Element(divisor.trailingZeroBitCount)))
    default: combined(.div, [Modifier(Element.arithmeticType)], with: other)
    }
  }

  /// Returns the remainder of the quotient.
  func remainder(by other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (_, 0?): other.expectDivisor()
    case (let first?, let second?):
      sameKernel(first.remainderReportingOverflow(dividingBy: second).0)
    case (nil, 1?): sameKernel(0)
    case (nil, let divisor?) where !Element.isSigned && divisor & (divisor - 1) == 0:
      conjunction(with: sameKernel(divisor - 1))
    default: combined(.rem, [Modifier(Element.arithmeticType)], with: other)
    }
  }
}

extension DeviceValue where Element: DeviceInteger {
  /// Returns the bits that both have.
  func conjunction(with other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first & second)
    case (0?, _): self
    case (_, 0?): other
    default: combined(.and, [Modifier(Element.bitsType)], with: other)
    }
  }

  /// Returns the bits that one of them has.
  func disjunction(with other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first | second)
    case (0?, _): other
    case (_, 0?): self
    default: combined(.or, [Modifier(Element.bitsType)], with: other)
    }
  }

  /// Returns the bits that exactly one of them has.
  func exclusiveDisjunction(with other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first ^ second)
    case (0?, _): other
    case (_, 0?): self
    default: combined(.xor, [Modifier(Element.bitsType)], with: other)
    }
  }

  /// Returns the bits that the value does not have.
  func complement() -> DeviceValue {
    if let constantValue { return sameKernel(~constantValue) }
    return emit(.not, [Modifier(Element.bitsType)], [operand], as: Element.self)
  }

  /// Returns the value shifted left; all bits go where the count is the width or more.
  func shiftedLeft(by count: DeviceValue) -> DeviceValue {
    count.expectDistance()
    return switch (constantValue, count.constantValue) {
    case (let value?, let count?): sameKernel(value << count)
    case (nil, 0?): self
    default: shifted(.shiftLeft, Element.bitsType, by: count)
    }
  }

  /// Returns the value shifted right, filled with zeros or, where signed, with the sign.
  func shiftedRight(by count: DeviceValue) -> DeviceValue {
    count.expectDistance()
    return switch (constantValue, count.constantValue) {
    case (let value?, let count?): sameKernel(value >> count)
    case (nil, 0?): self
    default: shifted(.shiftRight, Element.arithmeticType, by: count)
    }
  }

  /// Records a shift, whose count is a 32-bit value whatever the width.
  private func shifted(
    _ opcode: Opcode, _ type: ScalarType, by count: DeviceValue
  ) -> DeviceValue {
    recorder.check(count.recorder)
    recorder.expect(
      Element.bitWidth == 32 || count.constantValue != nil,
      "integers that do not have 32 bits can only be shifted by constants")
    return emit(opcode, [Modifier(type)], [operand, count.operand], as: Element.self)
  }
}

extension DeviceValue where Element: DeviceFloat {
  /// Returns the sum, rounded to nearest even.
  func sum(with other: DeviceValue) -> DeviceValue {
    if let first = constantValue, let second = other.constantValue {
      return sameKernel(first + second)
    }
    return combined(.add, ["rn", Modifier(Element.arithmeticType)], with: other)
  }

  /// Returns the difference, rounded to nearest even.
  func difference(from other: DeviceValue) -> DeviceValue {
    if let first = constantValue, let second = other.constantValue {
      return sameKernel(first - second)
    }
    return combined(.sub, ["rn", Modifier(Element.arithmeticType)], with: other)
  }

  /// Returns the product, rounded to nearest even.
  func product(with other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first * second)
    case (1?, _): other
    case (_, 1?): self
    default: combined(.mul, ["rn", Modifier(Element.arithmeticType)], with: other)
    }
  }

  /// Returns the quotient, rounded to nearest even.
  func quotient(by other: DeviceValue) -> DeviceValue {
    switch (constantValue, other.constantValue) {
    case (let first?, let second?): sameKernel(first / second)
    case (_, 1?): self
    default: combined(.div, ["rn", Modifier(Element.arithmeticType)], with: other)
    }
  }

  /// Returns the value with the other sign.
  func negated() -> DeviceValue {
    if let constantValue { return sameKernel(-constantValue) }
    return emit(.neg, [Modifier(Element.arithmeticType)], [operand], as: Element.self)
  }
}
