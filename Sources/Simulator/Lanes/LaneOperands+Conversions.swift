// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

// Conversions between number types, one value at a time.
//
// Double precision represents every source float exactly, and the result is rounded once. A NaN
// converted to a float becomes the canonical one of its format, except: from bf16 to single
// precision, which is only a shift, it keeps its bits; from or to double precision it is quieted,
// and its payload truncated or extended. A NaN converted to an integer becomes 0, or, if either
// type has 64 bits, the integer with only the highest bit set. As on an H100, `.ftz` has no effect
// on a value converted to f16.
//
// SeeAlso: PTX ISA, "cvt".

extension LaneOperands {
  /// Executes one of the most frequent conversions.
  @inline(never)
  func convert(_ conversion: CommonConversion) {
    switch conversion {
    case .f32ToBF16: unary { (a: Float) in BFloat16(machine: a) }
    case .f32ToF16: unary { (a: Float) in HalfFloat(machine: a) }
    case .bf16ToF32: unary { (a: UInt32) in a << 16 }
    case .f16ToF32: unary { (a: HalfFloat) in a.float.propagatingNaN(.canonicalNaN) }
    case .f32ToBF16x2:
      binary { (a: Float, b: Float) in
        BFloat16(machine: a).container << 16 | BFloat16(machine: b).container
      }
    case .f32ToF16x2:
      binary { (a: Float, b: Float) in
        HalfFloat(machine: a).container << 16 | HalfFloat(machine: b).container
      }
    case .s32ToF32: unary { (a: Int32) in Float(a) }
    case .u32ToF32: unary { (a: UInt32) in Float(a) }
    case .f32ToS32TowardZero: unary { (a: Float) in Int32(truncatingAndClamping: a) }
    case .f32ToU32TowardZero: unary { (a: Float) in UInt32(truncatingAndClamping: a) }
    case .f32ToF64:
      unary { (a: Float) in
        let bits = FloatKind.f64.notANumber(UInt64(a.bitPattern), of: .f32)
        return a != a ? Double(bitPattern: bits) : Double(a)
      }
    case .f64ToF32:
      unary { (a: Double) in
        let bits = UInt32(truncatingIfNeeded: FloatKind.f32.notANumber(a.bitPattern, of: .f64))
        return a != a ? Float(bitPattern: bits) : Float(a)
      }
    }
  }

  /// Executes a conversion of one value between any types.
  @inline(never)
  func convert(_ conversion: Conversion, _ modifiers: LaneModifiers) {
    switch (conversion.source, conversion.destination) {
    case (.integer(let source), .integer(let destination)):
      if modifiers.contains(.saturates) {
        clamp(conversion, from: source, to: destination)
      } else {
        extend(conversion, from: source, to: destination)
      }
    case (.integer(let source), .float(let destination)):
      write(conversion) { bits in
        let value = source.exactNumber(bits)
        return destination.encoded(value, modifiers)
      }
    case (.float(let source), .integer(let destination)):
      let flushes = modifiers.contains(.flushesSubnormals)
      write(conversion) { bits in
        let value = source.decoded(bits, flushesSubnormals: flushes)
        let isWide = source == .f64 || destination.width == 64
        return destination.encoded(value, conversion.integralRounding, isWide: isWide)
      }
    case (.float(let source), .float(let destination)):
      let keepsNaN = !modifiers.contains(.saturates)
      let flushes = modifiers.contains(.flushesSubnormals) && destination != .f16
      write(conversion) { bits in
        let value = source.decoded(bits, flushesSubnormals: flushes)
        let integral = conversion.integralRounding.apply(to: value)
        if value != value && keepsNaN {
          if source == .bf16 && destination == .f32 { return bits << 16 & 0xFFFF_FFFF }
          // If subnormal values are flushed before widening, every NaN becomes the canonical one.
          let read = flushes && source == .f32 ? UInt64(Float.canonicalNaN.bitPattern) : bits
          if source == .f64 || destination == .f64 {
            return destination.notANumber(read, of: source)
          }
        }
        return destination.encoded(
          integral, modifiers, singleBits: UInt32(truncatingIfNeeded: bits))
      }
    }
  }

  /// Executes a conversion of two values in single precision to a pair.
  @inline(never)
  func convertIntoPair(of destination: FloatKind, _ modifiers: LaneModifiers) {
    write { lane in
      let a: Float = first(lane)
      let b: Float = second(lane)
      let high = destination.encoded(Double(a), modifiers, singleBits: a.bitPattern)
      let low = destination.encoded(Double(b), modifiers, singleBits: b.bitPattern)
      return UInt32(truncatingIfNeeded: high << UInt64(destination.width) | low)
    }
  }

  /// Executes a conversion of a pair to a pair.
  @inline(never)
  func convertPair(of source: FloatKind, to destination: FloatKind, _ modifiers: LaneModifiers) {
    write { lane in
      let bits = UInt64(first(lane, as: UInt32.self))
      let a = source.decoded(bits >> UInt64(source.width), flushesSubnormals: false)
      let b = source.decoded(bits, flushesSubnormals: false)
      let high = destination.encoded(a, modifiers)
      let low = destination.encoded(b, modifiers)
      return UInt32(truncatingIfNeeded: high << UInt64(destination.width) | low)
    }
  }

  /// Executes `cvt.pack`: two integers clamped to a type, above those of the third source.
  @inline(never)
  func convertPack(_ kind: IntegerKind) {
    let width = UInt32(kind.width)
    let keptMask: UInt32 = kind.width == 8 ? 0xFFFF : 0
    ternary { (a: Int32, b: Int32, c: UInt32) in
      let high = UInt32(truncatingIfNeeded: kind.clamped(Int64(a))) & kind.mask
      let low = UInt32(truncatingIfNeeded: kind.clamped(Int64(b))) & kind.mask
      let pair = high << width | low
      return keptMask == 0 ? pair : (c & keptMask) << 16 | pair
    }
  }
}

extension LaneOperands {
  /// Writes the result of a conversion of each lane's bits, which reads and writes the given
  /// containers.
  @inline(__always)
  private func write(_ conversion: Conversion, _ convert: (UInt64) -> UInt64) {
    let mask = UInt64.max >> UInt64(64 - conversion.destinationWidth)
    switch (conversion.sourceWidth == 64, conversion.destinationWidth == 64) {
    case (false, false):
      unary { (a: UInt32) in UInt32(truncatingIfNeeded: convert(UInt64(a)) & mask) }
    case (false, true): unary { (a: UInt32) in convert(UInt64(a)) }
    case (true, false): unary { (a: UInt64) in UInt32(truncatingIfNeeded: convert(a) & mask) }
    case (true, true): unary { (a: UInt64) in convert(a) }
    }
  }

  /// Executes a conversion between integers that keeps the low bits.
  private func extend(
    _ conversion: Conversion, from source: IntegerKind, to destination: IntegerKind
  ) {
    // The narrower of the two types determines the bits that are read, and the sign that is
    // extended.
    let isNarrowing = destination.width <= source.width
    let narrower = isNarrowing ? destination : source
    let readMask = UInt64.max >> UInt64(64 - narrower.width)
    let signBit = narrower.isSigned ? (readMask >> 1) &+ 1 : 0
    let isCut = !destination.isSigned && !isNarrowing
    let writeMask = isCut ? UInt64.max >> UInt64(64 - destination.width) : .max
    write(conversion) { bits in (((bits & readMask) ^ signBit) &- signBit) & writeMask }
  }

  /// Executes a conversion between integers that clamps.
  private func clamp(
    _ conversion: Conversion, from source: IntegerKind, to destination: IntegerKind
  ) {
    write(conversion) { bits in
      let value = source.value(bits)
      if source == .u64 && value < 0 {
        return destination == .u64 ? bits : UInt64(bitPattern: destination.clamped(.max))
      }
      return UInt64(bitPattern: destination.clamped(value))
    }
  }
}

extension IntegerKind {
  /// The number of bits of a value.
  var width: Int {
    switch self {
    case .u8, .s8: 8
    case .u16, .s16: 16
    case .u32, .s32: 32
    case .u64, .s64: 64
    }
  }

  /// Whether values are signed.
  var isSigned: Bool {
    switch self {
    case .s8, .s16, .s32, .s64: true
    case .u8, .u16, .u32, .u64: false
    }
  }

  /// A mask of the bits of a value that has at most 32.
  fileprivate var mask: UInt32 { UInt32.max >> UInt32(32 - width) }

  /// Returns the value in the low bits; unsigned 64-bit values beyond `Int64` become negative.
  @inline(__always)
  fileprivate func value(_ bits: UInt64) -> Int64 {
    let unused = Int64(64 - width)
    let top = Int64(bitPattern: bits) &<< unused
    return isSigned
      ? top &>> unused : Int64(bitPattern: UInt64(bitPattern: top) &>> UInt64(unused))
  }

  /// Returns the value of this type nearest to an integer.
  @inline(__always)
  fileprivate func clamped(_ value: Int64) -> Int64 {
    switch self {
    case .u8: max(0, min(value, 0xFF))
    case .s8: max(-0x80, min(value, 0x7F))
    case .u16: max(0, min(value, 0xFFFF))
    case .s16: max(-0x8000, min(value, 0x7FFF))
    case .u32: max(0, min(value, 0xFFFF_FFFF))
    case .s32: max(-0x8000_0000, min(value, 0x7FFF_FFFF))
    case .u64: max(0, value)
    case .s64: value
    }
  }

  /// Returns the number in the low bits, or `nil` for zero.
  @inline(__always)
  fileprivate func exactNumber(_ bits: UInt64) -> ExactNumber? {
    let value = value(bits)
    if value == 0 { return nil }
    let isNegative = isSigned && value < 0
    let magnitude = isNegative ? value.magnitude : UInt64(bitPattern: value)
    return ExactNumber(isNegative: isNegative, significand: UInt128(magnitude), exponent: 0)
  }

  /// Returns the bits of the value of this type nearest to a float rounded to an integer.
  ///
  /// NaN becomes zero, or, if `isWide`, the sign-extended integer with only the highest bit set.
  @inline(__always)
  fileprivate func encoded(
    _ value: Double, _ rounding: IntegralRounding, isWide: Bool
  ) -> UInt64 {
    if value != value {
      let highestBit = UInt64(1) << UInt64(width - 1)
      return isWide ? (isSigned ? 0 &- highestBit : highestBit) : 0
    }
    let integral = rounding.apply(to: value)
    if self == .u64 {
      if integral >= 0x1p64 { return .max }
      return integral > 0 ? UInt64(integral) : 0
    }
    if integral >= 0x1p63 { return UInt64(bitPattern: clamped(.max)) }
    if integral < -0x1p63 { return UInt64(bitPattern: clamped(.min)) }
    return UInt64(bitPattern: clamped(Int64(integral)))
  }
}

extension IntegralRounding {
  /// Returns a value rounded to an integer.
  @inline(__always)
  fileprivate func apply(to value: Double) -> Double {
    switch self {
    case .none: value
    case .nearest: value.rounded(.toNearestOrEven)
    case .towardZero: value.rounded(.towardZero)
    case .down: value.rounded(.down)
    case .up: value.rounded(.up)
    }
  }
}

extension FloatKind {
  /// The number of bits of a value, also in pairs.
  var width: Int {
    switch self {
    case .e2m1: 4
    case .e4m3, .e5m2, .e2m3, .e3m2, .ue8m0: 8
    case .f16, .bf16: 16
    case .f32, .tf32: 32
    case .f64: 64
    }
  }

  /// The number of fraction bits.
  @inline(__always)
  var fractionBits: UInt64 {
    switch self {
    case .e2m1: 1
    case .e5m2, .e3m2: 2
    case .e4m3, .e2m3: 3
    case .ue8m0: 0
    case .bf16: 7
    case .f16: 10
    case .f32, .tf32: 23
    case .f64: 52
    }
  }

  /// Returns the bits of a NaN of another format, quieted, with its payload truncated or extended.
  @inline(__always)
  fileprivate func notANumber(_ bits: UInt64, of source: FloatKind) -> UInt64 {
    let sign = bits &>> UInt64(source.width &- 1) & 1
    let top = bits &<< (64 &- source.fractionBits)
    let payload = top &>> (64 &- fractionBits)
    // An exponent of all ones, and the highest bit of the fraction.
    let quiet = UInt64.max &<< (fractionBits &- 1) & UInt64.max &>> UInt64(65 &- width)
    return sign &<< UInt64(width &- 1) | quiet | payload
  }

  /// Returns the exact value in the low bits; subnormals of single precision may be flushed.
  @inline(__always)
  fileprivate func decoded(_ bits: UInt64, flushesSubnormals: Bool) -> Double {
    let word = UInt32(truncatingIfNeeded: bits)
    let byte = UInt8(truncatingIfNeeded: bits)
    switch self {
    case .f16: return Double(HalfFloat(container: word).float)
    case .bf16: return Double(BFloat16(container: word).float)
    case .tf32, .f32: return Double(Float(bitPattern: word).flushed(if: flushesSubnormals))
    case .f64: return Double(bitPattern: bits)
    case .e4m3: return Double(Float8E4M3(bitPattern: byte).float)
    case .e5m2: return Double(Float8E5M2(bitPattern: byte).float)
    case .e2m3: return Double(Float6E2M3(bitPattern: byte).float)
    case .e3m2: return Double(Float6E3M2(bitPattern: byte).float)
    case .e2m1: return Double(Float4E2M1(bitPattern: byte).float)
    case .ue8m0: return Double(ScaleE8M0(bitPattern: byte).float)
    }
  }

  /// Returns the bits for an integer, or `nil` for zero, rounded once.
  @inline(__always)
  fileprivate func encoded(_ value: ExactNumber?, _ modifiers: LaneModifiers) -> UInt64 {
    guard let value else { return 0 }
    switch self {
    case .f32:
      let single = value.rounded(to: Float.self, modifiers.rounding)
      return UInt64((modifiers.contains(.saturates) ? single.saturated : single).bitPattern)
    case .f64:
      let double = value.rounded(to: Double.self, modifiers.rounding)
      return (modifiers.contains(.saturates) ? double.saturated : double).bitPattern
    case .f16, .bf16, .tf32, .e4m3, .e5m2, .e2m3, .e3m2, .e2m1, .ue8m0:
      return encoded(value.roundedToOdd, modifiers)
    }
  }

  /// Returns the bits of a value, rounded once.
  ///
  /// `singleBits` are the bits of the value in single precision if that is the source type.
  @inline(__always)
  func encoded(
    _ value: Double, _ modifiers: LaneModifiers, singleBits: UInt32 = 0
  ) -> UInt64 {
    var value = value
    if modifiers.contains(.saturates) { value = value.saturated }
    // A negative value that rounds to zero loses its sign too.
    if modifiers.contains(.rectifies) && value <= 0 { value = 0 }
    let rounding = modifiers.rounding
    let saturates = modifiers.contains(.saturatesToFinite)
    switch self {
    case .f64: return value.bitPattern
    case .f32:
      let flushes = modifiers.contains(.flushesSubnormals)
      let single = Float(value, rounding)
      if single.isRoundedToNormal(flushes, { Float(value * 0x1p64, rounding) }) {
        return UInt64(single.bitPattern & 0x8000_0000)
      }
      return UInt64(single.flushed(if: flushes).propagatingNaN(.canonicalNaN).bitPattern)
    case .tf32:
      if rounding == .toNearestAway && value != value && !modifiers.contains(.rectifies) {
        let cut = TensorFloat32(roundingAway: Float(bitPattern: singleBits)).bitPattern
        // The code that `ptxas` generates treats a NaN like an infinity: the result is one unit
        // less.
        return UInt64(saturates ? cut &- 0x2000 : cut)
      }
      return UInt64(
        TensorFloat32(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .f16:
      return UInt64(HalfFloat(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .bf16:
      return UInt64(BFloat16(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .e4m3:
      return UInt64(Float8E4M3(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .e5m2:
      return UInt64(Float8E5M2(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .e2m3:
      return UInt64(Float6E2M3(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .e3m2:
      return UInt64(Float6E3M2(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .e2m1:
      return UInt64(Float4E2M1(value, rounding: rounding, isSaturating: saturates).bitPattern)
    case .ue8m0:
      return UInt64(
        ScaleE8M0(value.magnitude, rounding: rounding, isSaturating: saturates).bitPattern)
    }
  }
}

extension ExactNumber {
  /// The number in double precision; its last bit is set if it is not exact.
  fileprivate var roundedToOdd: Double {
    let truncated = rounded(to: Double.self, .towardZero)
    let away = rounded(to: Double.self, isNegative ? .down : .up)
    return truncated == away ? truncated : Double(bitPattern: truncated.bitPattern | 1)
  }
}

extension Float {
  /// Creates the value of a double-precision number with the given rounding.
  @inline(__always)
  fileprivate init(_ value: Double, _ rounding: Rounding) {
    let nearest = Float(value)
    let back = Double(nearest)
    switch rounding {
    case .toNearestEven, .toNearestAway: self = nearest
    case .towardZero:
      let isBeyond = back.magnitude > value.magnitude
      self.init(bitPattern: nearest.bitPattern &- (isBeyond ? 1 : 0))
    case .up: self = back < value ? nearest.nextUp : nearest
    case .down: self = back > value ? nearest.nextDown : nearest
    }
  }
}

extension LaneInteger {
  /// Creates the integer from a value by truncation or rounding to the nearest; NaN becomes zero.
  @inline(__always)
  fileprivate init(truncatingAndClamping value: Float) {
    if value != value {
      self = 0
    } else if value >= Float(sign: .plus, exponent: Self.isSigned ? 31 : 32, significand: 1) {
      self = .max
    } else if value <= (Self.isSigned ? -0x1p31 : 0) {
      self = .min
    } else {
      self.init(truncatingIfNeeded: Int64(value))
    }
  }
}
