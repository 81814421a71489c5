// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Executes an instruction in the lanes of a mask.
///
/// The other lanes are not written. Destinations may overlap sources.
@inline(__always)
func execute(_ instruction: LaneInstruction, mask: UInt32, in memory: LaneMemory) {
  instruction.execute(mask: mask, in: memory)
}

extension LaneInstruction {
  /// Executes this instruction in the lanes of a mask.
  @inline(never)
  func execute(mask: UInt32, in memory: LaneMemory) {
    let operands = LaneOperands(self, mask: mask, in: memory)
    switch operation {
    case .nothing: break
    case .move32: operands.move32()
    case .move64: operands.move64()
    case .move128: operands.move128()
    case .moveElements(let count, let isWide):
      moveElements(Int(count), isWide: isWide, mask: mask, in: memory)
    case .pack(let shape): pack(shape, mask: mask, in: memory)
    case .unpack(let shape): unpack(shape, mask: mask, in: memory)
    case .select32: operands.select32(thirdPredicate(in: memory))
    case .select64: operands.select64(thirdPredicate(in: memory))
    case .selectBySign(let isWide, let isFloat):
      operands.selectBySign(isWide: isWide, isFloat: isFloat, modifiers)

    case .integerUnary(let operation, let type): operands.execute(operation, type)
    case .integerBinary(let operation, let type): operands.execute(operation, type)
    case .integerTernary(let operation, let type): operands.execute(operation, type)
    case .multiplyWide(let type): operands.multiplyWide(type)
    case .multiplyAddWide(let type): operands.multiplyAddWide(type)
    case .carrying(let operation, let type):
      operands.execute(operation, type, modifiers, carry: memory.lanes(carry))
    case .bitQuery(let query, let type): operands.execute(query, type)
    case .shift(let direction, let type): operands.shift(direction, type)
    case .bitFieldExtract(let type): operands.bitFieldExtract(type)
    case .bitFieldInsert(let type):
      operands.bitFieldInsert(type, length: memory.lanes(sources.3, as: UInt32.self))
    case .word(let operation): operands.execute(operation, modifiers, table: immediate)

    case .floatUnary(let operation, let type): operands.execute(operation, type, modifiers)
    case .floatBinary(let operation, let type): operands.execute(operation, type, modifiers)
    case .fusedMultiplyAdd(let type): operands.fusedMultiplyAdd(type, modifiers)
    case .mixedSum(let operation, let type): operands.mixedSum(operation, type, modifiers)
    case .mixedMultiplyAdd(let type): operands.mixedMultiplyAdd(type, modifiers)
    case .extremum3(let isMinimum): operands.extremum3(isMinimum: isMinimum, modifiers)
    case .floatPair(let operation): operands.executePairs(operation, modifiers)
    case .fusedMultiplyAddPair: operands.fusedMultiplyAddPairs(modifiers)
    case .half(let operation, let type): operands.execute(operation, type, modifiers)

    case .setPredicate(let comparison, let type):
      setPredicate(comparison, type, operands, in: memory)
    case .set(let comparison, let type, let truth):
      set(comparison, type, truth, operands, in: memory)
    case .testProperty(let property, let type):
      memory.setPredicate(
        destinations.0, operands.lanes(with: property, type), mask: mask)
    case .predicateLogic(let operation): execute(operation, mask: mask, in: memory)
    case .logic3Predicate: logic3Predicate(operands, in: memory)

    case .convert(let conversion): operands.convert(conversion, modifiers)
    case .convertCommon(let conversion): operands.convert(conversion)
    case .convertIntoPair(let kind): operands.convertIntoPair(of: kind, modifiers)
    case .convertPair(let source, let destination):
      operands.convertPair(of: source, to: destination, modifiers)
    case .convertStochastically(let kind, let count):
      convertStochastically(to: kind, count: count, mask: mask, in: memory)
    case .convertPack(let kind): operands.convertPack(kind)
    }
  }
}
