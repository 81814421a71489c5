// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// Decodes a kernel: assigns an offset to every operand, and converts every instruction.
struct KernelDecoder {
  /// The function that is decoded.
  let function: Function

  /// The addresses of the module's variables.
  let globalAddresses: [String: UInt64]

  /// The decoded instructions.
  private(set) var decoded: [DecodedInstruction] = []

  /// The instructions as the text has them; a wait that the text does not have has that which waits.
  private(set) var sources: [Instruction] = []

  /// The positions of waits that the text does not have.
  private(set) var impliedWaits: Set<Int> = []

  /// Lane offsets that do not fit in an instruction.
  private(set) var extras: [LaneOffset] = []

  /// The offsets of the special registers that the kernel reads.
  private(set) var specials: [SpecialRegister: LaneOffset] = [:]

  /// The offsets of registers with addresses in shared memory.
  private(set) var sharedAddresses: [(offset: LaneOffset, address: UInt32, isWide: Bool)] = []

  /// The offsets of variables in shared memory.
  private(set) var sharedVariables: [String: Int] = [:]
  /// The bytes of static shared memory, which starts at 0x400.
  private(set) var staticSharedByteCount = 0
  /// The offset of dynamic shared memory.
  private(set) var dynamicSharedOffset = SimulatedMachine.reservedSharedByteCount
  /// The offsets of local variables.
  private var localVariables: [String: Int] = [:]
  /// The bytes of local memory of a lane.
  private(set) var localByteCount = 0

  /// The offset of each parameter.
  private(set) var parameters: [(name: String, offset: Int, byteCount: Int)] = []
  /// The bytes of all parameters.
  private(set) var parameterByteCount = 0

  /// The offsets of registers.
  private var allocation: RegisterAllocation
  /// The maximum number of live 32-bit registers.
  var registersPerThread: Int { allocation.peakRegisterCount }
  /// The places of the registers.
  var registerOffsets: [LaneOffset] { allocation.offsets }
  /// The bytes of a warp's registers.
  var registerByteCount: Int { allocation.byteCount }

  /// The offsets of constants, by bits and width.
  private var constantOffsets: [ConstantKey: LaneOffset] = [:]
  /// The bytes of the constants so far; the first 128 are unused, because offset 0 is a register's.
  private var constantByteCount = 128
  /// The offset of the carry flags, if an instruction uses them.
  private var carryOffset: LaneOffset = -1

  /// The bits and the container of a constant.
  private struct ConstantKey: Hashable {
    var bits: UInt64
    var bitWidth: Int
  }

  /// Decodes a function.
  ///
  /// - Throws: `UnsupportedInstruction` for a feature that the simulator lacks.
  init(
    _ function: Function, moduleVariables: [MemoryVariable], globalAddresses: [String: UInt64]
  ) throws(UnsupportedInstruction) {
    self.function = function
    self.globalAddresses = globalAddresses
    let graph: ControlFlowGraph
    do {
      graph = try ControlFlowGraph(function)
    } catch {
      throw UnsupportedInstruction(
        reason: "a branch to the label '\(error.label)', which does not exist")
    }
    allocation = RegisterAllocation(
      function, graph: graph, pinned: KernelDecoder.pinnedRegisters(of: function))
    placeVariables(moduleVariables)
    placeParameters()
    let blocks = function.blocks ?? []
    let uses = TensorLoadUses(function, graph).indices
    var starts: [Int] = []
    var count = 0
    for (block, uses) in zip(blocks, uses) {
      starts.append(count)
      count += block.instructions.count + uses.count
    }
    var startOfLabel: [String: Int] = [:]
    for (index, block) in blocks.enumerated() {
      if let label = block.label { startOfLabel[label] = starts[index] }
    }
    for (index, block) in blocks.enumerated() {
      for (position, instruction) in block.instructions.enumerated() {
        if uses[index].contains(position) {
          impliedWaits.insert(decoded.count)
          sources.append(instruction)
          decoded.append(DecodedInstruction(.tensorWaitLoad))
        }
        sources.append(instruction)
        var result = try decode(instruction)
        if let condition = instruction.condition {
          result.guardOffset = allocation.offsets[condition.register.index]
          result.guardIsNegated = condition.isNegated
        }
        if let target = instruction.branchTarget {
          result.target = Int32(startOfLabel[target] ?? -1)
        }
        if let reconvergence = graph.immediatePostDominators[index] {
          result.reconvergence = Int32(starts[reconvergence])
        }
        decoded.append(result)
      }
    }
    for index in decoded.indices where decoded[index].kind == .branchIndexed {
      let name = sources[index].operands.last
      guard case .label(let label)? = name,
        let list = function.labelLists.first(where: { $0.label == label })
      else { continue }
      decoded[index].extra = Int32(extras.count)
      decoded[index].extraCount = Int32(list.targets.count)
      extras += list.targets.map { Int32(startOfLabel[$0] ?? -1) }
    }
    // Control that reaches the end leaves the kernel.
    decoded.append(DecodedInstruction(.exit))
    sources.append(Instruction(.exit))
  }

  /// Returns the registers that asynchronous operations access after they are issued.
  private static func pinnedRegisters(of function: Function) -> Set<RegisterID> {
    var pinned: Set<RegisterID> = []
    for block in function.blocks ?? [] {
      for instruction in block.instructions {
        guard instruction.opcode.family != .plain,
          let traits = TypedInstruction(instruction)?.member.traits,
          traits.contains(.isAsynchronousOnRegisters)
        else { continue }
        instruction.forEachRegister { register, _ in pinned.insert(register) }
      }
    }
    return pinned
  }

  /// Lays out static shared memory, dynamic shared memory after it, and local memory.
  private mutating func placeVariables(_ moduleVariables: [MemoryVariable]) {
    let all = moduleVariables + function.variables
    var offset = SimulatedMachine.reservedSharedByteCount
    for variable in all where variable.space == .shared && variable.linkage != .extern {
      offset = align(offset, to: variable.byteAlignment)
      sharedVariables[variable.name] = offset
      offset += variable.byteCount
    }
    staticSharedByteCount = offset - SimulatedMachine.reservedSharedByteCount
    var alignment = 16
    for variable in all where variable.space == .shared && variable.linkage == .extern {
      alignment = max(alignment, variable.byteAlignment)
    }
    dynamicSharedOffset = align(offset, to: alignment)
    for variable in all where variable.space == .shared && variable.linkage == .extern {
      sharedVariables[variable.name] = dynamicSharedOffset
    }
    for variable in all where variable.space == .local {
      localByteCount = align(localByteCount, to: variable.byteAlignment)
      localVariables[variable.name] = localByteCount
      localByteCount += variable.byteCount
    }
  }

  /// Lays out the parameters like the hardware's constant bank, aligned relative to the bank's
  /// address.
  private mutating func placeParameters() {
    var place = AddressMap.parameterBase
    for parameter in function.parameters {
      place = align(place, to: parameter.byteAlignment)
      parameters.append(
        (parameter.name, place - AddressMap.parameterBase, parameter.byteCount))
      place += parameter.byteCount
    }
    parameterByteCount = place - AddressMap.parameterBase
  }

  /// Rounds a value up to a multiple of an alignment.
  private func align(_ value: Int, to alignment: Int) -> Int {
    let step = max(1, alignment)
    return (value + step - 1) / step * step
  }

  /// Creates the memory of the constants, in which every lane of a constant has the same bits.
  func makeConstants() -> UnsafeMutableRawPointer {
    let memory = allocateZeroed(constantByteCount + 128)
    for (key, offset) in constantOffsets {
      let place = memory - Int(offset)
      switch key.bitWidth {
      case 1:
        place.storeBytes(of: key.bits == 0 ? 0 : UInt32.max, as: UInt32.self)
      case ...32:
        for lane in 0..<32 {
          place.storeBytes(
            of: UInt32(truncatingIfNeeded: key.bits), toByteOffset: lane * 4, as: UInt32.self)
        }
      default:
        for lane in 0..<32 {
          place.storeBytes(of: key.bits, toByteOffset: lane * 8, as: UInt64.self)
        }
      }
    }
    return memory
  }

  // MARK: - Operands

  /// Returns the offset of a constant in a container of the given width.
  mutating func constant(_ bits: UInt64, bitWidth: Int) -> LaneOffset {
    let container = bitWidth == 1 ? 1 : bitWidth <= 32 ? 32 : bitWidth
    let mask: UInt64 = bitWidth >= 64 ? .max : (1 << UInt64(bitWidth)) - 1
    let key = ConstantKey(bits: bits & mask, bitWidth: container)
    if let known = constantOffsets[key] { return known }
    let offset = LaneOffset(-constantByteCount)
    constantOffsets[key] = offset
    constantByteCount += container <= 32 ? 128 : container <= 64 ? 256 : 512
    return offset
  }

  /// Returns the offset of an operand's lanes.
  mutating func resolve(
    _ operand: Operand, _ type: ScalarType
  ) throws(UnsupportedInstruction) -> LaneOffset {
    switch operand {
    case .register(let register): return allocation.offsets[register.index]
    case .integer(let value):
      switch type {
      case .f32: return constant(UInt64(Float(value).bitPattern), bitWidth: 32)
      case .f64: return constant(Double(value).bitPattern, bitWidth: 64)
      default: return constant(UInt64(bitPattern: value), bitWidth: type.bitWidth)
      }
    case .float32(let bits):
      if type == .f64 {
        return constant(Double(Float(bitPattern: bits)).bitPattern, bitWidth: 64)
      }
      return constant(UInt64(bits), bitWidth: 32)
    case .float64(let bits):
      if type.bitWidth == 32 {
        let value = Float(Double(bitPattern: bits))
        return constant(UInt64(value.bitPattern), bitWidth: 32)
      }
      return constant(bits, bitWidth: 64)
    case .special(let special): return place(of: special)
    case .symbol(let name, let offset):
      return try addressOfSymbol(name, offset: offset, isWide: type.bitWidth > 32)
    case .sink: return -1
    case .negated, .memory, .vector, .pair, .tensor, .label, .list:
      throw UnsupportedInstruction(reason: "an operand of an unexpected kind")
    }
  }

  /// Returns the offset of a special register, which a warp initializes when it starts.
  private mutating func place(of special: SpecialRegister) -> LaneOffset {
    if let known = specials[special] { return known }
    let offset = allocation.take(special.type.bitWidth > 32 ? 256 : 128)
    specials[special] = offset
    return offset
  }

  /// Returns the offset of a constant with the address of a variable or parameter.
  private mutating func addressOfSymbol(
    _ name: String, offset: Int64, isWide: Bool
  ) throws(UnsupportedInstruction) -> LaneOffset {
    let width = isWide ? 64 : 32
    if let start = sharedVariables[name] {
      let address = UInt32(truncatingIfNeeded: Int64(start) + offset)
      if let known = sharedAddresses.first(where: { $0.address == address && $0.isWide == isWide })
      {
        return known.offset
      }
      let place = allocation.take(isWide ? 256 : 128)
      sharedAddresses.append((place, address, isWide))
      return place
    }
    if let address = globalAddresses[name] {
      return constant(address &+ UInt64(bitPattern: offset), bitWidth: width)
    }
    if let start = localVariables[name] {
      return constant(UInt64(bitPattern: Int64(start) + offset), bitWidth: width)
    }
    if let parameter = parameters.first(where: { $0.name == name }) {
      let address = Int64(AddressMap.parameterBase + parameter.offset) + offset
      return constant(UInt64(bitPattern: address), bitWidth: width)
    }
    throw UnsupportedInstruction(reason: "the address of '\(name)'")
  }

  /// Returns the number of bits of the container of a register or special register.
  func containerBitWidth(_ operand: Operand) -> Int {
    switch operand {
    case .register(let register): function.type(of: register).bitWidth
    case .special(let special): special.type.bitWidth
    default: 32
    }
  }

  /// Returns the bytes of the container of an operand's lanes: 1 for predicates, 4, 8 or 16.
  func containerWidth(_ operand: Operand) -> Int {
    guard case .register(let register) = operand else { return 4 }
    switch function.type(of: register).bitWidth {
    case 1: return 1
    case ...32: return 4
    case ...64: return 8
    default: return 16
    }
  }

  /// Returns the offset of a predicate, and whether the instruction negates it.
  mutating func resolvePredicate(
    _ operand: Operand
  ) throws(UnsupportedInstruction) -> (offset: LaneOffset, isNegated: Bool) {
    guard case .negated(let register) = operand else { return (try resolve(operand, .pred), false) }
    return (try resolve(.register(register), .pred), true)
  }

  /// Stores an address in an instruction.
  mutating func setAddress(
    _ operand: Operand, in result: inout DecodedInstruction
  ) throws(UnsupportedInstruction) {
    let place = try resolveAddress(operand)
    result.address = place.base
    result.addressOffset = place.offset
    result.hasWideAddress = place.isWide
  }

  /// Returns the offset of an address's base, the bytes added to it, and whether it has 64 bits.
  mutating func resolveAddress(
    _ operand: Operand
  ) throws(UnsupportedInstruction) -> (base: LaneOffset, offset: Int64, isWide: Bool) {
    switch operand {
    case .memory(let address), .tensor(let address, _): return try resolve(address)
    case .register, .negated, .special, .integer, .float32, .float64, .symbol, .vector, .pair,
      .label, .list, .sink:
      throw UnsupportedInstruction(reason: "an address of an unexpected kind")
    }
  }

  /// Returns the offset of an address's base, the bytes added to it, and whether it has 64 bits.
  mutating func resolve(
    _ address: Operand.Address
  ) throws(UnsupportedInstruction) -> (base: LaneOffset, offset: Int64, isWide: Bool) {
    switch address.base {
    case .register(let register):
      let isWide = function.type(of: register).bitWidth > 32
      return (allocation.offsets[register.index], address.offset, isWide)
    case .symbol(let name):
      // A shared variable's address has 32 bits, like those in registers.
      let isWide = sharedVariables[name] == nil
      return (try addressOfSymbol(name, offset: 0, isWide: isWide), address.offset, isWide)
    case .absolute: return (constant(0, bitWidth: 64), address.offset, true)
    }
  }

  /// Returns the offsets of the elements of a vector, or of a single operand.
  mutating func resolveElements(
    _ operand: Operand, _ type: ScalarType
  ) throws(UnsupportedInstruction) -> [LaneOffset] {
    guard case .vector(let elements) = operand else { return [try resolve(operand, type)] }
    var result: [LaneOffset] = []
    for element in elements { result.append(try resolve(element, type)) }
    return result
  }

  /// Appends lane offsets to the table, and stores their index in an instruction.
  mutating func setExtras(_ offsets: [LaneOffset], in result: inout DecodedInstruction) {
    result.extra = Int32(extras.count)
    result.extraCount = Int32(offsets.count)
    extras += offsets
  }

  /// Returns the offset of the carry flags.
  mutating func carry(of instruction: Instruction) -> LaneOffset {
    let usesCarry: Bool =
      switch instruction.opcode {
      case .addWithCarry, .subtractWithBorrow, .multiplyAddWithCarry: true
      default: instruction.has("cc")
      }
    guard usesCarry else { return -1 }
    if carryOffset < 0 { carryOffset = allocation.take(128) }
    return carryOffset
  }
}
