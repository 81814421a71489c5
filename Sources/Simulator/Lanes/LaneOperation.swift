/// What a lane instruction does, and to which types.
///
/// A value is a few bytes without references. Words that only change how it is done, such as the
/// rounding, are `LaneModifiers`.
enum LaneOperation: Hashable {
  /// Nothing: what is written is read by nobody.
  case nothing

  // Moving. Containers of up to 32 bits move alike.
  /// `mov` between containers of up to 32 bits.
  case move32
  /// `mov` between containers of 64 bits.
  case move64
  /// `mov` between containers of 128 bits.
  case move128
  /// `mov.v2` and `mov.v4`: so many elements, each a container of up to 32 or of 64 bits.
  case moveElements(count: UInt8, isWide: Bool)
  /// `mov` of a vector of narrower elements into one container.
  case pack(VectorShape)
  /// `mov` of one container into a vector of narrower ones.
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
  /// `mad.wide`: the product and what is added to it have twice the bits of the type.
  case multiplyAddWide(IntegerType)
  /// Arithmetic that reads or writes the carry flag.
  case carrying(CarryingOperation, IntegerType)
  /// A number of bits, or the place of one.
  case bitQuery(BitQuery, IntegerType)
  /// `shl` and `shr`.
  case shift(ShiftDirection, IntegerType)
  /// `bfe`.
  case bitFieldExtract(IntegerType)
  /// `bfi`.
  case bitFieldInsert(IntegerType)
  /// Something special of 32-bit words.
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
  /// `setp`: a comparison into one predicate or two.
  case setPredicate(Comparison, ComparedType)
  /// `set`: a comparison into a value of a type.
  case set(Comparison, ComparedType, TruthValue)
  /// `testp`.
  case testProperty(FloatProperty, FloatType)
  /// `and`, `or`, `xor`, `not` and `mov` of predicates.
  case predicateLogic(PredicateLogic)
  /// `lop3` whose result is compared with zero, and that combined with a predicate.
  case logic3Predicate

  // Conversions.
  /// `cvt` of one value, whatever the types.
  case convert(Conversion)
  /// `cvt` of one value, for the pairs of types that kernels use most.
  case convertCommon(CommonConversion)
  /// `cvt` of two single-precision values into a pair; the first source goes to the high half.
  case convertIntoPair(FloatKind)
  /// `cvt` of a pair into a pair.
  case convertPair(FloatKind, to: FloatKind)
  /// `cvt.rs` of that many single-precision values, the first into the highest part.
  case convertStochastically(FloatKind, count: Int)
  /// `cvt.pack` of two integers, with a third word for types of 8 bits.
  case convertPack(IntegerKind)
}

/// How a container is made of elements: their number and width in bits.
enum VectorShape: UInt8 {
  case twoBytes, fourBytes, twoHalves, fourHalves, twoWords, fourWords, twoDoubleWords
}

/// A type of integers that arithmetic has.
enum IntegerType: UInt8 {
  case u16, s16, u32, s32, u64, s64
}

/// A type of integers that conversions have.
enum IntegerKind: UInt8 {
  case u8, s8, u16, s16, u32, s32, u64, s64
}

/// A type of floats that arithmetic of one value in a container has.
enum FloatType: UInt8 {
  case f32, f64
}

/// A type of 16-bit floats, single or in pairs.
enum HalfType: UInt8 {
  case f16, bf16, f16x2, bf16x2
}

/// A type that comparisons have.
enum ComparedType: Hashable {
  case integer(IntegerType)
  case float(FloatType)
  case half(HalfType)
}

/// What `set` writes for truth; for falsehood it writes zero.
enum TruthValue: UInt8 {
  /// All bits of a 16-bit container.
  case ones16
  /// All bits of a 32-bit container.
  case ones32
  /// 1 in single precision.
  case one32
  /// 1 in half precision.
  case oneHalf
  /// 1 as a brain float.
  case oneBrain
}

/// An operation of one integer.
enum IntegerUnary: UInt8 {
  case absolute, negate, not, logicalNot, reverseBits
}

/// An operation of two integers.
enum IntegerBinary: UInt8 {
  case add, subtract, addSaturating, subtractSaturating
  case multiplyLow, multiplyHigh, divide, remainder
  case minimum, maximum, minimumRectified, maximumRectified
  case and, or, xor
}

/// An operation of three integers.
enum IntegerTernary: UInt8 {
  case multiplyAddLow, multiplyAddHigh, multiplyAddHighSaturating, addAbsoluteDifference
}

/// An operation that may read or write the carry flag.
enum CarryingOperation: UInt8 {
  case add, subtract, multiplyAddLow, multiplyAddHigh
}

/// A question about the bits of an integer, answered by a 32-bit one.
enum BitQuery: UInt8 {
  case populationCount, leadingZeroCount, leadingBit, leadingBitShift
}

/// The way that bits move.
enum ShiftDirection: UInt8 {
  case left, right
}

/// An operation of 32-bit words that has no other type.
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

/// An operation of one float.
enum FloatUnary: UInt8 {
  case absolute, negate, reciprocal, squareRoot
  case reciprocalApproximate, squareRootApproximate, reciprocalSquareRootApproximate
  case sine, cosine, log2, exp2, hyperbolicTangent
}

/// An operation of two floats.
enum FloatBinary: UInt8 {
  case add, subtract, multiply, divide, divideApproximate, divideFull, minimum, maximum, copySign
}

/// An operation of 16-bit floats.
enum HalfOperation: UInt8 {
  case add, subtract, multiply, fusedMultiplyAdd
  case minimum, maximum, absolute, negate, exp2, hyperbolicTangent
}

/// A comparison of two numbers; those that end in `OrUnordered` are true where either is NaN.
enum Comparison: UInt8 {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  case equalOrUnordered, notEqualOrUnordered, lessOrUnordered, lessOrEqualOrUnordered
  case greaterOrUnordered, greaterOrEqualOrUnordered
  case ordered, unordered
}

/// A property that `testp` asks for.
enum FloatProperty: UInt8 {
  case finite, infinite, number, notANumber, normal, subnormal
}

/// An operation of predicates.
enum PredicateLogic: UInt8 {
  case and, or, xor, not, move
}

/// A type that conversions read or write.
enum NumberKind: Hashable {
  case integer(IntegerKind)
  case float(FloatKind)
}

/// A format of floats that conversions have, by itself or in pairs.
enum FloatKind: UInt8 {
  case f16, bf16, tf32, f32, f64, e4m3, e5m2, e2m3, e3m2, e2m1, ue8m0
}

/// The types of a conversion of one value, and the containers that hold them.
struct Conversion: Hashable {
  /// What is read.
  var source: NumberKind

  /// What is written.
  var destination: NumberKind

  /// How a float is made integral first, if it is.
  var integralRounding: IntegralRounding

  /// The bits of the container that is read; the value lies in its low end.
  var sourceWidth: UInt8

  /// The bits of the container that is written: all of them.
  var destinationWidth: UInt8
}

/// How a float is made integral.
enum IntegralRounding: UInt8 {
  /// Not at all.
  case none
  /// To the nearest integer, of two the even one (`.rni`).
  case nearest
  /// Toward zero (`.rzi`).
  case towardZero
  /// Toward minus infinity (`.rmi`).
  case down
  /// Toward plus infinity (`.rpi`).
  case up
}

/// A conversion that kernels use much, rounding to the nearest, between containers of up to 32 bits
/// unless the type has more.
enum CommonConversion: UInt8 {
  case f32ToBF16, f32ToF16, bf16ToF32, f16ToF32
  case f32ToBF16x2, f32ToF16x2
  case s32ToF32, u32ToF32, f32ToS32TowardZero, f32ToU32TowardZero
  case f32ToF64, f64ToF32
}
