// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Random values of the PTX types, which are often edge cases.
enum LaneOperand {
  /// Returns values for the operands of one check, some of them related: equal, or the negated
  /// product.
  static func values(for types: [String], using random: inout SeededGenerator) -> [UInt64] {
    var values = types.map { value(of: $0, using: &random) }
    let last = types.count - 1
    if last >= 1, types[last] == types[0], random.isOnce(in: 8) { values[last] = values[0] }
    guard last == 2, Set(types).count == 1, random.isOnce(in: 3) else { return values }
    if types[0] == "f32" {
      let product =
        Float(bitPattern: UInt32(truncatingIfNeeded: values[0]))
        * Float(bitPattern: UInt32(truncatingIfNeeded: values[1]))
      if !product.isNaN { values[2] = UInt64((-product).bitPattern) ^ random.next() % 3 }
    }
    if types[0] == "f64" {
      let product = Double(bitPattern: values[0]) * Double(bitPattern: values[1])
      if !product.isNaN { values[2] = (-product).bitPattern ^ random.next() % 3 }
    }
    return values
  }

  /// Returns a value of a type; the bits above the type's width are random.
  static func value(of type: String, using random: inout SeededGenerator) -> UInt64 {
    if type.hasSuffix("x2"), !type.hasPrefix("u16"), !type.hasPrefix("s16") {
      let element = String(type.dropLast(2))
      let width = element == "f32" ? 32 : element.hasPrefix("e") ? 8 : 16
      let mask = UInt64(1) << UInt64(width) - 1
      let high = value(of: element, using: &random) & mask
      return high << UInt64(width) | value(of: element, using: &random) & mask
    }
    switch type {
    case "f16": return float(5, 10, 16, using: &random)
    case "bf16": return float(8, 7, 16, using: &random)
    case "f32", "tf32": return float(8, 23, 32, using: &random)
    case "f64": return float(11, 52, 64, using: &random)
    case "nan16": return notable(5, 10, 16, using: &random)
    case "nanb16": return notable(8, 7, 16, using: &random)
    case "nan32": return notable(8, 23, 32, using: &random)
    case "nan64": return notable(11, 52, 64, using: &random)
    case "angle":
      // Up to 2π in steps of 2^-20.
      let step = Int64(random.integer(in: -6_588_397...6_588_397))
      return UInt64((Float(step) / 1_048_576).bitPattern)
    case "turns":
      // Up to 100π in steps of 2^-15.
      let step = Int64(random.integer(in: -10_294_370...10_294_370))
      return UInt64((Float(step) / 32_768).bitPattern)
    case "unit":
      // From 0.5 to 2 in steps of 2^-22.
      return UInt64((Float(random.integer(in: 2_097_152...8_388_607)) / 4_194_304).bitPattern)
    case "exponent":
      // Up to 160 in steps of 2^-15.
      let step = Int64(random.integer(in: -5_242_880...5_242_880))
      return UInt64((Float(step) / 32_768).bitPattern)
    case "count": return random.next() % 70
    case "position": return position(using: &random)
    case "lane": return random.next() % 32
    case "any": return random.next()
    default: return integer(using: &random)
    }
  }

  /// Returns 64 bits that are often a small number, a power of two, or close to one.
  private static func integer(using random: inout SeededGenerator) -> UInt64 {
    let choice = random.next()
    let power = UInt64(1) << (choice >> 8 & 63)
    switch choice % 8 {
    case 0: return choice >> 16 & 3
    case 1: return 0 &- (choice >> 16 & 3)
    case 2: return power
    case 3: return power &- 1
    case 4: return 0 &- power
    case 5: return choice >> 16 & 0x1F1F_1F1F
    default: return random.next()
    }
  }

  /// Returns a position or length of a bit field: often near a width, or beyond eight bits.
  private static func position(using random: inout SeededGenerator) -> UInt64 {
    let small = random.next() % 70
    switch random.next() % 6 {
    case 0: return 0x100 * (1 + random.next() % 4) + small
    case 1: return 0x100 - small % 8
    case 2: return 1 << (8 + random.next() % 24) | small
    case 3: return 0xFFFF_FFFF - small
    default: return small
    }
  }

  /// Returns a float that is usually a NaN with its own payload, or an infinity or zero.
  private static func notable(
    _ exponentBits: UInt64, _ fractionBits: UInt64, _ width: UInt64,
    using random: inout SeededGenerator
  ) -> UInt64 {
    let choice = random.next()
    let above = width == 64 ? 0 : random.next() << width
    let sign = above | (choice >> 60 & 1) << (exponentBits + fractionBits)
    let top = (UInt64(1) << exponentBits - 1) << fractionBits
    let quiet = UInt64(1) << (fractionBits - 1)
    // At least one bit besides the quiet bit makes it a NaN, and distinguishes it from others.
    let payload = random.next() & (quiet - 1) | 1
    switch choice % 8 {
    case 0, 1: return sign | top | quiet | payload
    case 2, 3: return sign | top | payload
    case 4: return sign | top
    case 5: return sign
    default: return float(exponentBits, fractionBits, width, using: &random)
    }
  }

  /// Returns a float that is often special, subnormal, of few bits, or near 1.
  private static func float(
    _ exponentBits: UInt64, _ fractionBits: UInt64, _ width: UInt64,
    using random: inout SeededGenerator
  ) -> UInt64 {
    let choice = random.next()
    let above = width == 64 ? 0 : random.next() << width
    let sign = above | (choice >> 60 & 1) << (exponentBits + fractionBits)
    let top = UInt64(1) << exponentBits - 1
    let bias = top >> 1
    let mask = UInt64(1) << fractionBits - 1
    var fraction = random.next() & mask
    if choice >> 16 & 3 == 0 { fraction = fraction << (fractionBits * 2 / 3) & mask }
    if choice >> 18 & 7 == 0 { fraction = mask - (choice >> 24 & 1) }
    var exponent = random.next() % (top + 1)
    switch choice % 12 {
    case 0:
      let specials = [0, top << fractionBits, 1, mask]
      return sign | specials[Int(choice >> 8 & 3)]
    case 1: return sign | top << fractionBits | fraction
    case 2: exponent = 0
    case 3: exponent = top - 1
    case 4, 5, 6, 7, 8: exponent = bias + choice >> 32 % min(80, bias) - min(40, bias / 2)
    default: break
    }
    return sign | exponent << fractionBits | fraction
  }
}
