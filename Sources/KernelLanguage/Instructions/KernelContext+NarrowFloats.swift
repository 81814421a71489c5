// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import NumberFormats

/// A float of at most 8 bits, of which instructions convert two or four at once.
public protocol NarrowFloatElement: NumberFormat {
  /// The type of a pair in instructions: `e4m3x2`.
  static var narrowPairType: ScalarType { get }

  /// The type of four in instructions: `e4m3x4`.
  static var narrowQuadrupleType: ScalarType { get }
}

/// A float that occupies a whole byte in conversions, so that a pair takes 16 bits.
public protocol ByteFloatElement: NarrowFloatElement {}

/// A float of 8 bits, which Hopper converts as well.
public protocol EightBitFloatElement: ByteFloatElement {}

/// A float of 6 bits, in the low bits of a byte.
public protocol SixBitFloatElement: ByteFloatElement {}

extension Float8E4M3: EightBitFloatElement {
  /// `e4m3x2`.
  public static var narrowPairType: ScalarType { .e4m3x2 }
  /// `e4m3x4`.
  public static var narrowQuadrupleType: ScalarType { .e4m3x4 }
}

extension Float8E5M2: EightBitFloatElement {
  /// `e5m2x2`.
  public static var narrowPairType: ScalarType { .e5m2x2 }
  /// `e5m2x4`.
  public static var narrowQuadrupleType: ScalarType { .e5m2x4 }
}

extension Float6E2M3: SixBitFloatElement {
  /// `e2m3x2`.
  public static var narrowPairType: ScalarType { .e2m3x2 }
  /// `e2m3x4`.
  public static var narrowQuadrupleType: ScalarType { .e2m3x4 }
}

extension Float6E3M2: SixBitFloatElement {
  /// `e3m2x2`.
  public static var narrowPairType: ScalarType { .e3m2x2 }
  /// `e3m2x4`.
  public static var narrowQuadrupleType: ScalarType { .e3m2x4 }
}

extension Float4E2M1: NarrowFloatElement {
  /// `e2m1x2`.
  public static var narrowPairType: ScalarType { .e2m1x2 }
  /// `e2m1x4`.
  public static var narrowQuadrupleType: ScalarType { .e2m1x4 }
}

/// The way a conversion to fewer bits chooses between two neighbours.
public enum ConversionRounding: Sendable {
  /// The nearer one, of two the even one.
  case toNearestEven
  /// The one nearer to zero.
  case towardZero

  /// The word of the mnemonic.
  fileprivate var word: Modifier { self == .toNearestEven ? "rn" : "rz" }
}

/// The way a conversion to a power of two chooses between two neighbours.
public enum ScaleRounding: Sendable {
  /// The greater one.
  case up
  /// The one nearer to zero.
  case towardZero

  /// The word of the mnemonic.
  fileprivate var word: Modifier { self == .up ? "rp" : "rz" }
}

/// Returns the words of a conversion that may clamp what is too great, and what is negative.
private func conversionWords(
  _ rounding: Modifier, saturating: Bool, rectified: Bool, _ types: ScalarType...
) -> [Modifier] {
  [rounding] + (saturating ? ["satfinite"] : []) + (rectified ? ["relu"] : [])
    + types.map { Modifier($0) }
}

extension KernelContext {
  /// Returns two floats rounded to 16 bits in one 32-bit value, the first in the low half.
  ///
  /// - `rounding`: The rounding mode.
  /// - `saturating`: Whether values beyond the largest finite value become that value, not
  ///   infinity.
  /// - `rectified`: Whether negative values become zero.
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: PairedElement>(
    _ low: DeviceValue<Float>, _ high: DeviceValue<Float>, as type: Element.Type,
    rounding: ConversionRounding, saturating: Bool = false, rectified: Bool = false,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      [low, high],
      conversionWords(
        rounding.word, saturating: saturating, rectified: rectified, Element.pairType, .f32))
  }

  /// Returns the bits of a float rounded to the nearest tf32, with ties away from zero.
  ///
  /// - `saturating`: Whether values beyond the largest finite value become that value. A NaN
  ///   becomes another one then, or a finite number, as `Documentation/Hardware.md` says.
  /// - SeeAlso: PTX ISA, "cvt", `.rna.tf32`.
  public func roundedAway(
    _ value: DeviceValue<Float>, to type: TensorFloat32.Type, saturating: Bool = false,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      [value], conversionWords("rna", saturating: saturating, rectified: false, .tf32, .f32))
  }

  /// Records a conversion of floats, of which the last is the leftmost operand.
  fileprivate func convert<Result: DeviceElement>(
    _ values: [DeviceValue<Float>], _ words: [Modifier], as type: Result.Type = UInt32.self,
    _ rest: [Operand] = []
  ) -> DeviceValue<Result> {
    for value in values { recorder.check(value.recorder) }
    return values[0].emit(.convert, words, values.reversed().map(\.operand) + rest, as: type)
  }

  /// Records a conversion of the bits of a pair.
  fileprivate func convert<Bits: DeviceInteger, Result: DeviceInteger>(
    pair: DeviceValue<Bits>, _ words: [Modifier], as type: Result.Type = Result.self
  ) -> DeviceValue<Result> {
    recorder.check(pair.recorder)
    return pair.emit(.convert, words, [.register(pair.register)], as: type)
  }
}

extension KernelContext where Machine: HasTMA {
  /// Returns the bits of a float rounded to tf32.
  ///
  /// - `rectified`: Whether negative values become zero.
  /// - SeeAlso: PTX ISA, "cvt".
  public func rounded(
    _ value: DeviceValue<Float>, to type: TensorFloat32.Type,
    rounding: ConversionRounding = .toNearestEven, rectified: Bool = false,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      [value], conversionWords(rounding.word, saturating: false, rectified: rectified, .tf32, .f32))
  }

  /// Returns two floats as 8-bit floats, the first in the low byte.
  ///
  /// Each is rounded to nearest even, and clamped to the largest finite value.
  ///
  /// - `rectified`: Whether negative values become zero.
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: EightBitFloatElement>(
    _ low: DeviceValue<Float>, _ high: DeviceValue<Float>, as type: Element.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      [low, high],
      conversionWords("rn", saturating: true, rectified: rectified, Element.narrowPairType, .f32),
      as: UInt16.self)
  }

  /// Returns a pair of f16 as a pair of 8-bit floats, in the same order.
  ///
  /// Each is rounded to nearest even, and clamped to the largest finite value.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: EightBitFloatElement>(
    _ pair: DeviceValue<UInt32>, of source: HalfFloat.Type, as type: Element.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords("rn", saturating: true, rectified: rectified, Element.narrowPairType, .f16x2))
  }

  /// Returns a pair of 8-bit floats as a pair of f16, in the same order, exactly.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func unpacked<Element: EightBitFloatElement>(
    _ pair: DeviceValue<UInt16>, of source: Element.Type, as type: HalfFloat.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords("rn", saturating: false, rectified: rectified, .f16x2, Element.narrowPairType)
    )
  }
}

extension KernelContext where Machine: HasTensorMemory {
  /// Returns the bits of a float rounded to tf32 and clamped to the largest finite value.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func saturated(
    _ value: DeviceValue<Float>, to type: TensorFloat32.Type,
    rounding: ConversionRounding = .toNearestEven, rectified: Bool = false,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      [value], conversionWords(rounding.word, saturating: true, rectified: rectified, .tf32, .f32))
  }

  /// Returns two floats as 6-bit floats, each in the low bits of a byte, the first in the low byte.
  ///
  /// Each is rounded to nearest even, and clamped to the largest value.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: SixBitFloatElement>(
    _ low: DeviceValue<Float>, _ high: DeviceValue<Float>, as type: Element.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      [low, high],
      conversionWords("rn", saturating: true, rectified: rectified, Element.narrowPairType, .f32),
      as: UInt16.self)
  }

  /// Returns a pair of f16 as a pair of 6-bit floats, in the same order.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: SixBitFloatElement>(
    _ pair: DeviceValue<UInt32>, of source: HalfFloat.Type, as type: Element.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords("rn", saturating: true, rectified: rectified, Element.narrowPairType, .f16x2))
  }

  /// Returns a pair of bf16 as a pair of 8-bit or 6-bit floats, in the same order.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: ByteFloatElement>(
    _ pair: DeviceValue<UInt32>, of source: BFloat16.Type, as type: Element.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords("rn", saturating: true, rectified: rectified, Element.narrowPairType, .bf16x2)
    )
  }

  /// Returns a pair of 6-bit floats as a pair of f16, in the same order, exactly.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func unpacked<Element: SixBitFloatElement>(
    _ pair: DeviceValue<UInt16>, of source: Element.Type, as type: HalfFloat.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords("rn", saturating: false, rectified: rectified, .f16x2, Element.narrowPairType)
    )
  }

  /// Returns a pair of 8-bit or 6-bit floats as a pair of bf16, in the same order, exactly.
  ///
  /// - `saturating`: Whether an infinity becomes the largest finite value.
  /// - SeeAlso: PTX ISA, "cvt".
  public func unpacked<Element: ByteFloatElement>(
    _ pair: DeviceValue<UInt16>, of source: Element.Type, as type: BFloat16.Type,
    saturating: Bool = false, rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords(
        "rn", saturating: saturating, rectified: rectified, .bf16x2, Element.narrowPairType))
  }
}

// Pairs of e2m1 take registers of 8 bits, of which four make a word.
extension KernelContext where Machine: HasTensorMemory {
  /// Returns eight floats as e2m1 in one word, the first in the lowest bits.
  ///
  /// Each is rounded to the nearest, of two the even one, and clamped to ±6; NaN becomes 6.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed(
    _ values: [DeviceValue<Float>], as type: Float4E2M1.Type, rectified: Bool = false,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    guard
      recorder.expect(
        values.count == 8, "a 32-bit word holds 8 e2m1 values, not \(values.count)")
    else { return constant(UInt32(0)) }
    for value in values { recorder.check(value.recorder) }
    let words = conversionWords("rn", saturating: true, rectified: rectified, .e2m1x2, .f32)
    return joined(
      (0..<4).map { byte in
        recorder.emitResult(
          .b8, .convert, words, [values[2 * byte + 1].operand, values[2 * byte].operand])
      })
  }

  /// Returns four pairs of f16 or bf16 as e2m1 in one word, the first pair in the lowest bits.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func packed<Element: PairedElement>(
    _ pairs: [DeviceValue<UInt32>], of source: Element.Type, as type: Float4E2M1.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    recorder.expect(
      pairs.count == 4, "a 32-bit word holds 4 pairs of e2m1 values, not \(pairs.count)")
    for pair in pairs { recorder.check(pair.recorder) }
    let words = conversionWords(
      "rn", saturating: true, rectified: rectified, .e2m1x2, Element.pairType)
    return joined(
      pairs.map { recorder.emitResult(.b8, .convert, words, [.register($0.register)]) })
  }

  /// Returns the eight e2m1 of a word as four pairs of f16 or bf16, that of the lowest bits first.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  public func unpacked<Element: PairedElement>(
    _ word: DeviceValue<UInt32>, of source: Float4E2M1.Type, as type: Element.Type,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> [DeviceValue<UInt32>] {
    at(file, line)
    recorder.check(word.recorder)
    let bytes = (0..<4).map { _ in recorder.makeRegister(.b8) }
    emit(.move, ["b32"], [.vector(bytes.map(Operand.register)), .register(word.register)])
    let words = conversionWords(
      "rn", saturating: false, rectified: rectified, Element.pairType, .e2m1x2)
    return bytes.map { word.emit(.convert, words, [.register($0)], as: UInt32.self) }
  }

  /// Returns the word of four registers of 8 bits.
  private func joined(_ bytes: [RegisterID]) -> DeviceValue<UInt32> {
    DeviceValue(
      recorder,
      recorder.emitResult(.b32, .move, ["b32"], [.vector(bytes.map(Operand.register))]))
  }
}

// Scales.
extension KernelContext where Machine: HasTensorMemory {
  /// Returns two floats as powers of two, the first in the low byte; their signs are lost.
  ///
  /// - `saturating`: Whether what is beyond 2^127 becomes that, not NaN.
  /// - SeeAlso: PTX ISA, "cvt", `.ue8m0x2`.
  public func packed(
    _ low: DeviceValue<Float>, _ high: DeviceValue<Float>, as type: ScaleE8M0.Type,
    rounding: ScaleRounding, saturating: Bool = true, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      [low, high],
      conversionWords(rounding.word, saturating: saturating, rectified: false, .ue8m0x2, .f32),
      as: UInt16.self)
  }

  /// Returns a pair of bf16 as powers of two, in the same order; their signs are lost.
  ///
  /// - SeeAlso: PTX ISA, "cvt", `.ue8m0x2`.
  public func packed(
    _ pair: DeviceValue<UInt32>, of source: BFloat16.Type, as type: ScaleE8M0.Type,
    rounding: ScaleRounding, saturating: Bool = true, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(
      pair: pair,
      conversionWords(rounding.word, saturating: saturating, rectified: false, .ue8m0x2, .bf16x2))
  }

  /// Returns a pair of powers of two as bf16, in the same order, exactly.
  ///
  /// - SeeAlso: PTX ISA, "cvt", `.ue8m0x2`.
  public func unpacked(
    _ pair: DeviceValue<UInt16>, of source: ScaleE8M0.Type, as type: BFloat16.Type,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(
      pair: pair, conversionWords("rn", saturating: false, rectified: false, .bf16x2, .ue8m0x2))
  }
}

// Stochastic rounding, which only data-center chips have.
extension KernelContext where Machine: HasTensorMemory {
  /// Returns two floats as a pair of f16 or bf16, the first in the low half, rounded
  /// stochastically.
  ///
  /// A value is rounded away from zero if the sum of its discarded bits and the random bits
  /// carries. The low 16 random bits are for the low value, the high 16 for the high value; for
  /// f16, the low 13 of each.
  ///
  /// - SeeAlso: PTX ISA, "cvt", `.rs`.
  public func packed<Element: PairedElement>(
    _ low: DeviceValue<Float>, _ high: DeviceValue<Float>, as type: Element.Type,
    randomBits: DeviceValue<UInt32>, saturating: Bool = false, rectified: Bool = false,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    recorder.check(randomBits.recorder)
    return convert(
      [low, high],
      conversionWords("rs", saturating: saturating, rectified: rectified, Element.pairType, .f32),
      [.register(randomBits.register)])
  }

  /// Returns four floats as 8-bit or 6-bit floats, the first in the low byte, rounded
  /// stochastically.
  ///
  /// The low 16 random bits round the first two values, the high 16 the others.
  ///
  /// - SeeAlso: PTX ISA, "cvt", `.rs`.
  public func packed<Element: ByteFloatElement>(
    _ values: [DeviceValue<Float>], as type: Element.Type, randomBits: DeviceValue<UInt32>,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    at(file, line)
    return convert(four: values, Element.narrowQuadrupleType, randomBits, rectified)
  }

  /// Returns four floats as e2m1, the first in the lowest bits, rounded stochastically.
  ///
  /// - SeeAlso: PTX ISA, "cvt", `.rs`.
  public func packed(
    _ values: [DeviceValue<Float>], as type: Float4E2M1.Type, randomBits: DeviceValue<UInt32>,
    rectified: Bool = false, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt16> {
    at(file, line)
    return convert(four: values, .e2m1x4, randomBits, rectified)
  }

  /// Records a conversion of four values, rounded stochastically.
  private func convert<Result: DeviceInteger>(
    four values: [DeviceValue<Float>], _ type: ScalarType, _ randomBits: DeviceValue<UInt32>,
    _ isRectified: Bool
  ) -> DeviceValue<Result> {
    recorder.expect(
      values.count == 4, "the conversion rounds four values at once, not \(values.count)")
    for value in values { recorder.check(value.recorder) }
    recorder.check(randomBits.recorder)
    return randomBits.emit(
      .convert, conversionWords("rs", saturating: true, rectified: isRectified, type, .f32),
      [.vector(values.reversed().map(\.operand)), .register(randomBits.register)],
      as: Result.self)
  }
}
