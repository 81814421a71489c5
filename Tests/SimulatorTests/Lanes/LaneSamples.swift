// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport

/// Random values of the PTX types, which are often edge cases.
enum LaneSamples {
  /// Returns a value for each slot, some of them related: equal, negated, or products of one
  /// another.
  static func values(
    for slots: [LaneCase.Slot], using random: inout SplitMix64
  ) -> [UInt64] {
    var values = slots.map { value(for: $0, using: &random) }
    let last = slots.count - 1
    if last >= 1 && slots[last].type == slots[0].type && random.next() % 8 == 0 {
      values[last] = values[0]
    }
    if last == 2 && slots.allSatisfy({ $0.type == "f32" }) && random.next() % 3 == 0 {
      let product = Float(bits: values[0]) * Float(bits: values[1])
      values[2] = UInt64((-product).bitPattern) ^ random.next() % 3
    }
    if last == 2 && slots.allSatisfy({ $0.type == "f64" }) && random.next() % 3 == 0 {
      let product = Double(bitPattern: values[0]) * Double(bitPattern: values[1])
      values[2] = (-product).bitPattern ^ random.next() % 3
    }
    return values
  }

  /// Returns a value for a slot; the bits of its container above the type are random too.
  static func value(for slot: LaneCase.Slot, using random: inout SplitMix64) -> UInt64 {
    let bits = LaneCase.Slot.width(of: slot.type)
    let value = value(ofType: slot.type, using: &random) & UInt64.max >> UInt64(64 - bits)
    let container = UInt64.max >> UInt64(64 - slot.width)
    return bits == 64 ? value : (random.next() << UInt64(bits) | value) & container
  }

  /// Returns a value of a type, in the low bits.
  private static func value(ofType type: String, using random: inout SplitMix64) -> UInt64 {
    if type.hasSuffix("x2") && !type.hasPrefix("u16") && !type.hasPrefix("s16") {
      let element = String(type.dropLast(2))
      let width = element.hasPrefix("e2m1") ? 4 : LaneCase.Slot.width(of: type) / 2
      let high = value(ofType: element, using: &random)
      let low = value(ofType: element, using: &random) & (1 << UInt64(width) - 1)
      return high << UInt64(width) | low
    }
    switch type {
    case "f16": return float(exponentBits: 5, significandBits: 10, using: &random)
    case "bf16": return float(exponentBits: 8, significandBits: 7, using: &random)
    case "f32", "tf32": return float(exponentBits: 8, significandBits: 23, using: &random)
    case "f64": return float(exponentBits: 11, significandBits: 52, using: &random)
    case "nan16": return notable(exponentBits: 5, significandBits: 10, using: &random)
    case "nanb16": return notable(exponentBits: 8, significandBits: 7, using: &random)
    case "nan32": return notable(exponentBits: 8, significandBits: 23, using: &random)
    case "nan64": return notable(exponentBits: 11, significandBits: 52, using: &random)
    case "count": return random.next() % 70
    case "position":
      // Near the width, and beyond eight bits.
      let small = random.next() % 70
      let great = [small, small, 0x100 - small % 8, 0x100 * (1 + random.next() % 4) + small]
      return random.next() % 8 == 0 ? random.next() : great[Int(random.next() % 4)]
    default: return integer(using: &random)
    }
  }

  /// Returns 64 bits that are often a small number, a power of two, or close to one.
  private static func integer(using random: inout SplitMix64) -> UInt64 {
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

  /// Returns a float that is usually a NaN with its own payload, or an infinity or zero.
  private static func notable(
    exponentBits: UInt64, significandBits: UInt64, using random: inout SplitMix64
  ) -> UInt64 {
    let sign = (random.next() & 1) << (exponentBits + significandBits)
    let infinity = (UInt64(1) << exponentBits - 1) << significandBits
    switch random.next() % 6 {
    case 0: return sign | infinity
    case 1: return sign
    case 2:
      return float(exponentBits: exponentBits, significandBits: significandBits, using: &random)
    default: return sign | infinity | random.next() % (1 << significandBits - 1) + 1
    }
  }

  /// Returns a float that is often special, subnormal, of few bits, or near 1.
  private static func float(
    exponentBits: UInt64, significandBits: UInt64, using random: inout SplitMix64
  ) -> UInt64 {
    let choice = random.next()
    let sign = (choice >> 60 & 1) << (exponentBits + significandBits)
    let topExponent = UInt64(1) << exponentBits - 1
    let bias = topExponent >> 1
    let fractionMask = UInt64(1) << significandBits - 1
    var fraction = random.next() & fractionMask
    if choice >> 16 & 3 == 0 {
      fraction = (fraction << (significandBits * 2 / 3)) & fractionMask
    }
    if choice >> 18 & 7 == 0 { fraction = fractionMask &- (choice >> 24 & 1) }
    var exponent = random.next() % (topExponent + 1)
    switch choice % 12 {
    case 0:
      let specials: [UInt64] = [0, topExponent << significandBits, 1, fractionMask]
      return sign | specials[Int(choice >> 8 & 3)]
    case 1: return sign | (topExponent << significandBits | fraction)
    case 2: exponent = 0
    case 3: exponent = topExponent - 1
    case 4, 5, 6, 7, 8: exponent = bias + choice >> 32 % min(80, bias) - min(40, bias / 2)
    default: break
    }
    return sign | exponent << significandBits | fraction
  }
}

extension Float {
  /// Creates the value with the low bits.
  fileprivate init(bits: UInt64) { self.init(bitPattern: UInt32(truncatingIfNeeded: bits)) }
}
