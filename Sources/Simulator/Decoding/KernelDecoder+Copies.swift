// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Atomics and TMA.
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
    let type = try memoryType(instruction)
    guard let format = Reduction.Format(type) else {
      throw UnsupportedInstruction(reason: "reductions of \(type.rawValue) are not simulated")
    }
    return format
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
    var flags: BulkFlags = []
    try setBarrier(operands[2], in: &result, &flags)
    if instruction.opcode == .reduceAsync {
      flags.insert(.reduces)
      let operation = UInt32(try atomicOperation(of: instruction).rawValue)
      result.lane.immediate = operation | UInt32(try format(of: instruction).rawValue) << 8
    }
    result.variant = flags.rawValue
    return result
  }

  // MARK: - TMA

  /// Stores the address of the destination, the second side of a copy, in an instruction.
  private mutating func setDestination(
    _ operand: Operand, in result: inout DecodedInstruction, _ flags: inout BulkFlags
  ) throws(UnsupportedInstruction) {
    var side = DecodedInstruction(.nothing)
    try setAddress(operand, in: &side)
    result.lane.sources.0 = side.address
    result.lane.immediate = UInt32(truncatingIfNeeded: side.addressOffset)
    if side.hasWideAddress { flags.insert(.hasWideDestination) }
  }

  /// Stores the address of a barrier in an instruction.
  private mutating func setBarrier(
    _ operand: Operand, in result: inout DecodedInstruction, _ flags: inout BulkFlags
  ) throws(UnsupportedInstruction) {
    var barrier = DecodedInstruction(.nothing)
    try setAddress(operand, in: &barrier)
    result.lane.sources.1 = barrier.address
    result.literal = barrier.addressOffset
    if barrier.hasWideAddress { flags.insert(.hasWideBarrier) }
  }

  /// Decodes `cp.async.bulk.tensor`, `cp.reduce.async.bulk.tensor` and
  /// `cp.async.bulk.prefetch.tensor`.
  mutating func decodeTensorCopy(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    let operands = instruction.operands
    if let mode = instruction.modifiers.first(where: \.isUnsupportedMode) {
      throw UnsupportedInstruction(reason: "copies by '.\(mode.rawValue)' are not simulated")
    }
    let isPrefetch = instruction.opcode == .bulkTensorPrefetch
    let isStore = instruction.has("bulk_group")
    var result = DecodedInstruction(
      isPrefetch ? .bulkTensorPrefetch : isStore ? .bulkTensorStore : .bulkTensorLoad)
    guard case .tensor(let map, let coordinates) = operands[isPrefetch || isStore ? 0 : 1] else {
      throw UnsupportedInstruction(reason: "a tensor copy needs a tensor map and coordinates")
    }
    // The map's address is in the fields of the instruction; the shared side is in the table.
    try setAddress(map, in: &result)
    result.count = UInt8(coordinates.count)
    var flags: BulkFlags = []
    if !isPrefetch {
      try setDestination(operands[isStore ? 1 : 0], in: &result, &flags)
    }
    if instruction.opcode == .bulkTensorReduce {
      result.width = try atomicOperation(of: instruction).rawValue + 1
      // An immediate copy is a change that other clusters can observe.
      result.isOrdered = true
    }
    if !isPrefetch, !isStore {
      try setBarrier(operands[2], in: &result, &flags)
      if instruction.has("multicast::cluster") {
        flags.insert(.isMulticast)
        result.lane.sources.2 = try resolve(operands[3], .b16)
      }
      if instruction.has("cta_group::2") { flags.insert(.isForPair) }
    }
    result.variant = flags.rawValue
    var places: [LaneOffset] = []
    for coordinate in coordinates { places.append(try resolve(coordinate, .b32)) }
    setExtras(places, in: &result)
    return result
  }

  /// Decodes `cp.async.bulk` and `cp.reduce.async.bulk`.
  mutating func decodeBulkCopy(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    let operands = instruction.operands
    let writesGlobal = instruction.has("bulk_group")
    var result = DecodedInstruction(.bulkCopy)
    var flags: BulkFlags = writesGlobal ? [.writesGlobal] : []
    if !writesGlobal, instruction.has("global") { flags.insert(.readsGlobal) }
    try setDestination(operands[0], in: &result, &flags)
    try setAddress(operands[1], in: &result)
    result.lane.sources.3 = try resolve(operands[2], .b32)
    if !writesGlobal {
      try setBarrier(operands[3], in: &result, &flags)
      if instruction.has("multicast::cluster") {
        flags.insert(.isMulticast)
        result.lane.sources.2 = try resolve(operands[4], .b16)
      }
    }
    if instruction.opcode == .bulkReduce {
      flags.insert(.reduces)
      result.width = try atomicOperation(of: instruction).rawValue
      result.count = try format(of: instruction).rawValue
      result.isOrdered = writesGlobal
    }
    result.variant = flags.rawValue
    return result
  }
}

extension Modifier {
  /// Whether this is a mode of tensor access that is not simulated.
  fileprivate var isUnsupportedMode: Bool {
    let modes = ["tile::gather4", "tile::scatter4"]
    return modes.contains(rawValue) || rawValue.hasPrefix("im2col")
  }
}
