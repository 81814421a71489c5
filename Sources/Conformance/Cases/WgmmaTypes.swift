// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The types of elements that `wgmma` multiplies.
enum WgmmaElement: String {
  case bf16, f16, tf32, e4m3, e5m2, s8, u8, b1

  /// The number of bits of a code, which is one element or eight bits.
  var codeBitWidth: Int {
    switch self {
    case .bf16, .f16: 16
    case .tf32: 32
    case .e4m3, .e5m2, .s8, .u8, .b1: 8
    }
  }

  /// The number of elements of a row that one instruction reads.
  var depth: Int { self == .b1 ? 256 : 256 / codeBitWidth }

  /// The encoding of floats, or `nil` for integers and bits.
  var format: WgmmaFormat? {
    switch self {
    case .bf16: WgmmaFormat(exponentBits: 8, fractionBits: 7)
    case .f16: WgmmaFormat(exponentBits: 5, fractionBits: 10)
    case .tf32: WgmmaFormat(exponentBits: 8, fractionBits: 10, ignoredBits: 13)
    case .e4m3: WgmmaFormat(exponentBits: 4, fractionBits: 3)
    case .e5m2: WgmmaFormat(exponentBits: 5, fractionBits: 2)
    case .s8, .u8, .b1: nil
    }
  }

  /// Whether operands in shared memory may be MN-major.
  var isTransposable: Bool { codeBitWidth == 16 }

  /// Returns the code with the opposite sign; for unsigned integers and bits, the complement.
  func negated(_ code: UInt32) -> UInt32 {
    guard let format else { return ~code & 0xFF }
    return code ^ format.signBit << UInt32(format.ignoredBits)
  }

  /// Returns the code of a value that the type can represent, or of the value truncated; underflow
  /// becomes zero, overflow infinity.
  func code(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    guard let format else { return UInt32(bitPattern: Int32(value)) & 0xFF }
    guard format.exponentBits < 8 else {
      let width = UInt32(23 - format.fractionBits - format.ignoredBits)
      return bits >> width
    }
    let sign = value.sign == .minus ? format.signBit : 0
    if value.isNaN { return format.nan }
    let (bias, fractionBits) = (format.bias, format.fractionBits)
    let magnitude = value.magnitude
    if magnitude >= Float(sign: .plus, exponent: bias + 1, significand: 1) {
      return sign | format.infinity
    }
    let quantum = Float(sign: .plus, exponent: 1 - bias - fractionBits, significand: 1)
    if magnitude < Float(sign: .plus, exponent: 1 - bias, significand: 1) {
      return sign | UInt32(magnitude / quantum)
    }
    let exponentDistance = UInt32(127 - bias) << UInt32(fractionBits)
    return sign | ((magnitude.bitPattern >> UInt32(23 - fractionBits)) - exponentDistance)
  }
}

/// The encoding of a float type.
struct WgmmaFormat {
  /// The number of exponent bits.
  var exponentBits: Int
  /// The number of fraction bits.
  var fractionBits: Int
  /// The number of ignored bits below the fraction.
  var ignoredBits = 0

  /// The exponent bias.
  var bias: Int { (1 << (exponentBits - 1)) - 1 }

  /// The sign bit, above the used bits.
  var signBit: UInt32 { 1 << UInt32(exponentBits + fractionBits) }

  /// The code of infinity; for e4m3, which has none, of its largest number.
  var infinity: UInt32 {
    exponentBits == 4 ? 0x7E : UInt32(2 * bias + 1) << UInt32(fractionBits)
  }

  /// The code of a NaN.
  var nan: UInt32 { infinity | 1 }
}

/// The types of accumulators.
enum WgmmaResult: String {
  case f32, f16, s32
}

/// The types of an instruction.
struct WgmmaTypes {
  /// The type of A's elements.
  var a: WgmmaElement
  /// The type of B's elements.
  var b: WgmmaElement
  /// The type of D's elements.
  var d = WgmmaResult.f32
  /// Whether integer accumulators saturate.
  var saturates = false

  /// The types as in the mnemonic.
  var name: String {
    "\(d.rawValue).\(a.rawValue).\(b.rawValue)"
      + (a == .b1 ? ".and.popc" : "") + (saturates ? ".satfinite" : "")
  }

  /// The types of 16-bit floats.
  static let halves = [
    WgmmaTypes(a: .bf16, b: .bf16), WgmmaTypes(a: .f16, b: .f16),
    WgmmaTypes(a: .f16, b: .f16, d: .f16),
  ]

  /// The other float types.
  static let otherFloats =
    [WgmmaTypes(a: .tf32, b: .tf32)]
    + [WgmmaResult.f32, .f16].flatMap { result in
      [WgmmaElement.e4m3, .e5m2].flatMap { a in
        [WgmmaElement.e4m3, .e5m2].map { b in WgmmaTypes(a: a, b: b, d: result) }
      }
    }

  /// The types of integers and bits.
  static let integers =
    [WgmmaElement.s8, .u8].flatMap { a in
      [WgmmaElement.s8, .u8].flatMap { b in
        [false, true].map { WgmmaTypes(a: a, b: b, d: .s32, saturates: $0) }
      }
    } + [WgmmaTypes(a: .b1, b: .b1, d: .s32)]
}
