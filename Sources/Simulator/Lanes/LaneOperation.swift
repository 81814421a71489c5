// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The operation of a per-lane instruction, with its types.
///
/// A value is a few bytes without references. Options such as the rounding are in `LaneModifiers`.
enum LaneOperation: Hashable {
  /// No operation, because the result is unused.
  case nothing

  // Moves. Containers of up to 32 bits are moved in the same way.
  /// `mov` between containers of up to 32 bits.
  case move32
  /// `mov` between containers of 64 bits.
  case move64
  /// `mov` between containers of 128 bits.
  case move128
  /// `mov.v2` and `mov.v4`: 2 or 4 elements, each a container of up to 32 bits or of 64 bits.
  case moveElements(count: UInt8, isWide: Bool)
  /// `mov` of a vector of narrower elements to one container.
  case pack(VectorShape)
  /// `mov` of one container to a vector of narrower ones.
  case unpack(VectorShape)
  /// `selp` between containers of up to 32 bits.
  case select32
  /// `selp` between containers of 64 bits.
  case select64
  /// `slct` between containers of up to 32 or of 64 bits, by the sign of an integer or a float.
  case selectBySign(isWide: Bool, isFloat: Bool)

  // Integers.
  /// One operand and a result of a type.
  case integerUnary(IntegerUnary, IntegerType)
  /// Two operands and a result of a type.
  case integerBinary(IntegerBinary, IntegerType)
  /// Three operands and a result of a type.
  case integerTernary(IntegerTernary, IntegerType)
  /// `mul.wide`: the product has twice the bits of the type.
  case multiplyWide(IntegerType)
  /// `mad.wide`: the product and the addend have twice the bits of the type.
  case multiplyAddWide(IntegerType)
  /// Arithmetic that reads or writes the carry flag.
  case carrying(CarryingOperation, IntegerType)
  /// The number of certain bits, or the index of one.
  case bitQuery(BitQuery, IntegerType)
  /// `shl` and `shr`.
  case shift(ShiftDirection, IntegerType)
  /// `bfe`.
  case bitFieldExtract(IntegerType)
  /// `bfi`.
  case bitFieldInsert(IntegerType)
  /// Another operation on 32-bit words.
  case word(WordOperation)

  // Floats.
  /// One operand and a result in single or double precision.
  case floatUnary(FloatUnary, FloatType)
  /// Two operands and a result in single or double precision.
  case floatBinary(FloatBinary, FloatType)
  /// `fma` in single or double precision.
  case fusedMultiplyAdd(FloatType)
  /// `add` or `sub` in single precision of a 16-bit float and a value in single precision.
  case mixedSum(FloatBinary, HalfType)
  /// `fma` in single precision of two 16-bit floats and a value in single precision.
  case mixedMultiplyAdd(HalfType)
  /// `min` or `max` of three values in single precision.
  case extremum3(isMinimum: Bool)
  /// `add`, `sub` or `mul` of pairs of values in single precision.
  case floatPair(FloatBinary)
  /// `fma` of pairs of values in single precision.
  case fusedMultiplyAddPair
  /// Arithmetic on 16-bit floats, single or in pairs.
  case half(HalfOperation, HalfType)

  // Predicates.
  /// `setp`: a comparison with one or two predicates as results.
  case setPredicate(Comparison, ComparedType)
  /// `set`: a comparison with a value of a type as result.
  case set(Comparison, ComparedType, TruthValue)
  /// `testp`.
  case testProperty(FloatProperty, FloatType)
  /// `and`, `or`, `xor`, `not` and `mov` of predicates.
  case predicateLogic(PredicateLogic)
  /// `lop3` whose result is compared with zero, and combined with a predicate.
  case logic3Predicate

  // Conversions.
  /// `cvt` of one value between any types.
  case convert(Conversion)
  /// `cvt` of one value, for the most frequent pairs of types.
  case convertCommon(CommonConversion)
  /// `cvt` of two single-precision values to a pair; the first source becomes the high half.
  case convertIntoPair(FloatKind)
  /// `cvt` of a pair to a pair.
  case convertPair(FloatKind, to: FloatKind)
  /// `cvt.rs` of `count` single-precision values, the first into the highest part.
  case convertStochastically(FloatKind, count: Int)
  /// `cvt.pack` of two integers, with a third word for types of 8 bits.
  case convertPack(IntegerKind)
}

/// The number and width of the elements of a container.
enum VectorShape: UInt8 {
  case twoBytes, fourBytes, twoHalves, fourHalves, twoWords, fourWords, twoDoubleWords
}

/// An integer type for arithmetic.
enum IntegerType: UInt8 {
  case u16, s16, u32, s32, u64, s64
}

/// An integer type for conversions.
enum IntegerKind: UInt8 {
  case u8, s8, u16, s16, u32, s32, u64, s64
}

/// A float type for arithmetic on one value in a container.
enum FloatType: UInt8 {
  case f32, f64
}

/// A 16-bit float type, single or in pairs.
enum HalfType: UInt8 {
  case f16, bf16, f16x2, bf16x2
}

/// A type for comparisons.
enum ComparedType: Hashable {
  case integer(IntegerType)
  case float(FloatType)
  case half(HalfType)
}

/// The value that `set` writes for true; for false it writes zero.
enum TruthValue: UInt8 {
  /// All bits of a 16-bit container.
  case ones16
  /// All bits of a 32-bit container.
  case ones32
  /// 1 in single precision.
  case one32
  /// 1 in half precision.
  case oneHalf
  /// 1 in bf16.
  case oneBrain
}

/// An operation on one integer.
enum IntegerUnary: UInt8 {
  case absolute, negate, not, logicalNot, reverseBits
}

/// An operation on two integers.
enum IntegerBinary: UInt8 {
  case add, subtract, addSaturating, subtractSaturating
  case multiplyLow, multiplyHigh, divide, remainder
  case minimum, maximum, minimumRectified, maximumRectified
  case and, or, xor
}

/// An operation on three integers.
enum IntegerTernary: UInt8 {
  case multiplyAddLow, multiplyAddHigh, multiplyAddHighSaturating, addAbsoluteDifference
}

/// An operation that may read or write the carry flag.
enum CarryingOperation: UInt8 {
  case add, subtract, multiplyAddLow, multiplyAddHigh
}

/// A query about the bits of an integer, with a 32-bit result.
enum BitQuery: UInt8 {
  case populationCount, leadingZeroCount, leadingBit, leadingBitShift
}

/// The direction of a shift.
enum ShiftDirection: UInt8 {
  case left, right
}

/// An operation on 32-bit words that has no other type.
enum WordOperation: UInt8 {
  case addPair, subtractPair
  case minimumUnsignedPair, maximumUnsignedPair, minimumSignedPair, maximumSignedPair
  case minimumSignedPairRectified, maximumSignedPairRectified
  case bitMaskClamp, bitMaskWrap
  case zeroExtendClamp, zeroExtendWrap, signExtendClamp, signExtendWrap
  case multiply24, multiplyAdd24, multiplyAdd24Saturating
  case dotProduct4, dotProduct2
  case logic3
  case funnelLeftClamp, funnelLeftWrap, funnelRightClamp, funnelRightWrap
  case permute, permuteForward4, permuteBackward4, permuteReplicate8, permuteEdgeLeft
  case permuteEdgeRight, permuteReplicate16
}

/// An operation on one float.
enum FloatUnary: UInt8 {
  case absolute, negate, reciprocal, squareRoot
  case reciprocalApproximate, squareRootApproximate, reciprocalSquareRootApproximate
  case sine, cosine, log2, exp2, hyperbolicTangent
}

/// An operation on two floats.
enum FloatBinary: UInt8 {
  case add, subtract, multiply, divide, divideApproximate, divideFull, minimum, maximum, copySign
}

/// An operation on 16-bit floats.
enum HalfOperation: UInt8 {
  case add, subtract, multiply, fusedMultiplyAdd
  case minimum, maximum, absolute, negate, exp2, hyperbolicTangent
}

/// A comparison of two numbers; those that end in `OrUnordered` are true if either is NaN.
enum Comparison: UInt8 {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  case equalOrUnordered, notEqualOrUnordered, lessOrUnordered, lessOrEqualOrUnordered
  case greaterOrUnordered, greaterOrEqualOrUnordered
  case ordered, unordered
}

/// A property for `testp`.
enum FloatProperty: UInt8 {
  case finite, infinite, number, notANumber, normal, subnormal
}

/// An operation on predicates.
enum PredicateLogic: UInt8 {
  case and, or, xor, not, move
}

/// A source or destination type of conversions.
enum NumberKind: Hashable {
  case integer(IntegerKind)
  case float(FloatKind)
}

/// A float format for conversions, single or in pairs.
enum FloatKind: UInt8 {
  case f16, bf16, tf32, f32, f64, e4m3, e5m2, e2m3, e3m2, e2m1, ue8m0
}

/// The types and containers of a conversion of one value.
struct Conversion: Hashable {
  /// The source type.
  var source: NumberKind

  /// The destination type.
  var destination: NumberKind

  /// The rounding of a float to an integer before the conversion.
  var integralRounding: IntegralRounding

  /// The number of bits of the source container, whose low bits hold the value.
  var sourceWidth: UInt8

  /// The number of bits of the destination container; all of them are written.
  var destinationWidth: UInt8
}

/// The rounding of a float to an integer.
enum IntegralRounding: UInt8 {
  /// None.
  case none
  /// To the nearest integer, ties to even (`.rni`).
  case nearest
  /// Toward zero (`.rzi`).
  case towardZero
  /// Toward minus infinity (`.rmi`).
  case down
  /// Toward plus infinity (`.rpi`).
  case up
}

/// A frequent conversion that rounds to the nearest, between containers of up to 32 bits unless a
/// type has more.
enum CommonConversion: UInt8 {
  case f32ToBF16, f32ToF16, bf16ToF32, f16ToF32
  case f32ToBF16x2, f32ToF16x2
  case s32ToF32, u32ToF32, f32ToS32TowardZero, f32ToU32TowardZero
  case f32ToF64, f64ToF32
}
