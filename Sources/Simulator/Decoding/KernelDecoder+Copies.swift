// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Atomics, and stores that a barrier counts.
extension KernelDecoder {
  // MARK: - Atomics

  /// Returns the operation that the modifiers of an instruction name.
  private func atomicOperation(
    of instruction: Instruction
  ) throws(UnsupportedInstruction) -> AtomicOperation {
    let operations: [(Modifier, AtomicOperation)] = [
      ("and", .and), ("or", .or), ("xor", .xor), ("cas", .compareAndSwap), ("exch", .exchange),
      ("add", .add), ("inc", .increment), ("dec", .decrement), ("min", .minimum),
      ("max", .maximum),
    ]
    guard let operation = operations.first(where: { instruction.has($0.0) })?.1 else {
      throw UnsupportedInstruction(reason: "it has no operation")
    }
    return operation
  }

  /// Returns the format of the reduction for an instruction's type.
  private func format(
    of instruction: Instruction
  ) throws(UnsupportedInstruction) -> Reduction.Format {
    try reductionFormat(of: try memoryType(instruction))
  }

  /// Decodes `atom` and `red`.
  ///
  /// The table has the offsets of the old values, then of the operand, then of a new value to swap
  /// in.
  mutating func decodeAtomic(
    _ instruction: Instruction, returnsOld: Bool
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.atomic)
    let type = try memoryType(instruction)
    let operation = try atomicOperation(of: instruction)
    result.variant = operation.rawValue
    result.space = space(of: instruction)
    result.isOrdered = isOrdered(instruction, result.space)
    result.width = UInt8(type.byteCount)
    let movesBits = operation == .exchange || operation == .compareAndSwap
    result.literal = movesBits ? -1 : Int64(try format(of: instruction).rawValue)
    var operands = instruction.operands[...]
    let old = returnsOld ? operands.popFirst() : nil
    guard let address = operands.popFirst(), let value = operands.popFirst() else {
      throw UnsupportedInstruction(reason: "an atomic needs an address and a value")
    }
    try setAddress(address, in: &result)
    let values = try resolveElements(value, type)
    result.count = UInt8(values.count)
    result.containerWidth = elementWidth(value, type)
    var places: [LaneOffset]
    switch old {
    case .sink?, nil: places = values.map { _ in -1 }
    case let old?: places = try resolveElements(old, type)
    }
    guard places.count == values.count else {
      throw UnsupportedInstruction(reason: "the numbers of its results and operands differ")
    }
    places += values
    if operation == .compareAndSwap {
      guard let new = operands.popFirst() else {
        throw UnsupportedInstruction(reason: "'cas' takes two values")
      }
      places.append(try resolve(new, type))
    }
    setExtras(places, in: &result)
    return result
  }

  /// Decodes `st.async` and `red.async`.
  mutating func decodeAsyncStore(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.asyncStore)
    let type = try memoryType(instruction)
    let operands = instruction.operands
    result.space = space(of: instruction)
    result.width = UInt8(type.byteCount)
    try setAddress(operands[0], in: &result)
    let values = try resolveElements(operands[1], type)
    result.count = UInt8(values.count)
    setExtras(values, in: &result)
    try setBarrier(operands[2], in: &result)
    if instruction.opcode == .reduceAsync {
      result.bulkFlags.insert(.reduces)
      let operation = UInt32(try atomicOperation(of: instruction).rawValue)
      result.lane.immediate = operation | UInt32(try format(of: instruction).rawValue) << 8
    }
    return result
  }
}
