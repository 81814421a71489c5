// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

extension KernelDecoder {
  /// Decodes an instruction.
  ///
  /// - Throws: `UnsupportedInstruction` with the name of the instruction if the simulator lacks it.
  mutating func decode(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    do throws(UnsupportedInstruction) {
      guard let typed = TypedInstruction(instruction) else {
        throw UnsupportedInstruction(reason: "it has none of the forms of its opcode")
      }
      var result = try decode(typed)
      let traits = typed.member.traits
      if traits.contains(.isAligned) { result.isAligned = true }
      if traits.contains(.runsAlone) { result.isOrdered = true }
      return result
    } catch {
      let place = instruction.place.map { " at \($0)" } ?? ""
      throw UnsupportedInstruction(
        reason: "the simulator does not support '\(instruction.mnemonic)'\(place): \(error.reason)")
    }
  }

  /// Decodes an instruction of a family.
  private mutating func decode(
    _ instruction: TypedInstruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch instruction {
    case .warpgroup(let member): try decode(member)
    case .tensor(let member): try decode(member)
    case .bulk(let member): try decode(member)
    case .mbarrier(let member): try decode(member)
    case .barrier(let member): try decode(member)
    case .matrix(let member): try decode(member)
    case .fence: DecodedInstruction(.fence)
    case .plain(let member): try decodePlain(member.instruction)
    }
  }

  /// Decodes an instruction without a family of its own.
  private mutating func decodePlain(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    let operands = instruction.operands
    switch instruction.opcode {
    case .add, .sub, .mul, .mad, .div, .rem, .abs, .neg, .min, .max, .fma, .mul24, .mad24, .sad,
      .addWithCarry, .subtractWithBorrow, .multiplyAddWithCarry, .populationCount,
      .countLeadingZeros, .findLeadingBit, .bitReverse, .bitFieldExtract, .bitFieldInsert,
      .bitMask, .signOrZeroExtend, .dotProduct4, .dotProduct2, .reciprocal, .squareRoot,
      .reciprocalSquareRoot, .sine, .cosine, .log2, .exp2, .hyperbolicTangent, .copySign,
      .testProperty, .set, .setPredicate, .select, .selectBySign, .and, .or, .xor, .not,
      .logicalNot, .logic3, .shiftLeft, .shiftRight, .funnelShift, .permuteBytes, .convert,
      .convertPack:
      return try decodeLane(instruction)
    case .move:
      if case .special(let special)? = operands.last, special.changesWhileRunning {
        return try decodeClock(instruction, special)
      }
      return try decodeLane(instruction)
    case .createPolicyFractional, .createPolicyRange, .createPolicyConvert:
      // A cache policy is a hint, whose value never changes a result.
      return try decodeLane(
        Instruction(.move, ["b64"], [operands[0], .integer(0x10F0_0000_0000_0000)]))

    case .load, .loadUniform: return try decodeLoad(instruction)
    case .store: return try decodeStore(instruction)
    case .atomic: return try decodeAtomic(instruction, returnsOld: true)
    case .reduction: return try decodeAtomic(instruction, returnsOld: false)
    case .storeAsync, .reduceAsync: return try decodeAsyncStore(instruction)
    case .discard, .applyPriority:
      var result = DecodedInstruction(instruction.opcode == .discard ? .discard : .applyPriority)
      result.space = space(of: instruction)
      try setAddress(operands[0], in: &result)
      return result
    case .prefetch, .prefetchUniform, .nanosleep, .performanceEvent, .breakpoint:
      return DecodedInstruction(.nothing)
    case .gridDependency:
      // Launches run one after the other, so a grid never waits for an earlier one.
      var result = DecodedInstruction(.gridDependency)
      result.variant = instruction.has("wait") ? 1 : 0
      return result
    case .clusterTryCancel, .clusterQueryCancel: return try decodeLaunchControl(instruction)
    case .setMaximumRegisters: return try decodeRegisterAdjustment(instruction)
    case .convertAddress: return try decodeConvertAddress(instruction)
    case .isInSpace: return try decodeIsInSpace(instruction)
    case .mapToBlock:
      var result = DecodedInstruction(.mapToBlock)
      let type: ScalarType = instruction.has("u64") ? .u64 : .u32
      result.containerWidth = instruction.has("u64") ? 8 : 4
      result.lane.destinations.0 = try resolve(operands[0], type)
      result.lane.sources.0 = try resolve(operands[1], type)
      result.lane.sources.1 = try resolve(operands[2], .u32)
      return result
    case .blockRankOf:
      var result = DecodedInstruction(.blockRankOf)
      let type: ScalarType = instruction.has("u64") ? .u64 : .u32
      result.containerWidth = instruction.has("u64") ? 8 : 4
      result.lane.destinations.0 = try resolve(operands[0], .u32)
      result.lane.sources.0 = try resolve(operands[1], type)
      return result

    case .branch: return DecodedInstruction(.branch)
    case .branchIndexed:
      var result = DecodedInstruction(.branchIndexed)
      result.lane.sources.0 = try resolve(operands[0], .u32)
      return result
    case .return, .exit: return DecodedInstruction(.exit)
    case .trap: return DecodedInstruction(.trap)

    case .shuffle, .vote, .matchAny, .matchAll, .activeMask, .reduceLanes, .elect, .warpBarrier:
      return try decodeWarpOperation(instruction)

    case .call:
      throw UnsupportedInstruction(reason: "function calls are not simulated")
    default:
      throw UnsupportedInstruction(reason: "the instruction is not simulated")
    }
  }

  /// Decodes an instruction on registers that each lane executes independently.
  private mutating func decodeLane(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    let carryOffset = carry(of: instruction)
    var decoder = self
    let lane = try LaneInstruction(
      instruction, carry: carryOffset,
      resolve: { (operand, type) throws(UnsupportedInstruction) in
        try decoder.resolve(operand, type)
      },
      containerWidth: { self.containerBitWidth($0) })
    self = decoder
    guard let lane else { throw UnsupportedInstruction(reason: "the operation is not simulated") }
    var result = DecodedInstruction(.lane)
    result.lane = lane
    return result
  }

  /// Decodes a read of a register that changes while the kernel runs.
  private mutating func decodeClock(
    _ instruction: Instruction, _ special: SpecialRegister
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.readClock)
    result.containerWidth = special.type.bitWidth > 32 ? 8 : 4
    result.variant = special == .clockHigh || special == .globalTimerHigh ? 1 : 0
    result.lane.destinations.0 = try resolve(instruction.operands[0], special.type)
    return result
  }

  /// Returns the value of an operand that must be a literal.
  func literal(_ operand: Operand) throws(UnsupportedInstruction) -> Int64 {
    guard case .integer(let value) = operand else {
      throw UnsupportedInstruction(reason: "an operand must be a literal")
    }
    return value
  }

  // MARK: - Memory

  /// Returns the memory that the modifiers of an instruction name.
  func space(of instruction: Instruction) -> StateSpace {
    for word in instruction.modifiers {
      switch word.rawValue {
      case "global", "const": return .global
      case "shared", "shared::cta": return .shared
      case "shared::cluster": return .sharedCluster
      case "local": return .local
      case "param", "param::entry", "param::func": return .parameter
      default: continue
      }
    }
    return .generic
  }

  /// Returns whether other clusters can observe an access immediately, so that its order matters.
  func isOrdered(_ instruction: Instruction, _ space: StateSpace) -> Bool {
    (space == .global || space == .generic) && instruction.memoryOrder != .weak
  }

  /// Returns the element type of a memory access, which is the last type in the mnemonic.
  func memoryType(_ instruction: Instruction) throws(UnsupportedInstruction) -> ScalarType {
    guard let type = instruction.types.last else {
      throw UnsupportedInstruction(reason: "a memory access needs a type")
    }
    return type
  }

  /// Decodes `ld`.
  private mutating func decodeLoad(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.load)
    let type = try memoryType(instruction)
    result.space = space(of: instruction)
    result.isOrdered = isOrdered(instruction, result.space)
    result.width = UInt8(type.byteCount)
    result.isSigned = type.isSigned
    let elements = try resolveElements(instruction.operands[0], type)
    result.count = UInt8(elements.count)
    result.containerWidth = elementWidth(instruction.operands[0], type)
    setExtras(elements, in: &result)
    try setAddress(instruction.operands[1], in: &result)
    return result
  }

  /// Decodes `st`.
  private mutating func decodeStore(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.store)
    let type = try memoryType(instruction)
    result.space = space(of: instruction)
    result.isOrdered = isOrdered(instruction, result.space)
    result.width = UInt8(type.byteCount)
    let elements = try resolveElements(instruction.operands[1], type)
    result.count = UInt8(elements.count)
    result.containerWidth = elementWidth(instruction.operands[1], type)
    setExtras(elements, in: &result)
    try setAddress(instruction.operands[0], in: &result)
    return result
  }

  /// Returns the container of a loaded or stored element.
  func elementWidth(_ operand: Operand, _ type: ScalarType) -> UInt8 {
    var sample = operand
    if case .vector(let elements) = operand, let first = elements.first { sample = first }
    guard case .register = sample else { return UInt8(max(4, type.byteCount)) }
    return UInt8(max(4, containerWidth(sample)))
  }

  /// Decodes `cvta`.
  private mutating func decodeConvertAddress(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.convertAddress)
    let type = try memoryType(instruction)
    result.space = space(of: instruction)
    result.variant = instruction.has("to") ? 1 : 0
    result.containerWidth = UInt8(type.byteCount)
    result.lane.destinations.0 = try resolve(instruction.operands[0], type)
    result.lane.sources.0 = try resolve(instruction.operands[1], type)
    return result
  }

  /// Decodes `isspacep`.
  private mutating func decodeIsInSpace(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.isInSpace)
    result.space = space(of: instruction)
    result.lane.destinations.0 = try resolve(instruction.operands[0], .pred)
    result.lane.sources.0 = try resolve(instruction.operands[1], .u64)
    return result
  }

  // MARK: - Warps and blocks

  /// Returns the two destinations of `d|p`, or -1 for a missing one.
  private mutating func resolvePair(
    _ operand: Operand, _ type: ScalarType
  ) throws(UnsupportedInstruction) -> (LaneOffset, LaneOffset) {
    guard case .pair(let first, let second) = operand else {
      return (try resolve(operand, type), -1)
    }
    return (try resolve(first, type), try resolve(second, .pred))
  }

  /// Decodes an operation of the lanes of a warp together.
  private mutating func decodeWarpOperation(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    let operands = instruction.operands
    switch instruction.opcode {
    case .shuffle:
      var result = DecodedInstruction(.shuffle)
      let modes: [(Modifier, ShuffleMode)] = [
        ("up", .up), ("down", .down), ("bfly", .butterfly), ("idx", .index),
      ]
      result.variant = (modes.first { instruction.has($0.0) }?.1 ?? .index).rawValue
      (result.lane.destinations.0, result.lane.destinations.1) = try resolvePair(operands[0], .b32)
      result.lane.sources.0 = try resolve(operands[1], .b32)
      result.lane.sources.1 = try resolve(operands[2], .b32)
      result.lane.sources.2 = try resolve(operands[3], .b32)
      result.lane.sources.3 = try resolve(operands[4], .b32)
      return result
    case .vote:
      var result = DecodedInstruction(.vote)
      let modes: [(Modifier, VoteMode)] = [
        ("all", .all), ("any", .any), ("uni", .uniform), ("ballot", .ballot),
      ]
      result.variant = (modes.first { instruction.has($0.0) }?.1 ?? .any).rawValue
      let isBallot = instruction.has("ballot")
      result.lane.destinations.0 = try resolve(operands[0], isBallot ? .b32 : .pred)
      let predicate = try resolvePredicate(operands[1])
      result.lane.sources.0 = predicate.offset
      result.negatesPredicate = predicate.isNegated
      result.lane.sources.3 = try resolve(operands[2], .b32)
      return result
    case .matchAny, .matchAll:
      var result = DecodedInstruction(instruction.opcode == .matchAny ? .matchAny : .matchAll)
      let type: ScalarType = instruction.has("b64") ? .b64 : .b32
      result.containerWidth = UInt8(type.byteCount)
      (result.lane.destinations.0, result.lane.destinations.1) = try resolvePair(operands[0], .b32)
      result.lane.sources.0 = try resolve(operands[1], type)
      result.lane.sources.3 = try resolve(operands[2], .b32)
      return result
    case .activeMask:
      var result = DecodedInstruction(.activeMask)
      result.lane.destinations.0 = try resolve(operands[0], .b32)
      return result
    case .reduceLanes:
      guard !instruction.has("f32") else {
        throw UnsupportedInstruction(reason: "the reduction of floats is not simulated")
      }
      var result = DecodedInstruction(.reduceLanes)
      let operations: [(Modifier, AtomicOperation)] = [
        ("add", .add), ("min", .minimum), ("max", .maximum), ("and", .and), ("or", .or),
        ("xor", .xor),
      ]
      result.variant = (operations.first { instruction.has($0.0) }?.1 ?? .add).rawValue
      result.isSigned = instruction.has("s32")
      result.lane.destinations.0 = try resolve(operands[0], .b32)
      result.lane.sources.0 = try resolve(operands[1], .b32)
      result.lane.sources.3 = try resolve(operands[2], .b32)
      return result
    case .elect:
      var result = DecodedInstruction(.elect)
      (result.lane.destinations.0, result.lane.destinations.1) = try resolvePair(operands[0], .b32)
      result.lane.sources.3 = try resolve(operands[1], .b32)
      return result
    default:
      var result = DecodedInstruction(.warpBarrier)
      result.lane.sources.3 = try resolve(operands[0], .b32)
      return result
    }
  }

  /// Decodes launch-control requests, and queries of their responses.
  private mutating func decodeLaunchControl(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    let operands = instruction.operands
    guard instruction.opcode == .clusterQueryCancel else {
      var result = DecodedInstruction(.requestCluster)
      result.isOrdered = true
      try setAddress(operands[0], in: &result)
      var barrier = DecodedInstruction(.nothing)
      try setAddress(operands[1], in: &barrier)
      result.lane.sources.1 = barrier.address
      result.literal = barrier.addressOffset
      result.variant = barrier.hasWideAddress ? 2 : 0
      if instruction.has("multicast::cluster::all") { result.variant |= 4 }
      return result
    }
    var result = DecodedInstruction(.queryResponse)
    result.lane.sources.0 = try resolve(operands[1], .b128)
    let queries: [(Modifier, LaunchQuery)] = [
      ("is_canceled", .isCanceled), ("get_first_ctaid::x", .firstX),
      ("get_first_ctaid::y", .firstY),
      ("get_first_ctaid::z", .firstZ), ("get_first_ctaid", .firstBlock),
    ]
    let query = queries.first { instruction.has($0.0) }?.1 ?? .isCanceled
    result.variant = query.rawValue
    switch query {
    case .firstBlock: setExtras(try resolveElements(operands[0], .b32), in: &result)
    case .isCanceled: result.lane.destinations.0 = try resolve(operands[0], .pred)
    case .firstX, .firstY, .firstZ: result.lane.destinations.0 = try resolve(operands[0], .b32)
    }
    return result
  }

  /// Decodes `setmaxnreg`, which has no effect if `ptxas` would drop it.
  private func decodeRegisterAdjustment(
    _ instruction: Instruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    guard function.launchRegisterCount != nil else { return DecodedInstruction(.nothing) }
    var result = DecodedInstruction(.adjustRegisters)
    result.variant = instruction.has("inc") ? 1 : 0
    result.literal = try literal(instruction.operands[0])
    guard result.literal % 8 == 0, (24...256).contains(result.literal) else {
      throw UnsupportedInstruction(
        reason: "the register count must be a multiple of 8 from 24 to 256, not \(result.literal)")
    }
    return result
  }

  // MARK: - Matrices

  /// Decodes `ldmatrix`, `stmatrix` and `movmatrix`.
  private mutating func decode(
    _ instruction: MatrixMove
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch instruction {
    case .load(let transfer): return try decode(transfer, .loadMatrix)
    case .store(let transfer): return try decode(transfer, .storeMatrix)
    case .transpose(let destination, let source):
      var result = DecodedInstruction(.moveMatrix)
      result.lane.destinations.0 = try resolve(destination, .b32)
      result.lane.sources.0 = try resolve(source, .b32)
      return result
    }
  }

  /// Decodes `ldmatrix` or `stmatrix`.
  private mutating func decode(
    _ transfer: MatrixTransfer, _ kind: DecodedInstruction.Kind
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    guard transfer.shape == .m8n8, transfer.element == .b16 else {
      throw UnsupportedInstruction(reason: "only 8x8 matrices of 16-bit elements are simulated")
    }
    var result = DecodedInstruction(kind)
    result.isTransposed = transfer.isTransposed
    result.space = transfer.space.stateSpace
    setExtras(try resolveElements(transfer.registers, .b32), in: &result)
    try setAddress(transfer.address, in: &result)
    return result
  }
}

extension DecodedInstruction {
  /// Whether rows and columns are exchanged, if this is an `ldmatrix` or `stmatrix`.
  var isTransposed: Bool {
    get { variant == 1 }
    set { variant = newValue ? 1 : 0 }
  }
}

extension SpecialRegister {
  /// Whether the register's value changes while a kernel runs.
  var changesWhileRunning: Bool {
    switch self {
    case .clock, .clockHigh, .clock64, .globalTimer, .globalTimerLow, .globalTimerHigh: true
    default: false
    }
  }
}
