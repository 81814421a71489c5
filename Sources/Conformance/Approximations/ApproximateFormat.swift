// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The format of an approximate result and of its operands.
enum ApproximateFormat: String, Hashable, Sendable {
  case f16, bf16, f32, f64

  /// The number of fraction bits.
  var fractionBits: Int {
    switch self {
    case .f16: 10
    case .bf16: 7
    case .f32: 23
    case .f64: 52
    }
  }

  /// The number of bits of a value.
  var width: Int {
    switch self {
    case .f16, .bf16: 16
    case .f32: 32
    case .f64: 64
    }
  }

  /// The exponent of the smallest normal number.
  var leastExponent: Int {
    switch self {
    case .f16: -14
    case .bf16, .f32: -126
    case .f64: -1022
    }
  }

  /// The smallest normal number.
  var leastNormal: Double { Double(sign: .plus, exponent: leastExponent, significand: 1) }

  /// The number after the largest finite one, which infinity stands for; for f64, the largest
  /// finite number.
  var limit: Double {
    guard self != .f64 else { return .greatestFiniteMagnitude }
    return Double(sign: .plus, exponent: 2 - leastExponent, significand: 1)
  }

  /// Returns the distance between neighbouring values at a number.
  func spacing(at value: Double) -> Double {
    let exponent = value == 0 ? leastExponent : max(Int(value.exponent), leastExponent)
    return Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
  }

  /// Returns the code in words from a bit on.
  func code(_ words: ArraySlice<UInt32>, from bit: UInt64 = 0) -> UInt64 {
    let bits = words.prefix(2).reversed().reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
    return bits >> bit & (UInt64.max >> UInt64(64 - width))
  }

  /// Returns the number of a code.
  func value(_ code: UInt64) -> Double {
    switch self {
    case .f64: return Double(bitPattern: code)
    case .f32: return Double(Float(bitPattern: UInt32(code)))
    case .bf16: return Double(Float(bitPattern: UInt32(code) << 16))
    case .f16:
      let sign: Double = code >> 15 == 1 ? -1 : 1
      let (exponent, fraction) = (Int(code >> 10 & 31), Double(code & 0x3FF))
      switch exponent {
      case 0: return sign * fraction * 0x1p-24
      case 31: return fraction == 0 ? sign * .infinity : .nan
      default:
        let scale = Double(sign: .plus, exponent: exponent - 25, significand: 1)
        return sign * (1024 + fraction) * scale
      }
    }
  }
}
