// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension LanePlanner {
  /// Plans an operation on integers of the first type.
  func integers(
    _ operation: LaneOperation, count: Int
  ) throws(UnsupportedInstruction) -> LanePlan {
    try plan(operation, type(), count: count)
  }

  /// Plans an operation on words.
  func words(
    _ operation: WordOperation, count: Int, _ modifiers: LaneModifiers = []
  ) throws(UnsupportedInstruction) -> LanePlan {
    try plan(.word(operation), .b32, count: count, modifiers)
  }

  /// Plans `add` or `sub`, given the operations for each kind of type.
  func sum(
    _ integer: IntegerBinary, _ float: FloatBinary, _ half: HalfOperation,
    _ saturating: IntegerBinary, _ carries: CarryingOperation
  ) throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if types.count == 2, let half = HalfType(types[1]) {
      return try plan(.mixedSum(float, half), type, [types[1], type], modifiers)
    }
    if let floatType = FloatType(type) {
      return try plan(.floatBinary(float, floatType), type, count: 2, modifiers)
    }
    if type == .f32x2 { return try plan(.floatPair(float), type, count: 2, modifiers) }
    if type == .u16x2 || type == .s16x2 {
      return try words(integer == .add ? .addPair : .subtractPair, count: 2)
    }
    if HalfType(type) != nil { return try halves(half, count: 2) }
    if has("cc") { return try carrying(carries, []) }
    let operation = has("sat") ? saturating : integer
    return try integers(.integerBinary(operation, integerType()), count: 2)
  }

  /// Plans `mul`.
  func product() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if let floatType = FloatType(type) {
      return try plan(.floatBinary(.multiply, floatType), type, count: 2, modifiers)
    }
    if type == .f32x2 { return try plan(.floatPair(.multiply), type, count: 2, modifiers) }
    if HalfType(type) != nil { return try halves(.multiply, count: 2) }
    if has("wide") {
      return try plan(.multiplyWide(integerType()), widened(type), [type, type])
    }
    let operation: IntegerBinary = has("hi") ? .multiplyHigh : .multiplyLow
    return try integers(.integerBinary(operation, integerType()), count: 2)
  }

  /// Plans `mad`, which for floats is `fma`.
  func productSum() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if type.isFloat { return try fusedProductSum() }
    if has("cc") { return try carryingProduct([]) }
    if has("wide") {
      let wide = try widened(type)
      return try plan(.multiplyAddWide(integerType()), wide, [type, type, wide])
    }
    let high: IntegerTernary = has("sat") ? .multiplyAddHighSaturating : .multiplyAddHigh
    let operation = has("hi") ? high : .multiplyAddLow
    return try integers(.integerTernary(operation, integerType()), count: 3)
  }

  /// Returns the type with twice the bits, for products.
  private func widened(_ type: ScalarType) throws(UnsupportedInstruction) -> ScalarType {
    switch type {
    case .u16: .u32
    case .s16: .s32
    case .u32: .u64
    case .s32: .s64
    default: throw unsupported("the type.")
    }
  }

  /// Plans `mul24` and `mad24`.
  func product24() throws(UnsupportedInstruction) -> LanePlan {
    var modifiers: LaneModifiers = []
    if try type() == .s32 { modifiers.insert(.firstIsSigned) }
    if has("hi") { modifiers.insert(.takesHigh) }
    if instruction.opcode == .mul24 { return try words(.multiply24, count: 2, modifiers) }
    let operation: WordOperation = has("sat") ? .multiplyAdd24Saturating : .multiplyAdd24
    return try words(operation, count: 3, modifiers)
  }

  /// Plans arithmetic with carry flags, which are written if the mnemonic has `.cc`.
  func carrying(
    _ operation: CarryingOperation, _ modifiers: LaneModifiers
  ) throws(UnsupportedInstruction) -> LanePlan {
    let type = try integerType()
    if type == .u16 || type == .s16 { throw unsupported("the type.") }
    let count = operation == .add || operation == .subtract ? 2 : 3
    var result = try integers(.carrying(operation, type), count: count)
    result.modifiers = has("cc") ? modifiers.union(.writesCarry) : modifiers
    result.usesCarry = true
    return result
  }

  /// Plans multiplication and addition with carry flags.
  func carryingProduct(_ modifiers: LaneModifiers) throws(UnsupportedInstruction) -> LanePlan {
    try carrying(has("hi") ? .multiplyAddHigh : .multiplyAddLow, modifiers)
  }

  /// Plans a bit query.
  func query(_ query: BitQuery) throws(UnsupportedInstruction) -> LanePlan {
    try plan(.bitQuery(query, integerType()), .u32, [type()])
  }

  /// Plans `szext`.
  func fieldExtension() throws(UnsupportedInstruction) -> LanePlan {
    let isSigned = try type() == .s32
    let clamping: WordOperation = isSigned ? .signExtendClamp : .zeroExtendClamp
    let wrapping: WordOperation = isSigned ? .signExtendWrap : .zeroExtendWrap
    return try words(has("clamp") ? clamping : wrapping, count: 2)
  }

  /// Plans `dp4a` or `dp2a`.
  func dotProduct(_ operation: WordOperation) throws(UnsupportedInstruction) -> LanePlan {
    var modifiers: LaneModifiers = []
    if try type(0) == .s32 { modifiers.insert(.firstIsSigned) }
    if try type(1) == .s32 { modifiers.insert(.secondIsSigned) }
    if has("hi") { modifiers.insert(.takesHigh) }
    return try words(operation, count: 3, modifiers)
  }

  /// Plans `and`, `or` or `xor`.
  func logic(
    _ integer: IntegerBinary, _ predicate: PredicateLogic
  ) throws(UnsupportedInstruction) -> LanePlan {
    if try type() == .pred { return try plan(.predicateLogic(predicate), .pred, count: 2) }
    return try integers(.integerBinary(integer, integerType()), count: 2)
  }

  /// Plans `not`.
  func complement() throws(UnsupportedInstruction) -> LanePlan {
    if try type() == .pred { return try plan(.predicateLogic(.not), .pred, count: 1) }
    return try integers(.integerUnary(.not, integerType()), count: 1)
  }

  /// Plans `lop3`, with a predicate if the mnemonic combines one.
  func logic3() throws(UnsupportedInstruction) -> LanePlan {
    guard instruction.operands.count > 4, case .integer(let table) = instruction.operands[4]
    else { throw unsupported("the table is not an immediate.") }
    var result = try words(.logic3, count: 3)
    result.immediate = UInt32(truncatingIfNeeded: table) & 0xFF
    if instruction.operands.count == 5 { return result }
    guard case .pair(let word, let predicate) = instruction.operands[0] else {
      throw unsupported("the predicate is missing.")
    }
    result.operation = .logic3Predicate
    result.modifiers = modifiers
    result.destinations = [
      LanePlan.TypedOperand(operand: word, type: .b32),
      LanePlan.TypedOperand(operand: predicate, type: .pred),
    ]
    return try addingPredicate(at: 5, to: result)
  }

  /// Plans `shf`.
  func funnelShift() throws(UnsupportedInstruction) -> LanePlan {
    let left: WordOperation = has("clamp") ? .funnelLeftClamp : .funnelLeftWrap
    let right: WordOperation = has("clamp") ? .funnelRightClamp : .funnelRightWrap
    return try words(has("l") ? left : right, count: 3)
  }

  /// Plans `prmt`.
  func permutation() throws(UnsupportedInstruction) -> LanePlan {
    let modes: [Modifier: WordOperation] = [
      "f4e": .permuteForward4, "b4e": .permuteBackward4, "rc8": .permuteReplicate8,
      "ecl": .permuteEdgeLeft, "ecr": .permuteEdgeRight, "rc16": .permuteReplicate16,
    ]
    let mode = instruction.modifiers.firstNonNil { modes[$0] }
    return try words(mode ?? .permute, count: 3)
  }
}

extension Sequence {
  /// Returns the first result of a function that is not `nil`.
  fileprivate func firstNonNil<Result>(_ transform: (Element) -> Result?) -> Result? {
    for element in self {
      if let result = transform(element) { return result }
    }
    return nil
  }
}
