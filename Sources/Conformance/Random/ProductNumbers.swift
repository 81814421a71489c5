// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The distribution of the numbers of a product.
enum ProductNumbers: String, CaseIterable {
  /// Numbers near one.
  case ordinary
  /// Numbers with all exponents whose products stay finite.
  case wide
  /// A few magnitudes of both signs, whose products cancel.
  case cancelling
  /// Mostly zeros of both signs.
  case sparse
  /// Occasionally an infinity or NaN.
  case special
  /// Arbitrary bits.
  case any

  /// The format of elements: fields of a float from the sign down, or an integer.
  struct Format: Hashable, Sendable {
    /// The name in a mnemonic.
    var name: String
    /// The number of bits from one element to the next.
    var width: Int
    /// The number of exponent bits; 0 for integers.
    var exponentBits: Int
    /// The number of fraction bits.
    var fractionBits: Int

    static let bf16 = Format(name: "bf16", width: 16, exponentBits: 8, fractionBits: 7)
    static let f16 = Format(name: "f16", width: 16, exponentBits: 5, fractionBits: 10)
    static let tf32 = Format(name: "tf32", width: 32, exponentBits: 8, fractionBits: 23)
    static let e4m3 = Format(name: "e4m3", width: 8, exponentBits: 4, fractionBits: 3)
    static let e5m2 = Format(name: "e5m2", width: 8, exponentBits: 5, fractionBits: 2)
    static let s8 = Format(name: "s8", width: 8, exponentBits: 0, fractionBits: 8)
    static let u8 = Format(name: "u8", width: 8, exponentBits: 0, fractionBits: 8)
    static let b1 = Format(name: "b1", width: 1, exponentBits: 0, fractionBits: 1)
    static let f32 = Format(name: "f32", width: 32, exponentBits: 8, fractionBits: 23)

    /// Whether the elements are integers.
    var isInteger: Bool { exponentBits == 0 }

    /// The bias of the exponent.
    var bias: Int { (1 << (exponentBits - 1)) - 1 }
  }
}

extension ProductNumbers {
  /// Returns a word of random operands of a format.
  func operands(_ format: Format, using random: inout SeededGenerator) -> UInt32 {
    if self == .any || format.width == 1 { return random.word() }
    return stride(from: 0, to: 32, by: format.width).reduce(0) { word, shift in
      word | operand(format, using: &random) << UInt32(shift)
    }
  }

  /// Returns a random word of the old D.
  func sums(_ result: String, using random: inout SeededGenerator) -> UInt32 {
    switch result {
    case "s32": return sum(using: &random)
    case "f16":
      return float(.f16, spread: 12, using: &random) << 16 | float(.f16, spread: 12, using: &random)
    default: return float(.f32, spread: self == .wide ? 60 : 20, using: &random)
    }
  }

  /// Returns a random operand of a format.
  private func operand(_ format: Format, using random: inout SeededGenerator) -> UInt32 {
    if format.isInteger {
      switch self {
      case .cancelling: return random.pick([1, 0xFF, 0x80, 0x7F])
      case .sparse: return random.isOnce(in: 4) ? random.word() & 0xFF : 0
      default: return random.word() & 0xFF
      }
    }
    let sign = random.word() & 1 << UInt32(format.exponentBits + format.fractionBits)
    switch self {
    case .cancelling:
      // One, a little more, and powers of two.
      let exponent = UInt32(format.bias + random.pick([0, 0, 0, 3, -3]))
      let fraction: UInt32 = random.isOnce(in: 3) ? 1 << UInt32(max(0, format.fractionBits - 7)) : 0
      return sign | exponent << UInt32(format.fractionBits) | fraction
    case .sparse: return random.isOnce(in: 4) ? float(format, spread: 5, using: &random) : sign
    case .special:
      guard random.isOnce(in: 60) else { return float(format, spread: 5, using: &random) }
      let top = UInt32(1 << format.exponentBits - 1) << UInt32(format.fractionBits)
      return sign | top | random.pick([0, 1, 1 << UInt32(format.fractionBits - 1)])
    case .wide: return float(format, spread: 31, using: &random)
    default: return float(format, spread: 4, using: &random)
    }
  }

  /// Returns a random float with an exponent near the bias, clamped to the format.
  private func float(
    _ format: Format, spread: Int, using random: inout SeededGenerator
  ) -> UInt32 {
    let bits = random.next()
    let most = min(spread, format.bias - 1)
    let exponent = UInt32(format.bias - most + Int(bits >> 40) % (2 * most))
    let fraction = UInt32(truncatingIfNeeded: bits) & (1 << UInt32(format.fractionBits) - 1)
    let sign = UInt32(truncatingIfNeeded: bits >> 39) & 1
    return sign << UInt32(format.exponentBits + format.fractionBits)
      | exponent << UInt32(format.fractionBits) | fraction
  }

  /// Returns a random integer for the old D, near the ends of its range if sums are to overflow.
  private func sum(using random: inout SeededGenerator) -> UInt32 {
    switch self {
    case .wide: return random.pick([0x7FFF_FFFF, 0x8000_0000]) &+ random.word() % 4096 &- 2048
    case .any: return random.word()
    default: return random.word() % 0x20_0000 &- 0x10_0000
    }
  }
}
