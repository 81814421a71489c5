// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A kernel in the simulator's form.
///
/// It is created once for a text and never changed, so all host threads may read it.
final class DecodedKernel {
  /// The function that was decoded.
  let function: Function

  /// The instructions of all blocks, one after the other.
  let instructions: UnsafeMutablePointer<DecodedInstruction>

  /// The number of instructions.
  let instructionCount: Int

  /// The instructions of the text, for reports.
  let sources: [Instruction]

  /// The mnemonic of each instruction without types, for counters; nil where nothing is counted.
  let mnemonics: [String?]

  /// Offsets of lanes, and targets of indexed branches, that do not fit in an instruction.
  ///
  /// A pointer avoids reference counting in the inner loops.
  let extraOffsets: UnsafeMutablePointer<LaneOffset>

  /// The offset of the lanes of each register.
  let registerOffsets: [LaneOffset]

  /// The bytes of the registers of a warp.
  let registerByteCount: Int

  /// The number of 32-bit registers of a lane, for the placement of blocks.
  let registersPerThread: Int

  /// The number of registers with which each thread starts, in whole units, if the kernel uses
  /// `setmaxnreg`; otherwise `nil`.
  let movableRegistersPerThread: Int?

  /// Whether CTA pairs use Tensor Memory.
  let usesPairs: Bool

  /// The constants, from byte 128 on.
  let constants: UnsafeMutableRawPointer

  /// The offsets of the special registers that the kernel reads.
  let specials: [(register: SpecialRegister, offset: LaneOffset)]

  /// The offsets of registers with addresses in the block's own shared memory, and their values
  /// without the rank.
  let sharedAddresses: [(offset: LaneOffset, address: UInt32, isWide: Bool)]

  /// The bytes of static variables in shared memory, which start at offset 0x400 of a block.
  let staticSharedByteCount: Int

  /// The offset of dynamic shared memory in a block.
  let dynamicSharedOffset: Int

  /// The offset of each variable in shared memory.
  let sharedVariables: [String: Int]

  /// The bytes of local memory of a lane.
  let localByteCount: Int

  /// The offset of each parameter from `AddressMap.parameterBase`, and its size in bytes.
  let parameters: [(name: String, offset: Int, byteCount: Int)]

  /// The bytes of all parameters.
  let parameterByteCount: Int

  /// Takes the results of the decoder.
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

  /// Returns the name of an instruction in counters: its mnemonic without the types and shapes that
  /// do not characterize it.
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
      if case .tensorLoad? = BulkInstruction(instruction) { return "cp.async.bulk.tensor.load" }
      return "cp.async.bulk.tensor.store"
    default:
      return instruction.opcode.spelling
    }
  }

  /// Returns the name of an address in the block's shared memory: a barrier or tile of the map with
  /// its stage, or a variable with an offset.
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

  /// Returns the name of the barrier at an offset in shared memory, if the map has one there.
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
