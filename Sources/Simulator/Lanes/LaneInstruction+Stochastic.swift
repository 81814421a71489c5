// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

// `cvt.rs`: the random bits of a value are added to the bits that rounding discards, and a carry
// rounds away from zero.
//
// The manual specifies which half of the register belongs to which value; on a B200 the values of a
// half were observed to use its 16 bits in opposite orders. If more than 16 bits are discarded,
// those below the highest 16 are ignored. The treatment of subnormal results has not been
// published: here the bits below those of the result are discarded.
//
// SeeAlso: PTX ISA, "cvt", `.rs`.

extension LaneInstruction {
  /// Executes `cvt.rs` of two or four values in single precision, the first into the highest part.
  @inline(never)
  func convertStochastically(
    to kind: FloatKind, count: Int, mask: UInt32, in memory: LaneMemory
  ) {
    let words = memory.lanes(source(count), as: UInt32.self)
    LaneOperands.write(to: memory.address(destinations.0), mask: mask) { lane in
      var result: UInt32 = 0
      for index in 0..<count {
        let value = memory.lanes(source(index), as: Float.self)[lane]
        let code = kind.encoded(
          value, noise: kind.randomBits(of: index, in: words[lane]), modifiers)
        result = result << UInt32(kind.width) | UInt32(truncatingIfNeeded: code)
      }
      return result
    }
  }
}

extension FloatKind {
  /// The number of random bits for a value.
  private var randomBitCount: Int { self == .f16 ? 13 : 16 }

  /// The exponent of the smallest normal value.
  private var leastExponent: Int {
    switch self {
    case .bf16: -126
    case .f16, .e5m2: -14
    case .e4m3: -6
    case .e3m2: -2
    default: 0
    }
  }

  /// Returns the random bits for the source at an index.
  fileprivate func randomBits(of index: Int, in word: UInt32) -> UInt32 {
    switch self {
    case .f16: return (index == 0 ? word >> 16 : word) & 0x1FFF
    case .bf16: return index == 0 ? word >> 16 : word & 0xFFFF
    default:
      var half = index < 2 ? word >> 16 : word & 0xFFFF
      if self == .e2m1 {
        let bytes = index < 2 ? word >> 8 : word
        half = bytes >> 8 & 0xFF00 | bytes & 0xFF
      }
      return index % 2 == 0 ? reverseBits(half) >> 16 : half
    }
  }

  /// Returns the code of a value, rounded to a neighbour in the format by random bits.
  fileprivate func encoded(
    _ value: Float, noise: UInt32, _ modifiers: LaneModifiers
  ) -> UInt64 {
    guard value.isFinite, value != 0 else { return encoded(Double(value), modifiers) }
    let exponent = max(Int(value.exponent), leastExponent)
    let quantum = Double(
      sign: .plus, exponent: exponent - Int(fractionBits), significand: 1)
    // Division by a power of two is exact.
    let quotient = Double(value.magnitude) / quantum
    let count = quotient.rounded(.towardZero)
    let unit = Double(1 << randomBitCount)
    let discarded = ((quotient - count) * unit).rounded(.towardZero)
    let isAway = discarded + Double(noise) >= unit
    let magnitude = (count + (isAway ? 1 : 0)) * quantum
    return encoded(value < 0 ? -magnitude : magnitude, modifiers)
  }
}
