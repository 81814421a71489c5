// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import NumberFormats

extension DeviceValue where Element: DeviceNumber {
  /// Returns the number converted to another type.
  ///
  /// Integers are truncated, or extended according to their own signedness, and rounded to nearest
  /// even as floats. Floats are rounded to integers towards zero, clamped to the type's range, and
  /// to narrower floats to nearest even.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func converted<Target: DeviceNumber>(
    to type: Target.Type, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Target> {
    recorder.setPlace(file, line)
    if let same = self as? DeviceValue<Target> { return same }
    let words = DeviceValue.rounding(to: Target.arithmeticType, from: Element.arithmeticType)
    return emit(
      .convert, words + [Modifier(Target.arithmeticType), Modifier(Element.arithmeticType)],
      [.register(register)], as: Target.self)
  }

  /// Returns the word by which a conversion rounds, where it does.
  private static func rounding(to target: ScalarType, from source: ScalarType) -> [Modifier] {
    switch (source.isFloat, target.isFloat) {
    case (false, false): []
    case (false, true): ["rn"]
    case (true, false): ["rzi"]
    case (true, true): target.bitWidth < source.bitWidth ? ["rn"] : []
    }
  }
}

extension DeviceValue where Element == Float {
  /// Returns the nearest value of a 16-bit format, of two the even one.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func converted<Target: PairedElement>(
    to type: Target.Type, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Target> {
    recorder.setPlace(file, line)
    return emit(.convert, ["rn", Modifier(Target.arithmeticType), "f32"], [operand], as: type)
  }

  /// Returns the bits.
  public var bits: DeviceValue<UInt32> {
    if let constantValue {
      return DeviceValue<UInt32>(recorder, constant: constantValue.bitPattern)
    }
    return emit(.move, ["b32"], [operand], as: UInt32.self)
  }
}

extension DeviceValue where Element: PairedElement {
  /// Returns the value as a float, exactly.
  ///
  /// The bits of bf16 become the upper half, which every architecture can do.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func converted(
    to type: Float.Type, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    recorder.setPlace(file, line)
    guard Element.arithmeticType == .bf16 else {
      return emit(
        .convert, ["f32", Modifier(Element.arithmeticType)], [.register(register)], as: type)
    }
    let zero = DeviceValue<UInt16>(recorder, constant: 0).register
    return emit(.move, ["b32"], [.vector([.register(zero), .register(register)])], as: type)
  }
}

extension DeviceValue where Element == UInt32 {
  /// Returns the float with these bits.
  public var asFloat: DeviceValue<Float> {
    if let constantValue {
      return DeviceValue<Float>(recorder, constant: Float(bitPattern: constantValue))
    }
    return emit(.move, ["b32"], [operand], as: Float.self)
  }

  /// Returns the whole product of two 32-bit values.
  ///
  /// - SeeAlso: PTX ISA, "mul".
  public func multipliedWide(by other: DeviceValue<UInt32>) -> DeviceValue<UInt64> {
    recorder.check(other.recorder)
    if let first = constantValue, let second = other.constantValue {
      return DeviceValue<UInt64>(recorder, constant: UInt64(first) * UInt64(second))
    }
    return emit(.mul, ["wide", "u32"], [operand, other.operand], as: UInt64.self)
  }

  /// Returns the whole product of two 32-bit values plus a 64-bit one; the sum wraps around.
  ///
  /// - SeeAlso: PTX ISA, "mad".
  public func multipliedWide(
    by other: DeviceValue<UInt32>, adding addend: DeviceValue<UInt64>
  ) -> DeviceValue<UInt64> {
    recorder.check(other.recorder)
    recorder.check(addend.recorder)
    if constantValue != nil, other.constantValue != nil {
      return multipliedWide(by: other) + addend
    }
    return emit(
      .mad, ["wide", "u32"], [operand, other.operand, addend.operand], as: UInt64.self)
  }

  /// The integer with these bits in two's complement.
  package var asSigned: DeviceValue<Int32> {
    switch content {
    case .register(let register): DeviceValue<Int32>(recorder, register)
    case .constant(let value): DeviceValue<Int32>(recorder, constant: Int32(bitPattern: value))
    }
  }
}

extension KernelContext {
  /// Returns two floats rounded to 16 bits in one 32-bit value, the first in the low half.
  ///
  /// Stored at an even index, they are neighbours in the order in which they are given.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: PairedElement>(
    _ low: DeviceValue<Float>, _ high: DeviceValue<Float>, as type: Element.Type,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    recorder.check(low.recorder)
    recorder.check(high.recorder)
    return low.emit(
      .convert, ["rn", Modifier(Element.pairType), "f32"], [high.operand, low.operand],
      as: UInt32.self)
  }
}
