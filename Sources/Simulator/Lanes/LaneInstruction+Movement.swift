// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that move bits without a look at them, and those that combine bits one by one: what undefined
// bits pass through.

/// The effect of an operation on the bits of its sources.
enum BitMovement {
  /// The bits of the first sources go to the result or are dropped, as the sources after them say.
  case moves(dataCount: Int, controlCount: Int)

  /// Each bit of the result depends on the same bit of that many sources.
  case combines(sourceCount: Int, isWide: Bool)

  /// The result is computed of all bits of the sources.
  case computes
}

extension LaneInstruction {
  /// The effect of the operation on the bits of its sources.
  var bitMovement: BitMovement {
    switch operation {
    case .move32, .move64, .move128, .unpack: .moves(dataCount: 1, controlCount: 0)
    case .moveElements(let count, _): .moves(dataCount: Int(count), controlCount: 0)
    case .pack(let shape): .moves(dataCount: shape.count, controlCount: 0)
    case .select32, .select64, .selectBySign: .moves(dataCount: 2, controlCount: 1)
    case .integerUnary(.reverseBits, _): .moves(dataCount: 1, controlCount: 0)
    case .integerUnary(.not, let type): .combines(sourceCount: 1, isWide: type.isWide)
    case .integerBinary(.and, let type), .integerBinary(.or, let type),
      .integerBinary(.xor, let type):
      .combines(sourceCount: 2, isWide: type.isWide)
    case .shift: .moves(dataCount: 1, controlCount: 1)
    case .bitFieldExtract: .moves(dataCount: 1, controlCount: 2)
    case .bitFieldInsert: .moves(dataCount: 2, controlCount: 2)
    case .word(let operation): operation.bitMovement
    case .convert(let conversion):
      conversion.isOfIntegers && !modifiers.contains(.saturates)
        ? .moves(dataCount: 1, controlCount: 0) : .computes
    case .nothing, .integerUnary, .integerBinary, .integerTernary, .multiplyWide,
      .multiplyAddWide, .carrying, .bitQuery, .floatUnary, .floatBinary, .fusedMultiplyAdd,
      .mixedSum, .mixedMultiplyAdd, .extremum3, .floatPair, .fusedMultiplyAddPair, .half,
      .setPredicate, .set, .testProperty, .predicateLogic, .logic3Predicate, .convertCommon,
      .convertIntoPair, .convertPair, .convertStochastically, .convertPack:
      .computes
    }
  }

  /// The bits of the first source that the operation looks at: of `cvt` those of its type, of others all.
  var relevantBits: UInt64 {
    guard case .convert(let conversion) = operation else { return .max }
    let width = conversion.source.bitWidth
    return width >= 64 ? .max : 1 << UInt64(width) - 1
  }
}

extension WordOperation {
  /// The effect of the operation on the bits of its sources.
  fileprivate var bitMovement: BitMovement {
    switch self {
    case .zeroExtendClamp, .zeroExtendWrap, .signExtendClamp, .signExtendWrap:
      .moves(dataCount: 1, controlCount: 1)
    case .funnelLeftClamp, .funnelLeftWrap, .funnelRightClamp, .funnelRightWrap, .permute,
      .permuteForward4, .permuteBackward4, .permuteReplicate8, .permuteEdgeLeft,
      .permuteEdgeRight, .permuteReplicate16:
      .moves(dataCount: 2, controlCount: 1)
    case .logic3: .combines(sourceCount: 3, isWide: false)
    case .addPair, .subtractPair, .minimumUnsignedPair, .maximumUnsignedPair,
      .minimumSignedPair, .maximumSignedPair, .minimumSignedPairRectified,
      .maximumSignedPairRectified, .bitMaskClamp, .bitMaskWrap, .multiply24, .multiplyAdd24,
      .multiplyAdd24Saturating, .dotProduct4, .dotProduct2:
      .computes
    }
  }
}

extension IntegerType {
  /// Whether a value has 64 bits.
  fileprivate var isWide: Bool { self == .u64 || self == .s64 }
}

extension Conversion {
  /// Whether an integer becomes an integer.
  fileprivate var isOfIntegers: Bool {
    if case .integer = source, case .integer = destination { return true }
    return false
  }
}

extension NumberKind {
  /// The bits of a number.
  fileprivate var bitWidth: Int {
    switch self {
    case .integer(.u8), .integer(.s8): 8
    case .integer(.u16), .integer(.s16), .float(.f16), .float(.bf16): 16
    case .integer(.u32), .integer(.s32), .float(.f32), .float(.tf32): 32
    case .integer(.u64), .integer(.s64), .float(.f64): 64
    case .float(.e4m3), .float(.e5m2), .float(.e2m3), .float(.e3m2), .float(.e2m1),
      .float(.ue8m0):
      8
    }
  }
}
