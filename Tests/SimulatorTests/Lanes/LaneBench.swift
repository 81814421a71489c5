// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

@testable import Simulator

/// The registers of a warp for tests of single per-lane instructions.
///
/// Every register has 512 bytes, which is enough for any container.
final class LaneBench {
  /// An operand of an instruction under test.
  indirect enum Value {
    /// A register: its index, and the number of bits of its container.
    case register(Int, width: Int)
    /// An immediate integer.
    case integer(Int64)
    /// A vector of operands.
    case vector([Value])
    /// Two destinations.
    case pair(Value, Value)
    /// The negation of a predicate register.
    case negated(Int)
    /// A discarded destination.
    case sink
  }

  /// The size of a register in bytes.
  static let stride = 512

  /// The register of the carry flags.
  static let carry = 63

  /// The registers.
  let registers = UnsafeMutableRawPointer.allocate(byteCount: 64 * stride, alignment: 64)

  /// The constants.
  let constants = UnsafeMutableRawPointer.allocate(byteCount: 64 * stride, alignment: 64)

  /// The number of constants used so far.
  private var constantCount = 0

  /// The numbers of bits of the containers of the registers used so far.
  private var widths: [Int: Int] = [:]

  /// Creates registers that hold zero.
  init() {
    registers.initializeMemory(as: UInt8.self, repeating: 0, count: 64 * Self.stride)
    constants.initializeMemory(as: UInt8.self, repeating: 0, count: 64 * Self.stride)
  }

  deinit {
    registers.deallocate()
    constants.deallocate()
  }

  /// The memory for per-lane instructions.
  var memory: LaneMemory { LaneMemory(registers: registers, constants: constants) }

  /// Returns a lane of a register with a container of the given width.
  func read(_ register: Int, width: Int, lane: Int) -> UInt64 {
    let base = registers + register * Self.stride
    if width == 1 { return UInt64(base.load(as: UInt32.self) >> UInt32(lane) & 1) }
    if width <= 32 { return UInt64(base.assumingMemoryBound(to: UInt32.self)[lane]) }
    return base.assumingMemoryBound(to: UInt64.self)[lane]
  }

  /// Returns the high half of a lane of a register with a container of 128 bits.
  func readHigh(_ register: Int, lane: Int) -> UInt64 {
    (registers + register * Self.stride).assumingMemoryBound(to: UInt64.self)[32 + lane]
  }

  /// Writes a lane of a register with a container of the given width.
  func write(_ register: Int, width: Int, lane: Int, _ value: UInt64) {
    let base = registers + register * Self.stride
    if width == 1 {
      let word = base.assumingMemoryBound(to: UInt32.self)
      word.pointee &= ~(1 << UInt32(lane))
      word.pointee |= UInt32(value & 1) << UInt32(lane)
    } else if width <= 32 {
      base.assumingMemoryBound(to: UInt32.self)[lane] = UInt32(truncatingIfNeeded: value)
    } else {
      base.assumingMemoryBound(to: UInt64.self)[lane] = value
    }
  }

  /// Writes the high half of a lane of a register with a container of 128 bits.
  func writeHigh(_ register: Int, lane: Int, _ value: UInt64) {
    (registers + register * Self.stride).assumingMemoryBound(to: UInt64.self)[32 + lane] = value
  }

  /// Decodes an instruction; the carry flags are also a register.
  func decode(
    _ mnemonic: String, _ operands: [Value], offsets: [Int: LaneOffset] = [:]
  ) throws(UnsupportedInstruction) -> LaneInstruction? {
    let instruction = Instruction(mnemonic: mnemonic, operands.map(operand))
    return try LaneInstruction(
      instruction, carry: LaneOffset(Self.carry * Self.stride),
      resolve: { (operand: Operand, type: ScalarType) throws(UnsupportedInstruction) in
        self.resolve(operand, type, offsets)
      }, containerWidth: { self.width(of: $0) })
  }

  /// Decodes and executes an instruction.
  func run(
    _ mnemonic: String, _ operands: [Value], mask: UInt32 = .max, offsets: [Int: LaneOffset] = [:]
  ) throws(UnsupportedInstruction) {
    guard let instruction = try decode(mnemonic, operands, offsets: offsets) else {
      throw UnsupportedInstruction(reason: "\(mnemonic) is not of lanes.")
    }
    execute(instruction, mask: mask, in: memory)
  }

  /// Returns an operand in the form of instructions.
  private func operand(_ value: Value) -> Operand {
    switch value {
    case .register(let index, let width):
      widths[index] = width
      return .register(RegisterID(index))
    case .integer(let literal): return .integer(literal)
    case .vector(let elements): return .vector(elements.map(operand))
    case .pair(let first, let second): return .pair(operand(first), operand(second))
    case .negated(let index): return .negated(RegisterID(index))
    case .sink: return .sink
    }
  }

  /// Returns the number of bits of a register's container.
  private func width(of operand: Operand) -> Int {
    guard case .register(let register) = operand else { return 0 }
    return widths[register.index] ?? 0
  }

  /// Returns the offset of an operand.
  private func resolve(
    _ operand: Operand, _ type: ScalarType, _ offsets: [Int: LaneOffset]
  ) -> LaneOffset {
    switch operand {
    case .register(let register):
      return offsets[register.index] ?? LaneOffset(register.index * Self.stride)
    case .integer(let literal): return constant(UInt64(bitPattern: literal), type)
    case .sink: return -1
    default: preconditionFailure("An operand that the bench does not have.")
    }
  }

  /// Returns the offset of a new constant.
  private func constant(_ value: UInt64, _ type: ScalarType) -> LaneOffset {
    constantCount += 1
    let offset = constantCount % 63 * Self.stride + 8
    let base = constants + offset
    if type == .pred {
      base.storeBytes(of: value == 0 ? 0 : .max, as: UInt32.self)
    } else if type.bitWidth <= 32 {
      let bits = UInt32(truncatingIfNeeded: value) & UInt32.max >> UInt32(32 - type.bitWidth)
      for lane in 0..<32 { base.assumingMemoryBound(to: UInt32.self)[lane] = bits }
    } else {
      for lane in 0..<32 { base.assumingMemoryBound(to: UInt64.self)[lane] = value }
    }
    return LaneOffset(-offset)
  }
}

extension Instruction {
  /// Creates an instruction from its opcode and modifiers in text form.
  init(mnemonic: String, _ operands: [Operand]) {
    let opcode = Opcode.allCases
      .filter { mnemonic == $0.spelling || mnemonic.hasPrefix($0.spelling + ".") }
      .max { $0.spelling.count < $1.spelling.count }
    guard let opcode else { preconditionFailure("\(mnemonic) is no instruction.") }
    let words = mnemonic.dropFirst(opcode.spelling.count).split(separator: ".")
    self.init(opcode, words.map { Modifier(rawValue: String($0)) }, operands)
  }
}
