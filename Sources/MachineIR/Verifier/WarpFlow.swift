// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The registers of the first lane of a warp whose values are the same on every path.
private struct LaneValues: Equatable {
  /// The values, by register.
  private var values: [RegisterID: UInt64] = [:]

  /// The value of a register, if it is known.
  subscript(register: RegisterID) -> UInt64? {
    get { values[register] }
    set { values[register] = newValue }
  }

  /// Keeps the values that another state also has, and returns whether any was removed.
  mutating func meet(_ other: LaneValues) -> Bool {
    let kept = values.filter { other.values[$0.key] == $0.value }
    guard kept.count < values.count else { return false }
    values = kept
    return true
  }
}

/// Follows the first lane of one warp through a kernel, as far as its position in the block
/// determines the branches.
///
/// Both ways of any other branch are followed. So the warp never reaches what is not reached here,
/// and may reach the rest.
struct WarpFlow {
  /// The function.
  private let function: Function

  /// Its blocks.
  private let blocks: [Block]

  /// The control flow between the blocks.
  private let graph: ControlFlowGraph

  /// The index in the block of the thread that is followed.
  private let thread: Int

  /// The extents of a block.
  private let extents: (x: Int, y: Int, z: Int)

  /// The positions of the stop instructions that the warp may reach first.
  private(set) var firstStops: Set<Position> = []

  /// Whether the warp may end without reaching one.
  private(set) var mayEndWithout = false

  /// The position of an instruction.
  struct Position: Hashable {
    /// The block.
    var block: Int
    /// The index of the instruction in the block.
    var index: Int
  }

  /// Follows a warp until it reaches an instruction for which `isStop` returns true.
  init(
    _ function: Function, _ graph: ControlFlowGraph, warp: Int, extents: (x: Int, y: Int, z: Int),
    isStop: (Instruction) -> Bool
  ) {
    self.function = function
    self.graph = graph
    self.extents = extents
    blocks = function.blocks ?? []
    thread = warp * 32
    var states: [LaneValues?] = Array(repeating: nil, count: blocks.count)
    guard !blocks.isEmpty else { return }
    states[0] = LaneValues()
    var waiting = [0]
    while let block = waiting.popLast() {
      guard var state = states[block],
        let targets = follow(block, &state, isStop)
      else { continue }
      for target in targets {
        if var known = states[target] {
          guard known.meet(state) else { continue }
          states[target] = known
        } else {
          states[target] = state
        }
        waiting.append(target)
      }
    }
  }

  /// Runs a block, and returns its possible successors, or `nil` if the lane reaches a stop.
  private mutating func follow(
    _ block: Int, _ state: inout LaneValues, _ isStop: (Instruction) -> Bool
  ) -> [Int]? {
    for (index, instruction) in blocks[block].instructions.enumerated() {
      var runs: Bool? = true
      if let condition = instruction.condition {
        runs = state[condition.register].map { ($0 != 0) != condition.isNegated }
      }
      if runs == false { continue }
      if isStop(instruction) {
        firstStops.insert(Position(block: block, index: index))
        if runs == true { return nil }
        continue
      }
      switch instruction.opcode {
      case .branch:
        guard let target = place(of: instruction.branchTarget) else {
          return graph.successors[block]
        }
        if runs == true { return [target] }
      case .branchIndexed: if runs == true { return graph.successors[block] }
      case .return, .exit:
        mayEndWithout = true
        if runs == true { return [] }
      case .trap: if runs == true { return [] }
      default: run(instruction, isCertain: runs == true, &state)
      }
    }
    // The branch was not taken, or may not have been taken: only the first case excludes its
    // target.
    guard let last = blocks[block].instructions.last, last.opcode == .branch,
      let condition = last.condition, state[condition.register] != nil
    else {
      if block + 1 >= blocks.count, graph.successors[block].isEmpty { mayEndWithout = true }
      return graph.successors[block]
    }
    return block + 1 < blocks.count ? [block + 1] : []
  }

  /// Returns the block with a label.
  private func place(of label: String?) -> Int? {
    blocks.firstIndex { $0.label == label && label != nil }
  }

  // MARK: - Values

  /// Records the registers that an instruction writes.
  private func run(_ instruction: Instruction, isCertain: Bool, _ state: inout LaneValues) {
    let result = isCertain ? value(of: instruction, state) : nil
    instruction.forEachRegister { register, use in
      if use != .read { state[register] = nil }
    }
    guard let result, case .register(let target)? = instruction.operands.first else { return }
    state[target] = result
  }

  /// Returns the value that an instruction with one destination writes, if it is known.
  private func value(of instruction: Instruction, _ state: LaneValues) -> UInt64? {
    guard case .register? = instruction.operands.first else { return nil }
    let operands = instruction.operands.dropFirst().map { value(of: $0, state) }
    guard let first = operands.first, let first else { return nil }
    // `shfl.sync.idx` from lane 0 returns the value of lane 0.
    if instruction.opcode == .shuffle {
      return instruction.has("idx") && operands.count > 1 && operands[1] == 0 ? first : nil
    }
    guard let type = instruction.types.last, !type.isFloat, type.bitWidth <= 64 else { return nil }
    switch instruction.opcode {
    case .move: return operands.count == 1 ? type.truncated(first) : nil
    case .not: return type == .pred ? first ^ 1 : type.truncated(~first)
    default: break
    }
    guard operands.count == 2, let second = operands[1] else { return nil }
    return type.combined(instruction, type.truncated(first), type.truncated(second))
  }

  /// Returns the value of an operand, if it is known.
  private func value(of operand: Operand, _ state: LaneValues) -> UInt64? {
    switch operand {
    case .register(let register): return state[register]
    case .integer(let value): return UInt64(bitPattern: value)
    case .special(let special):
      switch special {
      case .threadIndexX: return UInt64(thread % extents.x)
      case .threadIndexY: return UInt64(thread / extents.x % extents.y)
      case .threadIndexZ: return UInt64(thread / (extents.x * extents.y))
      case .blockDimensionX: return UInt64(extents.x)
      case .blockDimensionY: return UInt64(extents.y)
      case .blockDimensionZ: return UInt64(extents.z)
      case .laneIndex: return 0
      default: return nil
      }
    default: return nil
    }
  }
}

extension ScalarType {
  /// Truncates a value to the bits of this type.
  fileprivate func truncated(_ value: UInt64) -> UInt64 {
    bitWidth >= 64 ? value : value & ((1 << UInt64(bitWidth)) - 1)
  }

  /// Returns the number that bits of this integer type represent.
  private func signed(_ value: UInt64) -> Int64 {
    let shift = Int64(64 - bitWidth)
    return (Int64(bitPattern: value) << shift) >> shift
  }

  /// Returns the result of an integer instruction with two sources, if it is supported here.
  fileprivate func combined(
    _ instruction: Instruction, _ first: UInt64, _ second: UInt64
  ) -> UInt64? {
    switch instruction.opcode {
    case .add: return truncated(first &+ second)
    case .sub: return truncated(first &- second)
    case .mul: return instruction.has("lo") ? truncated(first &* second) : nil
    case .and: return first & second
    case .or: return first | second
    case .xor: return first ^ second
    case .shiftLeft: return second < UInt64(bitWidth) ? truncated(first << second) : 0
    case .shiftRight:
      guard kind != .signed else { return nil }
      return second < UInt64(bitWidth) ? first >> second : 0
    case .div: return kind == .unsigned && second != 0 ? first / second : nil
    case .rem: return kind == .unsigned && second != 0 ? first % second : nil
    case .setPredicate: return compared(instruction, first, second).map { $0 ? 1 : 0 }
    default: return nil
    }
  }

  /// Returns the result of a comparison, if it has no third operand.
  private func compared(_ instruction: Instruction, _ first: UInt64, _ second: UInt64) -> Bool? {
    guard let word = instruction.modifiers.first?.rawValue else { return nil }
    let isLess = kind == .signed ? signed(first) < signed(second) : first < second
    switch word {
    case "eq": return first == second
    case "ne": return first != second
    case "lt", "lo": return isLess
    case "le", "ls": return isLess || first == second
    case "gt", "hi": return !isLess && first != second
    case "ge", "hs": return !isLess
    default: return nil
    }
  }
}
