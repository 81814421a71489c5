// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TensorCoreArithmetic

/// Options of a `wgmma` instruction.
struct WgmmaFlags: OptionSet {
  let rawValue: UInt8
  /// A is in registers.
  static let hasRegisterA = WgmmaFlags(rawValue: 1)
  /// The predicate for reading D is negated.
  static let scaleDIsNegated = WgmmaFlags(rawValue: 2)
  /// A is negated.
  static let negatesA = WgmmaFlags(rawValue: 4)
  /// B is negated.
  static let negatesB = WgmmaFlags(rawValue: 8)
  /// A is stored M-major.
  static let transposesA = WgmmaFlags(rawValue: 16)
  /// B is stored N-major.
  static let transposesB = WgmmaFlags(rawValue: 32)
  /// Integer accumulators saturate.
  static let saturates = WgmmaFlags(rawValue: 64)
}

extension WgmmaFlags {
  /// Creates the options from the literals after the operands: the signs, and the transpositions of
  /// operands in shared memory.
  init(literals: [Int64], hasRegisterA: Bool) {
    self = []
    if literals.first == -1 { insert(.negatesA) }
    if literals.dropFirst().first == -1 { insert(.negatesB) }
    let transposed = hasRegisterA ? [.transposesB] : [WgmmaFlags.transposesA, .transposesB]
    for (flag, literal) in zip(transposed, literals.dropFirst(2)) where literal == 1 {
      insert(flag)
    }
  }
}

/// The types and options of a `wgmma` instruction.
struct WgmmaForm {
  /// The type of A.
  let a: tc_element
  /// The type of B.
  let b: tc_element
  /// The type of D.
  let accumulator: tc_accumulator
  /// The options.
  var flags: WgmmaFlags = []

  /// Creates the form for the types in a mnemonic, or `nil` if there is no such form.
  ///
  /// The instruction table checks the combination of types.
  init?(_ types: [ScalarType]) {
    guard types.count == 3, let a = tc_element(types[1]), let b = tc_element(types[2]) else {
      return nil
    }
    switch types[0] {
    case .f32: accumulator = TC_D_F32
    case .f16: accumulator = TC_D_F16
    case .s32: accumulator = TC_D_S32
    default: return nil
    }
    self.a = a
    self.b = b
  }

  /// Creates the form from its packed representation.
  init(packed: Int64) {
    a = tc_element(rawValue: UInt32(packed >> 8 & 0xFF))
    b = tc_element(rawValue: UInt32(packed >> 16 & 0xFF))
    accumulator = tc_accumulator(rawValue: UInt32(packed >> 24 & 0xFF))
    flags = WgmmaFlags(rawValue: UInt8(truncatingIfNeeded: packed))
  }

  /// The packed representation, for the literal of a decoded instruction.
  var packed: Int64 {
    Int64(flags.rawValue) | Int64(a.rawValue) << 8 | Int64(b.rawValue) << 16
      | Int64(accumulator.rawValue) << 24
  }

  /// Returns the product of 64 rows with n rows.
  func product(n: Int, accumulates: Bool) -> tc_product {
    let isNarrow = a == TC_E4M3 || a == TC_E5M2
    return tc_product(
      a: a, b: b, accumulator: accumulator,
      fraction_bits: isNarrow ? TC_NARROW_FRACTION_BITS : TC_FRACTION_BITS, m: 64, n: Int32(n),
      k: Int32(MatrixOperand.rowByteCount * 8 / a.bitWidth), steps: 1, accumulates: accumulates,
      d_shift: 0, negates_a: flags.contains(.negatesA), negates_b: flags.contains(.negatesB),
      saturates: flags.contains(.saturates))
  }
}

extension tc_element {
  /// Creates the element type for a PTX type, if tensor cores support it.
  init?(_ type: ScalarType) {
    switch type {
    case .bf16: self = TC_BF16
    case .f16: self = TC_F16
    case .tf32: self = TC_TF32
    case .e4m3: self = TC_E4M3
    case .e5m2: self = TC_E5M2
    case .s8: self = TC_S8
    case .u8: self = TC_U8
    case .b1: self = TC_B1
    default: return nil
    }
  }

  /// The number of bits of an element in the memory that the instructions read.
  var bitWidth: Int {
    switch self {
    case TC_BF16, TC_F16: 16
    case TC_TF32: 32
    case TC_B1: 1
    default: 8
    }
  }
}
