// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension LanePlanner {
  /// Plans `setp`.
  func setPredicate() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    let operation = LaneOperation.setPredicate(try comparison(), try comparedType(0))
    var result = try plan(operation, .pred, [type, type], modifiers)
    if case .pair(let first, let second) = result.destinations[0].operand {
      result.destinations = [first, second].map {
        LanePlan.TypedOperand(operand: $0, type: .pred)
      }
    }
    return try addingPredicate(to: result)
  }

  /// Plans `set`.
  func set() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type(1)
    let operation = LaneOperation.set(
      try comparison(), try comparedType(1), try truthValue())
    return try addingPredicate(to: try plan(operation, self.type(), [type, type], modifiers))
  }

  /// Returns the value for true in the first type.
  private func truthValue() throws(UnsupportedInstruction) -> TruthValue {
    switch try type() {
    case .u16, .s16: .ones16
    case .u32, .s32: .ones32
    case .f32: .one32
    case .f16, .f16x2: .oneHalf
    case .bf16, .bf16x2: .oneBrain
    default: throw unsupported("the type.")
    }
  }

  /// Returns a plan of a comparison with the predicate with which its result is combined.
  private func addingPredicate(to plan: LanePlan) throws(UnsupportedInstruction) -> LanePlan {
    let words: LaneModifiers = [.combinesByAnd, .combinesByOr, .combinesByXor]
    var result = plan
    result.modifiers.formIntersection(words.union(.flushesSubnormals))
    if result.modifiers.isDisjoint(with: words) { return result }
    return try addingPredicate(at: 3, to: result)
  }

  /// Returns a plan with the predicate at an index as an additional source, negated if the text
  /// negates it.
  func addingPredicate(
    at position: Int, to plan: LanePlan
  ) throws(UnsupportedInstruction) -> LanePlan {
    var result = plan
    var predicate = try operand(position, .pred)
    if case .negated(let register) = predicate.operand {
      predicate.operand = .register(register)
      result.modifiers.insert(.negatesPredicate)
    }
    result.sources.append(predicate)
    return result
  }

  /// Plans `selp`.
  func select() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    let operation: LaneOperation = type.bitWidth == 64 ? .select64 : .select32
    return try addingPredicate(at: 3, to: try plan(operation, type, [type, type]))
  }

  /// Plans `slct`.
  func selectBySign() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    let signType = try self.type(1)
    let operation = LaneOperation.selectBySign(
      isWide: type.bitWidth == 64, isFloat: signType == .f32)
    return try plan(operation, type, [type, type, signType], modifiers)
  }

  /// Plans `mov`.
  func move() throws(UnsupportedInstruction) -> LanePlan {
    let type = try type()
    if has("v2") || has("v4") { return try moveElements(type) }
    if case .vector(let elements)? = instruction.operands.first {
      let typed = try typedElements(elements, of: type)
      return LanePlan(
        operation: .unpack(try shape(elements.count, of: type)), modifiers: [],
        destinations: typed, sources: [try operand(1, type)])
    }
    if instruction.operands.count > 1, case .vector(let elements) = instruction.operands[1] {
      let typed = try typedElements(elements, of: type)
      return LanePlan(
        operation: .pack(try shape(elements.count, of: type)), modifiers: [],
        destinations: [try operand(0, type)], sources: typed)
    }
    return try plan(try moveOperation(type), type, count: 1)
  }

  /// Plans `mov.v2` or `mov.v4`.
  private func moveElements(_ type: ScalarType) throws(UnsupportedInstruction) -> LanePlan {
    guard instruction.operands.count == 2, case .vector(let destinations) = instruction.operands[0],
      case .vector(let sources) = instruction.operands[1], sources.count == destinations.count,
      sources.count <= 4
    else { throw unsupported("the operands.") }
    return LanePlan(
      operation: .moveElements(count: UInt8(sources.count), isWide: type.bitWidth == 64),
      modifiers: [],
      destinations: destinations.map { LanePlan.TypedOperand(operand: $0, type: type) },
      sources: sources.map { LanePlan.TypedOperand(operand: $0, type: type) })
  }

  /// Returns the operation that `mov` of one value of a type is.
  private func moveOperation(_ type: ScalarType) throws(UnsupportedInstruction) -> LaneOperation {
    switch type.bitWidth {
    case 1: .predicateLogic(.move)
    case 8, 16, 32: .move32
    case 64: .move64
    case 128: .move128
    default: throw unsupported("the type.")
    }
  }

  /// Returns the shape of the elements of a container of a type.
  private func shape(
    _ count: Int, of type: ScalarType
  ) throws(UnsupportedInstruction) -> VectorShape {
    switch (count, type.bitWidth) {
    case (2, 16): .twoBytes
    case (4, 32): .fourBytes
    case (2, 32): .twoHalves
    case (4, 64): .fourHalves
    case (2, 64): .twoWords
    case (4, 128): .fourWords
    case (2, 128): .twoDoubleWords
    default: throw unsupported("the number of elements.")
    }
  }

  /// Returns the elements of a container with their types.
  private func typedElements(
    _ elements: [Operand], of type: ScalarType
  ) throws(UnsupportedInstruction) -> [LanePlan.TypedOperand] {
    let elementType: ScalarType
    switch type.bitWidth / max(elements.count, 1) {
    case 8: elementType = .b8
    case 16: elementType = .b16
    case 32: elementType = .b32
    case 64: elementType = .b64
    default: throw unsupported("the number of elements.")
    }
    return elements.map { LanePlan.TypedOperand(operand: $0, type: elementType) }
  }
}
