import MachineIR

/// A kernel as the simulator runs it.
///
/// It is made once for a text and never changed, so that all host threads read it freely.
final class DecodedKernel {
  /// The function that was decoded.
  let function: Function

  /// The instructions of all blocks, one behind the other.
  let instructions: UnsafeMutablePointer<DecodedInstruction>

  /// The number of instructions.
  let instructionCount: Int

  /// The instructions as the text has them, for reports.
  let sources: [Instruction]

  /// The mnemonic of each instruction without types, for counters; nil where nothing is counted.
  let mnemonics: [String?]

  /// Lane offsets, and targets of indexed branches, that do not fit into an instruction; a pointer,
  /// since the inner loops must not count references.
  let extraOffsets: UnsafeMutablePointer<LaneOffset>

  /// Where the lanes of each register lie.
  let registerOffsets: [LaneOffset]

  /// The bytes that the registers of a warp take.
  let registerByteCount: Int

  /// The 32-bit registers of a lane, as the placement of blocks counts them.
  let registersPerThread: Int

  /// The registers that each thread starts with, in whole units, where `setmaxnreg` moves them; else nil.
  let movableRegistersPerThread: Int?

  /// Whether Tensor Memory is used by pairs of blocks.
  let usesPairs: Bool

  /// The constants, from byte 128 on.
  let constants: UnsafeMutableRawPointer

  /// Where special registers that the kernel reads lie among the registers.
  let specials: [(register: SpecialRegister, offset: LaneOffset)]

  /// Where addresses in the block's own shared memory lie, and what they are without the rank.
  let sharedAddresses: [(offset: LaneOffset, address: UInt32, isWide: Bool)]

  /// The shared memory of static variables in bytes, as offsets in a block run from 0x400.
  let staticSharedByteCount: Int

  /// Where dynamic shared memory starts, as an offset in a block.
  let dynamicSharedOffset: Int

  /// Where each variable in shared memory starts.
  let sharedVariables: [String: Int]

  /// The bytes of local memory of a lane.
  let localByteCount: Int

  /// Where each parameter starts behind `AddressMap.parameterBase`, and its bytes.
  let parameters: [(name: String, offset: Int, byteCount: Int)]

  /// The bytes of all parameters.
  let parameterByteCount: Int

  /// Takes what the decoder made.
  init(_ decoder: KernelDecoder) {
    function = decoder.function
    instructionCount = decoder.decoded.count
    instructions = .allocate(capacity: max(1, decoder.decoded.count))
    instructions.initialize(from: decoder.decoded, count: decoder.decoded.count)
    sources = decoder.sources
    mnemonics = decoder.sources.enumerated().map { position, source in
      decoder.impliedWaits.contains(position) ? nil : DecodedKernel.counterName(source)
    }
    extraOffsets = .allocate(capacity: max(1, decoder.extras.count))
    extraOffsets.initialize(from: decoder.extras, count: decoder.extras.count)
    registerOffsets = decoder.registerOffsets
    registerByteCount = decoder.registerByteCount
    registersPerThread = decoder.registersPerThread
    usesPairs = decoder.decoded.contains { $0.isForPair }
    movableRegistersPerThread =
      decoder.decoded.contains { $0.kind == .adjustRegisters }
      ? decoder.function.launchRegisterCount.map(RegisterUnit.roundedUp) : nil
    constants = decoder.makeConstants()
    specials = decoder.specials.map { ($0.key, $0.value) }
    sharedAddresses = decoder.sharedAddresses
    staticSharedByteCount = decoder.staticSharedByteCount
    dynamicSharedOffset = decoder.dynamicSharedOffset
    sharedVariables = decoder.sharedVariables
    localByteCount = decoder.localByteCount
    parameters = decoder.parameters
    parameterByteCount = decoder.parameterByteCount
  }

  deinit {
    instructions.deinitialize(count: instructionCount)
    instructions.deallocate()
    extraOffsets.deallocate()
    freeMemory(constants)
  }

  /// Returns what counters call an instruction: its mnemonic up to the types and shapes that do
  /// not change what it is.
  private static func counterName(_ instruction: Instruction) -> String {
    switch instruction.opcode {
    case .load, .store, .atomic, .reduction:
      let words = instruction.modifiers.filter { word in
        ["global", "shared", "shared::cta", "shared::cluster", "local", "param", "const"]
          .contains(word.rawValue)
      }
      return words.reduce(instruction.opcode.spelling) { name, word in
        name + "." + (word == "shared::cta" ? "shared" : word.rawValue)
      }
    case .bulkTensorCopy:
      return instruction.has("bulk_group")
        ? "cp.async.bulk.tensor.store" : "cp.async.bulk.tensor.load"
    default:
      return instruction.opcode.spelling
    }
  }

  /// Names a place in the block's shared memory: a barrier or tile of the map with its stage, or a
  /// variable with an offset.
  func nameOfShared(_ offset: Int) -> String {
    if let barrier = barrier(at: offset) { return barrier }
    for tile in function.map.tiles {
      guard let start = sharedVariables[tile.symbol] else { continue }
      let relative = offset - start - tile.offset
      guard relative >= 0, relative < tile.byteCount * tile.stageCount else { continue }
      return
        "tile '\(tile.name)' stage \(relative / tile.byteCount), byte \(relative % tile.byteCount)"
    }
    for field in function.map.fields {
      guard let start = sharedVariables[field.symbol] else { continue }
      let relative = offset - start - field.offset
      guard relative >= 0, relative < field.byteCount else { continue }
      return "field '\(field.name)', byte \(relative)"
    }
    let below = sharedVariables.filter { $0.value <= offset }.max { $0.value < $1.value }
    guard let below else { return "no variable" }
    return "\(below.key)+\(offset - below.value)"
  }

  /// Names the barrier at an offset in shared memory, if the map has one there.
  func barrier(at offset: Int) -> String? {
    for barrier in function.map.barriers {
      guard let start = sharedVariables[barrier.symbol] else { continue }
      let relative = offset - start - barrier.offset
      guard relative >= 0, relative < 8 * barrier.stageCount, relative % 8 == 0 else { continue }
      return "barrier '\(barrier.name)' stage \(relative / 8)"
    }
    return nil
  }
}
