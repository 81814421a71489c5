// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext {
  /// Returns the product of two floats plus a third, rounded once.
  ///
  /// - SeeAlso: PTX ISA, "fma".
  public func fma<Element: DeviceFloat>(
    _ first: DeviceValue<Element>, _ second: DeviceValue<Element>, _ third: DeviceValue<Element>,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    at(file, line)
    for value in [first, second, third] { recorder.check(value.recorder) }
    return first.emit(
      .fma, ["rn", Modifier(Element.arithmeticType)],
      [first.operand, second.operand, third.operand], as: Element.self)
  }

  /// Returns the lesser of two values; of a number and NaN, the number.
  ///
  /// - SeeAlso: PTX ISA, "min".
  public func min<Element: DeviceOrdered>(
    _ first: DeviceValue<Element>, _ second: DeviceValue<Element>, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<Element> {
    at(file, line)
    return first.combined(.min, [Modifier(Element.arithmeticType)], with: second)
  }

  /// Returns the greater of two values; of a number and NaN, the number.
  ///
  /// - SeeAlso: PTX ISA, "max".
  public func max<Element: DeviceOrdered>(
    _ first: DeviceValue<Element>, _ second: DeviceValue<Element>, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<Element> {
    at(file, line)
    return first.combined(.max, [Modifier(Element.arithmeticType)], with: second)
  }

  /// Returns the value without its sign.
  ///
  /// - SeeAlso: PTX ISA, "abs".
  public func abs<Element: DeviceFloat>(
    _ value: DeviceValue<Element>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    unary(.abs, [Modifier(Element.arithmeticType)], value, file, line)
  }

  /// Returns the square root, rounded to nearest even.
  ///
  /// - SeeAlso: PTX ISA, "sqrt".
  public func squareRoot<Element: DeviceFloat>(
    _ value: DeviceValue<Element>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    unary(.squareRoot, ["rn", Modifier(Element.arithmeticType)], value, file, line)
  }

  /// Returns an approximation of the reciprocal.
  ///
  /// - SeeAlso: PTX ISA, "rcp".
  public func reciprocalApproximation(
    _ value: DeviceValue<Float>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    unary(.reciprocal, ["approx", "f32"], value, file, line)
  }

  /// Returns an approximation of the reciprocal of the square root.
  ///
  /// - SeeAlso: PTX ISA, "rsqrt".
  public func reciprocalSquareRootApproximation(
    _ value: DeviceValue<Float>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    unary(.reciprocalSquareRoot, ["approx", "f32"], value, file, line)
  }

  /// Returns an approximation of 2 to the power of a value.
  ///
  /// - SeeAlso: PTX ISA, "ex2".
  public func exp2Approximation(
    _ value: DeviceValue<Float>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    unary(.exp2, ["approx", "f32"], value, file, line)
  }

  /// Returns an approximation of the logarithm to base 2.
  ///
  /// - SeeAlso: PTX ISA, "lg2".
  public func log2Approximation(
    _ value: DeviceValue<Float>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    unary(.log2, ["approx", "f32"], value, file, line)
  }

  /// Returns an approximation of the hyperbolic tangent.
  ///
  /// - SeeAlso: PTX ISA, "tanh".
  public func tanhApproximation(
    _ value: DeviceValue<Float>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    unary(.hyperbolicTangent, ["approx", "f32"], value, file, line)
  }

  /// Returns the number of bits that are set.
  ///
  /// - SeeAlso: PTX ISA, "popc".
  public func populationCount(
    _ value: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    unary(.populationCount, ["b32"], value, file, line)
  }

  /// Returns the number of zeros above the highest bit that is set.
  ///
  /// - SeeAlso: PTX ISA, "clz".
  public func leadingZeroCount(
    _ value: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    unary(.countLeadingZeros, ["b32"], value, file, line)
  }

  /// Returns the value with its bits in the opposite order.
  ///
  /// - SeeAlso: PTX ISA, "brev".
  public func bitReversed(
    _ value: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    unary(.bitReverse, ["b32"], value, file, line)
  }

  /// Returns four bytes chosen from eight: nibble `i` of the selector chooses byte `i`.
  ///
  /// - SeeAlso: PTX ISA, "prmt".
  public func permuteBytes(
    _ low: DeviceValue<UInt32>, _ high: DeviceValue<UInt32>, selector: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    for value in [low, high] { recorder.check(value.recorder) }
    return low.emit(
      .permuteBytes, ["b32"],
      [low.operand, high.operand, selector.deviceValue(in: self).operand], as: UInt32.self)
  }

  /// Records an instruction on one value.
  private func unary<Element: DeviceElement>(
    _ opcode: Opcode, _ words: [Modifier], _ value: DeviceValue<Element>, _ file: String,
    _ line: Int
  ) -> DeviceValue<Element> {
    at(file, line)
    recorder.check(value.recorder)
    return value.emit(opcode, words, [value.operand], as: Element.self)
  }
}

extension KernelContext {
  /// Returns the upper half of the product of two 32-bit values.
  ///
  /// - SeeAlso: PTX ISA, "mul".
  public func multiplyHigh(
    _ first: DeviceValue<UInt32>, _ second: DeviceValue<UInt32>, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return first.combined(.mul, ["hi", "u32"], with: second)
  }

  /// Returns some bits of a value, moved to the low end.
  ///
  /// - SeeAlso: PTX ISA, "bfe".
  public func extractBits(
    _ value: DeviceValue<UInt32>, from position: some KernelIndex, count: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    recorder.check(value.recorder)
    return value.emit(
      .bitFieldExtract, ["u32"],
      [
        value.operand, position.deviceValue(in: self).operand,
        count.deviceValue(in: self).operand,
      ], as: UInt32.self)
  }

  /// Returns a value with some of its bits replaced by the low ones of another.
  ///
  /// - SeeAlso: PTX ISA, "bfi".
  public func insertBits(
    _ bits: DeviceValue<UInt32>, into value: DeviceValue<UInt32>, at position: some KernelIndex,
    count: some KernelIndex, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    for operand in [bits, value] { recorder.check(operand.recorder) }
    return value.emit(
      .bitFieldInsert, ["b32"],
      [
        bits.operand, value.operand, position.deviceValue(in: self).operand,
        count.deviceValue(in: self).operand,
      ], as: UInt32.self)
  }
}
