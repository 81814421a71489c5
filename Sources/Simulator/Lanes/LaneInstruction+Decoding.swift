// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension LaneInstruction {
  /// Decodes an instruction, or returns `nil` if it is not a per-lane instruction.
  ///
  /// Instructions on memory, addresses, control flow and other lanes are not.
  ///
  /// - Parameters:
  ///   - instruction: The instruction; the caller handles its guard.
  ///   - carry: The offset of the carry flags of the warp's lanes.
  ///   - resolve: Returns the offset of an operand of a type. Immediates are among the constants,
  ///     in the container and encoding of the type; an immediate predicate has its bit in all
  ///     lanes, 0 or all ones. The offset of an unused destination may be -1.
  ///   - containerWidth: Returns the number of bits of the container of a register or special
  ///     register. It is only called for operands of `cvt`, which may be wider than their types.
  /// - Throws: `UnsupportedInstruction` for forms that the simulator does not support.
  init?(
    _ instruction: Instruction, carry: LaneOffset,
    resolve: (Operand, ScalarType) throws(UnsupportedInstruction) -> LaneOffset,
    containerWidth: (Operand) -> Int
  ) throws(UnsupportedInstruction) {
    // Only `cvt` takes registers that are wider than its types.
    let widths =
      instruction.opcode == .convert ? instruction.operands.map(containerWidth) : []
    guard let plan = try LanePlanner(instruction, widths: widths).plan() else { return nil }
    operation = plan.operation
    modifiers = plan.modifiers
    immediate = plan.immediate
    if plan.usesCarry { self.carry = carry }
    for (index, operand) in plan.sources.enumerated() {
      setSource(index, try resolve(operand.operand, operand.type))
    }
    for (index, operand) in plan.destinations.enumerated() {
      setDestination(index, try resolve(operand.operand, operand.type))
    }
    let isUnread = (0..<4).allSatisfy { destination($0) < 0 }
    if isUnread && !plan.usesCarry { operation = .nothing }
  }

  /// Sets the source at an index.
  mutating func setSource(_ index: Int, _ offset: LaneOffset) {
    switch index {
    case 0: sources.0 = offset
    case 1: sources.1 = offset
    case 2: sources.2 = offset
    case 3: sources.3 = offset
    default: sources.4 = offset
    }
  }

  /// Sets the destination at an index.
  mutating func setDestination(_ index: Int, _ offset: LaneOffset) {
    switch index {
    case 0: destinations.0 = offset
    case 1: destinations.1 = offset
    case 2: destinations.2 = offset
    default: destinations.3 = offset
    }
  }
}

/// A decoded instruction without the offsets of its operands.
struct LanePlan {
  /// An operand and the type with which the instruction reads or writes it.
  struct TypedOperand {
    /// The operand.
    var operand: Operand

    /// The type.
    var type: ScalarType
  }

  /// The operation.
  var operation: LaneOperation

  /// The modifiers.
  var modifiers: LaneModifiers

  /// The destinations.
  var destinations: [TypedOperand]

  /// The sources.
  var sources: [TypedOperand]

  /// A literal of the operation.
  var immediate: UInt32 = 0

  /// Whether the carry flags are read or written.
  var usesCarry = false
}

/// Decodes instructions to per-lane operations.
struct LanePlanner {
  /// The instruction.
  let instruction: Instruction

  /// The numbers of bits of the operands' containers, for `cvt` only.
  let widths: [Int]

  /// The types in the mnemonic.
  let types: [ScalarType]

  /// The modifiers of the operation.
  let modifiers: LaneModifiers

  /// Reads an instruction's modifiers.
  init(_ instruction: Instruction, widths: [Int]) {
    self.instruction = instruction
    self.widths = widths
    types = instruction.types
    modifiers = LaneModifiers(instruction)
  }

  /// Returns the error that a feature of the instruction is not supported.
  func unsupported(_ what: String) -> UnsupportedInstruction {
    UnsupportedInstruction(reason: "\(instruction.mnemonic): \(what)")
  }

  /// Returns whether the mnemonic has a modifier.
  func has(_ word: Modifier) -> Bool { instruction.has(word) }

  /// Returns the type at an index of the mnemonic.
  func type(_ position: Int = 0) throws(UnsupportedInstruction) -> ScalarType {
    guard position < types.count else { throw unsupported("a type is missing.") }
    return types[position]
  }

  /// Returns the operand at an index with the type with which it is read or written.
  func operand(
    _ position: Int, _ type: ScalarType
  ) throws(UnsupportedInstruction) -> LanePlan.TypedOperand {
    guard position < instruction.operands.count else { throw unsupported("an operand is missing.") }
    return LanePlan.TypedOperand(operand: instruction.operands[position], type: type)
  }

  /// Returns a plan for one destination followed by the sources, with the given types.
  func plan(
    _ operation: LaneOperation, _ destination: ScalarType, _ sources: [ScalarType],
    _ modifiers: LaneModifiers = []
  ) throws(UnsupportedInstruction) -> LanePlan {
    var operands: [LanePlan.TypedOperand] = []
    for (index, type) in sources.enumerated() { operands.append(try operand(index + 1, type)) }
    return LanePlan(
      operation: operation, modifiers: modifiers,
      destinations: [try operand(0, destination)], sources: operands)
  }

  /// Returns a plan for one destination and `count` sources of one type.
  func plan(
    _ operation: LaneOperation, _ type: ScalarType, count: Int, _ modifiers: LaneModifiers = []
  ) throws(UnsupportedInstruction) -> LanePlan {
    try plan(operation, type, Array(repeating: type, count: count), modifiers)
  }
}

extension LaneModifiers {
  /// Creates the modifiers that an instruction's mnemonic directly specifies.
  init(_ instruction: Instruction) {
    self.init(rawValue: 0)
    let words: [Modifier: LaneModifiers] = [
      "ftz": .flushesSubnormals, "sat": .saturates, "satfinite": .saturatesToFinite,
      "relu": .rectifies, "NaN": .propagatesNaN, "xorsign": .combinesSigns,
      "abs": .takesMagnitudes,
      "and": .combinesByAnd, "or": .combinesByOr, "xor": .combinesByXor,
    ]
    for word in instruction.modifiers {
      if let option = words[word] { insert(option) }
    }
    if instruction.has("rz") { rounding = .towardZero }
    if instruction.has("rm") { rounding = .down }
    if instruction.has("rp") { rounding = .up }
    if instruction.has("rna") { rounding = .toNearestAway }
  }
}

extension LanePlanner {
  /// Returns the per-lane operation of the instruction, or `nil` if it has none.
  func plan() throws(UnsupportedInstruction) -> LanePlan? {
    switch instruction.opcode {
    case .add: try sum(.add, .add, .add, .addSaturating, .add)
    case .sub: try sum(.subtract, .subtract, .subtract, .subtractSaturating, .subtract)
    case .mul: try product()
    case .mad: try productSum()
    case .fma: try fusedProductSum()
    case .mul24, .mad24: try product24()
    case .sad: try integers(.integerTernary(.addAbsoluteDifference, integerType()), count: 3)
    case .div: try division()
    case .rem: try integers(.integerBinary(.remainder, integerType()), count: 2)
    case .abs: try signChange(.absolute, .absolute, .absolute)
    case .neg: try signChange(.negate, .negate, .negate)
    case .min: try extremum(isMinimum: true)
    case .max: try extremum(isMinimum: false)
    case .addWithCarry: try carrying(.add, .readsCarry)
    case .subtractWithBorrow: try carrying(.subtract, .readsCarry)
    case .multiplyAddWithCarry: try carryingProduct(.readsCarry)
    case .populationCount: try query(.populationCount)
    case .countLeadingZeros: try query(.leadingZeroCount)
    case .findLeadingBit: try query(has("shiftamt") ? .leadingBitShift : .leadingBit)
    case .bitReverse: try integers(.integerUnary(.reverseBits, integerType()), count: 1)
    case .bitFieldExtract:
      try plan(.bitFieldExtract(integerType()), type(), [type(), .u32, .u32])
    case .bitFieldInsert:
      try plan(.bitFieldInsert(integerType()), type(), [type(), type(), .u32, .u32])
    case .bitMask: try words(has("clamp") ? .bitMaskClamp : .bitMaskWrap, count: 2)
    case .signOrZeroExtend: try fieldExtension()
    case .dotProduct4: try dotProduct(.dotProduct4)
    case .dotProduct2: try dotProduct(.dotProduct2)

    case .reciprocal: try floats(has("approx") ? .reciprocalApproximate : .reciprocal)
    case .squareRoot: try floats(has("approx") ? .squareRootApproximate : .squareRoot)
    case .reciprocalSquareRoot: try floats(.reciprocalSquareRootApproximate)
    case .sine: try floats(.sine)
    case .cosine: try floats(.cosine)
    case .log2: try floats(.log2)
    case .exp2: try floats(.exp2, .exp2)
    case .hyperbolicTangent: try floats(.hyperbolicTangent, .hyperbolicTangent)
    case .copySign: try plan(.floatBinary(.copySign, floatType()), type(), count: 2)
    case .testProperty: try testProperty()

    case .set: try set()
    case .setPredicate: try setPredicate()
    case .select: try select()
    case .selectBySign: try selectBySign()

    case .and: try logic(.and, .and)
    case .or: try logic(.or, .or)
    case .xor: try logic(.xor, .xor)
    case .not: try complement()
    case .logicalNot: try integers(.integerUnary(.logicalNot, integerType()), count: 1)
    case .logic3: try logic3()
    case .shiftLeft: try plan(.shift(.left, integerType()), type(), [type(), .u32])
    case .shiftRight: try plan(.shift(.right, integerType()), type(), [type(), .u32])
    case .funnelShift: try funnelShift()
    case .permuteBytes: try permutation()

    case .move: try move()
    case .convert: try conversion()
    case .convertPack: try packedConversion()

    default: nil
    }
  }
}
