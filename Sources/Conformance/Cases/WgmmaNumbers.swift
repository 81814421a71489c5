import DeviceRuntime

/// The types of elements that are multiplied.
enum SmallFloat: String, CaseIterable {
  case bf16, f16

  /// The bits of the fraction.
  var fractionBits: Int { self == .bf16 ? 7 : 10 }

  /// The bias of the exponent, which is also the greatest exponent.
  var bias: Int { self == .bf16 ? 127 : 15 }

  /// Returns the code of a value, cut to the format; zero below it and infinity above.
  func code(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if self == .bf16 { return UInt16(bits >> 16) }
    let sign = UInt16(bits >> 16) & 0x8000
    if value.isNaN { return 0x7E00 }
    let magnitude = value.magnitude
    if magnitude >= 65536 { return sign | 0x7C00 }
    if magnitude < 0x1p-14 { return sign | UInt16(magnitude * 0x1p24) }
    return sign | UInt16((magnitude.bitPattern >> 13) - (112 << 10))
  }
}

/// Kinds of numbers, by what they ask of the sum.
enum WgmmaNumbers: String, CaseIterable {
  /// Numbers near one.
  case ordinary
  /// Numbers whose products span more than a sum keeps.
  case wide
  /// Pairs of products that add up to zero.
  case cancelling
  /// Many zeros of both signs.
  case sparse
  /// Subnormal numbers against great ones.
  case subnormal
  /// Now and then an infinity or a NaN.
  case special
  /// Results about the greatest number.
  case overflowing
  /// Results about the least number.
  case underflowing
  /// Significands all ones: the greatest sums.
  case greatest
  /// Any bits.
  case any

  /// Returns operands of a block.
  func operands(
    _ element: SmallFloat, _ hasHalfResult: Bool, n: Int, depth: Int,
    using random: inout SeededGenerator
  ) -> WgmmaOperands {
    var a = (0..<64 * depth).map { _ in operand(element, isLeft: true, using: &random) }
    var b = (0..<n * depth).map { _ in operand(element, isLeft: false, using: &random) }
    let d = (0..<64 * n).map { _ in oldElement(hasHalfResult, using: &random) }
    if self == .cancelling {
      for index in stride(from: 1, to: a.count, by: 2) { a[index] = a[index - 1] }
      for index in stride(from: 1, to: b.count, by: 2) { b[index] = b[index - 1] ^ 0x8000 }
    }
    return WgmmaOperands(a: a, b: b, d: d)
  }

  /// Returns a random operand.
  private func operand(
    _ element: SmallFloat, isLeft: Bool, using random: inout SeededGenerator
  ) -> UInt16 {
    let (bias, fractionBits) = (element.bias, element.fractionBits)
    /// Returns a random number whose exponent is of a range, as far as the format has it.
    func number(_ exponents: ClosedRange<Int>) -> UInt16 {
      let exponent = min(bias, max(-bias, random.integer(in: exponents)))
      let fraction = random.word() & (1 << UInt32(fractionBits) - 1)
      let sign = random.word() & 0x8000
      return UInt16(sign | UInt32(exponent + bias) << UInt32(fractionBits) | fraction)
    }
    let scale = element == .bf16 ? 1 : 4
    switch self {
    case .ordinary: return number(-6...1)
    case .wide: return number(-14...14)
    case .cancelling: return number(-3...3)
    case .sparse:
      if !random.isOnce(in: 4) { return random.isOnce(in: 2) ? 0 : 0x8000 }
      return number(-40...14)
    case .subnormal: return isLeft ? number(-bias...(1 - bias)) : number(10...120)
    case .special:
      guard random.isOnce(in: 100) else { return number(-6...1) }
      let infinity = UInt16(2 * bias + 1) << UInt16(fractionBits)
      return (random.isOnce(in: 2) ? infinity : infinity | 1) | UInt16(random.word() & 0x8000)
    case .overflowing: return number((58 / (scale * 2))...(64 / scale))
    case .underflowing: return number((-77 / scale)...(-58 / scale))
    case .greatest: return (UInt16(bias + 1) << UInt16(fractionBits)) - 1
    case .any: return UInt16(truncatingIfNeeded: random.next())
    }
  }

  /// Returns a random element of the old D.
  private func oldElement(_ isHalf: Bool, using random: inout SeededGenerator) -> UInt32 {
    let (bias, fractionBits) = isHalf ? (15, UInt32(10)) : (127, UInt32(23))
    let signBit: UInt32 = isHalf ? 0x8000 : 0x8000_0000
    /// Returns a random number whose exponent is of a range, as far as the format has it.
    func number(_ exponents: ClosedRange<Int>) -> UInt32 {
      let exponent = min(bias, max(-bias, random.integer(in: exponents)))
      let fraction = random.word() & (1 << fractionBits - 1)
      return random.word() & signBit | UInt32(exponent + bias) << fractionBits | fraction
    }
    switch self {
    case .ordinary: return number(-8...6)
    case .wide: return number(-40...40)
    case .cancelling: return random.isOnce(in: 10) ? 0 : number(-40...10)
    case .sparse: return random.isOnce(in: 8) ? 1 : random.isOnce(in: 2) ? 0 : signBit
    case .subnormal: return number(-127 ... -40)
    case .special:
      if random.isOnce(in: 50) { return UInt32(2 * bias + 1) << fractionBits }
      return random.isOnce(in: 2) ? 0 : number(-6...1)
    case .overflowing: return isHalf ? number(13...15) : number(118...127)
    case .underflowing: return number(-127 ... -116)
    case .greatest: return number(-2...0)
    case .any: return random.word() & (isHalf ? 0xFFFF : .max)
    }
  }
}
