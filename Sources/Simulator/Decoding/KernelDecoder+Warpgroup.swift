// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TensorCoreArithmetic

extension KernelDecoder {
  /// Decodes `wgmma`.
  mutating func decode(
    _ instruction: WarpgroupInstruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch instruction {
    case .fence: return DecodedInstruction(.fence)
    case .commitGroup: return DecodedInstruction(.wgmmaCommit)
    case .waitGroup(let count):
      var result = DecodedInstruction(.wgmmaWait)
      result.literal = count
      return result
    case .multiply(let product): return try decode(product)
    }
  }

  /// Decodes `wgmma.mma_async`.
  ///
  /// The table has the offsets of A's registers, if it is in registers, then of D's.
  private mutating func decode(
    _ product: WarpgroupMultiply
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    guard product.metadata == nil else {
      throw UnsupportedInstruction(reason: "multiplications by a sparse A are not simulated")
    }
    guard var form = WgmmaForm(product) else {
      throw UnsupportedInstruction(reason: "the types are not supported")
    }
    var result = DecodedInstruction(.wgmma)
    var fragment: [LaneOffset] = []
    if product.hasFragment {
      fragment = try resolveElements(product.a, .b32)
    } else {
      result.lane.sources.0 = try resolve(product.a, .b64)
    }
    result.lane.sources.1 = try resolve(product.b, .b64)
    let predicate = try resolvePredicate(product.accumulates)
    result.lane.sources.2 = predicate.offset
    if predicate.isNegated { form.flags.insert(.scaleDIsNegated) }
    result.wgmma = form
    result.count = UInt8(fragment.count)
    setExtras(fragment + (try resolveElements(product.d, .b32)), in: &result)
    return result
  }
}

extension DecodedInstruction {
  /// The types and options, if this is a `wgmma.mma_async`.
  var wgmma: WgmmaForm {
    get { WgmmaForm(packed: literal) }
    set { literal = newValue.packed }
  }
}

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

  /// Takes the raw value.
  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Takes the options of an instruction; only the predicate's sign is not among its parts.
  init(_ product: WarpgroupMultiply) {
    self = product.hasFragment ? .hasRegisterA : []
    if product.saturates { insert(.saturates) }
    if product.scaleA == -1 { insert(.negatesA) }
    if product.scaleB == -1 { insert(.negatesB) }
    if product.transposeA == 1 { insert(.transposesA) }
    if product.transposeB == 1 { insert(.transposesB) }
  }
}

/// The types, the width and the options of a `wgmma` instruction.
struct WgmmaForm {
  /// The type of A.
  let a: tc_element
  /// The type of B.
  let b: tc_element
  /// The type of D.
  let accumulator: tc_accumulator
  /// The number of columns of D.
  let n: Int
  /// The options.
  var flags: WgmmaFlags

  /// Creates the form of an instruction, or `nil` if its types are not supported.
  init?(_ product: WarpgroupMultiply) {
    guard let a = tc_element(product.aType), let b = tc_element(product.bType) else { return nil }
    switch product.resultType {
    case .f32: accumulator = TC_D_F32
    case .f16: accumulator = TC_D_F16
    case .s32: accumulator = TC_D_S32
    default: return nil
    }
    (self.a, self.b, n) = (a, b, product.n)
    flags = WgmmaFlags(product)
  }

  /// Creates the form from its packed representation.
  init(packed: Int64) {
    a = tc_element(rawValue: UInt32(packed >> 8 & 0xFF))
    b = tc_element(rawValue: UInt32(packed >> 16 & 0xFF))
    accumulator = tc_accumulator(rawValue: UInt32(packed >> 24 & 0xFF))
    n = Int(packed >> 32)
    flags = WgmmaFlags(rawValue: UInt8(truncatingIfNeeded: packed))
  }

  /// The packed representation, for the literal of a decoded instruction.
  var packed: Int64 {
    Int64(flags.rawValue) | Int64(a.rawValue) << 8 | Int64(b.rawValue) << 16
      | Int64(accumulator.rawValue) << 24 | Int64(n) << 32
  }

  /// Returns the product of 64 rows with n rows.
  func product(accumulates: Bool) -> tc_product {
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
