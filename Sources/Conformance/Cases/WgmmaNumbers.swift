// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Kinds of numbers, by the property of the sum that they test.
enum WgmmaNumbers: String, CaseIterable {
  /// Numbers near one.
  case ordinary
  /// Numbers whose products span more than a sum keeps.
  case wide
  /// Pairs of products that add up to zero.
  case cancelling
  /// Many zeros of both signs.
  case sparse
  /// Subnormal numbers together with large ones.
  case subnormal
  /// Occasionally an infinity or a NaN.
  case special
  /// Results near the largest number.
  case overflowing
  /// Results near the smallest number.
  case underflowing
  /// Significands of all ones, which give the largest sums.
  case greatest
  /// Arbitrary bits.
  case any

  /// Returns the operands of a block.
  func operands(
    _ types: WgmmaTypes, n: Int, depth: Int, using random: inout SeededGenerator
  ) -> WgmmaOperands {
    var a = (0..<64 * depth).map { _ in operand(types.a, isLeft: true, using: &random) }
    var b = (0..<n * depth).map { _ in operand(types.b, isLeft: false, using: &random) }
    let d = (0..<64 * n).map { _ in oldElement(types.d, using: &random) }
    if self == .cancelling {
      for index in stride(from: 1, to: a.count, by: 2) { a[index] = a[index - 1] }
      for index in stride(from: 1, to: b.count, by: 2) {
        b[index] = types.b.negated(b[index - 1])
      }
    }
    return WgmmaOperands(a: a, b: b, d: d)
  }

  /// Returns a random operand.
  private func operand(
    _ element: WgmmaElement, isLeft: Bool, using random: inout SeededGenerator
  ) -> UInt32 {
    guard let format = element.format else { return byte(element, using: &random) }
    let code = operand(format, isLeft: isLeft, using: &random)
    guard format.ignoredBits > 0 else { return code }
    // The ignored bits are random.
    let rest = random.word() & (1 << UInt32(format.ignoredBits) - 1)
    return code << UInt32(format.ignoredBits) | rest
  }

  /// Returns a random byte: an integer, or eight bits.
  private func byte(_ element: WgmmaElement, using random: inout SeededGenerator) -> UInt32 {
    switch self {
    case .sparse: return random.isOnce(in: 4) ? random.word() & 0xFF : 0
    case .greatest: return element == .s8 ? (random.isOnce(in: 2) ? 0x7F : 0x80) : 0xFF
    default: return random.word() & 0xFF
    }
  }

  /// Returns a random operand without its ignored bits.
  private func operand(
    _ format: WgmmaFormat, isLeft: Bool, using random: inout SeededGenerator
  ) -> UInt32 {
    let (bias, fractionBits) = (format.bias, format.fractionBits)
    /// Returns a random number with an exponent in a range, clamped to the format.
    func number(_ exponents: ClosedRange<Int>) -> UInt32 {
      let exponent = min(bias, max(-bias, random.integer(in: exponents)))
      let fraction = random.word() & (1 << UInt32(fractionBits) - 1)
      // Any bit is suitable for the sign; this is the one of 16-bit codes.
      let isNegative = random.word() & 0x8000 != 0
      let code = UInt32(exponent + bias) << UInt32(fractionBits) | fraction
      return isNegative ? code | format.signBit : code
    }
    let scale = format.exponentBits == 8 ? 1 : 4
    switch self {
    case .ordinary: return number(-6...1)
    case .wide: return number(-14...14)
    case .cancelling: return number(-3...3)
    case .sparse:
      if !random.isOnce(in: 4) { return random.isOnce(in: 2) ? 0 : format.signBit }
      return number(-40...14)
    case .subnormal: return isLeft ? number(-bias...(1 - bias)) : number(10...120)
    case .special:
      guard random.isOnce(in: 100) else { return number(-6...1) }
      let code = random.isOnce(in: 2) ? format.infinity : format.nan
      return random.word() & 0x8000 != 0 ? code | format.signBit : code
    case .overflowing: return number((58 / (scale * 2))...(64 / scale))
    case .underflowing: return number((-77 / scale)...(-58 / scale))
    case .greatest: return (UInt32(bias + 1) << UInt32(fractionBits)) - 1
    case .any: return UInt32(truncatingIfNeeded: random.next()) & (format.signBit << 1 &- 1)
    }
  }

  /// Returns a random element of the old D.
  private func oldElement(_ result: WgmmaResult, using random: inout SeededGenerator) -> UInt32 {
    if result == .s32 { return oldInteger(using: &random) }
    let isHalf = result == .f16
    let (bias, fractionBits) = isHalf ? (15, UInt32(10)) : (127, UInt32(23))
    let signBit: UInt32 = isHalf ? 0x8000 : 0x8000_0000
    /// Returns a random number with an exponent in a range, clamped to the format.
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

  /// Returns a random integer for the old D, near the limits for the largest numbers.
  private func oldInteger(using random: inout SeededGenerator) -> UInt32 {
    let distance = random.word() & 0xF_FFFF
    switch self {
    case .greatest, .overflowing:
      return random.isOnce(in: 2) ? 0x7FFF_FFFF - distance : 0x8000_0000 + distance
    default: return random.word()
    }
  }
}
