// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The lanes of one member mask that execute an instruction together.
///
/// They are at one instruction, or at several of one kind with the same qualifiers; each lane then
/// uses the operands of its own.
struct Members {
  /// Lanes that are at one instruction.
  struct Part {
    /// The instruction.
    var instruction: UnsafeMutablePointer<DecodedInstruction>

    /// The lanes.
    var lanes: UInt32
  }

  /// The lanes at the first instruction.
  let first: Part

  /// The lanes at other instructions.
  private(set) var others: [Part] = []

  /// All lanes.
  private(set) var mask: UInt32

  /// Creates the members that are at one instruction.
  init(_ instruction: UnsafeMutablePointer<DecodedInstruction>, _ lanes: UInt32) {
    first = Part(instruction: instruction, lanes: lanes)
    mask = lanes
  }

  /// Adds lanes that are at another instruction.
  mutating func add(_ instruction: UnsafeMutablePointer<DecodedInstruction>, _ lanes: UInt32) {
    others.append(Part(instruction: instruction, lanes: lanes))
    mask |= lanes
  }

  /// Calls `body` for each instruction, with its lanes.
  @inline(__always)
  func forEachPart(_ body: (DecodedInstruction, _ lanes: UInt32) -> Void) {
    body(first.instruction.pointee, first.lanes)
    for part in others { body(part.instruction.pointee, part.lanes) }
  }

  /// Returns a 32-bit operand of all lanes, whose offset each instruction names.
  @inline(__always)
  func words(
    in memory: LaneMemory, _ offset: (LaneInstruction) -> LaneOffset
  ) -> SIMD32<UInt32> {
    let place = memory.address(offset(first.instruction.pointee.lane))
    var words = UnsafeRawPointer(place).loadUnaligned(as: SIMD32<UInt32>.self)
    for part in others {
      let lanes = memory.lanes(offset(part.instruction.pointee.lane), as: UInt32.self)
      for lane in 0..<32 where part.lanes >> UInt32(lane) & 1 == 1 { words[lane] = lanes[lane] }
    }
    return words
  }
}

// What the lanes of one member mask do together.
extension ClusterRunner {
  /// Writes a value of each lane to the first destination of its instruction.
  private func write(_ values: SIMD32<UInt32>, _ members: Members, _ warpIndex: Int) {
    let memory = warps[warpIndex].memory
    members.forEachPart { instruction, lanes in
      guard instruction.lane.destinations.0 >= 0 else { return }
      let destination = memory.lanes(instruction.lane.destinations.0, as: UInt32.self)
      forLanes(lanes) { destination[$0] = values[$0] }
    }
  }

  /// Writes one value to the first destination of each lane's instruction.
  private func broadcast(_ value: UInt32, _ members: Members, _ warpIndex: Int) {
    members.forEachPart { instruction, lanes in
      broadcast(value, to: instruction.lane.destinations.0, lanes, warpIndex)
    }
  }

  /// Writes a predicate to a destination of each lane's instruction.
  private func setPredicate(
    _ value: UInt32, _ members: Members, _ warpIndex: Int,
    _ offset: (LaneInstruction) -> LaneOffset
  ) {
    let memory = warps[warpIndex].memory
    members.forEachPart { instruction, lanes in
      guard offset(instruction.lane) >= 0 else { return }
      memory.setPredicate(offset(instruction.lane), value, mask: lanes)
    }
  }

  /// `shfl.sync`.
  func shuffle(_ members: Members, _ warpIndex: Int) {
    let memory = warps[warpIndex].memory
    let source = members.words(in: memory) { $0.sources.0 }
    let offsets = members.words(in: memory) { $0.sources.1 }
    let clamps = members.words(in: memory) { $0.sources.2 }
    var results = SIMD32<UInt32>(repeating: 0)
    var sources = SIMD32<UInt8>(repeating: 0)
    var isInRange: UInt32 = 0
    let mode = ShuffleMode(rawValue: members.first.instruction.pointee.variant) ?? .index
    forLanes(members.mask) { index in
      let offset = Int(offsets[index] & 0x1F)
      let clamp = Int(clamps[index] & 0x1F)
      let segment = Int(clamps[index] >> 8 & 0x1F)
      let highest = (index & segment) | (clamp & ~segment)
      let lowest = index & segment
      var from: Int
      var isValid: Bool
      switch mode {
      case .up:
        from = index - offset
        isValid = from >= highest
      case .down:
        from = index + offset
        isValid = from <= highest
      case .butterfly:
        from = index ^ offset
        isValid = from <= highest
      case .index:
        from = lowest | (offset & ~segment)
        isValid = from <= highest
      }
      if !isValid { from = index }
      if isValid { isInRange |= 1 << UInt32(index) }
      results[index] = source[from]
      sources[index] = UInt8(truncatingIfNeeded: from)
    }
    write(results, members, warpIndex)
    setPredicate(isInRange, members, warpIndex) { $0.destinations.1 }
    if warps[warpIndex].carriesUndefined {
      exchangeUndefined(members, warpIndex) { index, bits in bits(Int(sources[index])) }
    }
  }

  /// `vote.sync`.
  func vote(_ members: Members, _ warpIndex: Int) {
    let memory = warps[warpIndex].memory
    var votes: UInt32 = 0
    members.forEachPart { instruction, lanes in
      let predicate = memory.predicate(instruction.lane.sources.0)
      votes |= (instruction.negatesPredicate ? ~predicate : predicate) & lanes
    }
    let answer: Bool
    switch VoteMode(rawValue: members.first.instruction.pointee.variant) ?? .any {
    case .all: answer = votes == members.mask
    case .any: answer = votes != 0
    case .uniform: answer = votes == 0 || votes == members.mask
    case .ballot: return broadcast(votes, members, warpIndex)
    }
    setPredicate(answer ? .max : 0, members, warpIndex) { $0.destinations.0 }
  }

  /// `match.any.sync` and `match.all.sync`.
  func match(_ members: Members, _ warpIndex: Int) {
    let memory = warps[warpIndex].memory
    let instruction = members.first.instruction
    let low = members.words(in: memory) { $0.sources.0 }
    var values = SIMD32<UInt64>(truncatingIfNeeded: low)
    if instruction.pointee.containerWidth == 8 {
      members.forEachPart { instruction, lanes in
        let words = memory.lanes(instruction.lane.sources.0, as: UInt64.self)
        forLanes(lanes) { values[$0] = words[$0] }
      }
    }
    var equal = SIMD32<UInt32>(repeating: 0)
    forLanes(members.mask) { index in
      forLanes(members.mask) { other in
        if values[index] == values[other] { equal[index] |= 1 << UInt32(other) }
      }
    }
    guard instruction.pointee.kind == .matchAll else { return write(equal, members, warpIndex) }
    let isSame = equal[members.mask.trailingZeroBitCount] == members.mask
    broadcast(isSame ? members.mask : 0, members, warpIndex)
    setPredicate(isSame ? .max : 0, members, warpIndex) { $0.destinations.1 }
  }

  /// `redux.sync`.
  func reduceLanes(_ members: Members, _ warpIndex: Int) {
    let instruction = members.first.instruction
    let source = members.words(in: warps[warpIndex].memory) { $0.sources.0 }
    var result = source[members.mask.trailingZeroBitCount]
    let operation = AtomicOperation(rawValue: instruction.pointee.variant) ?? .add
    let isSigned = instruction.pointee.isSigned
    forLanes(members.mask & (members.mask &- 1)) { index in
      result = combine(operation, result, source[index], isSigned: isSigned)
    }
    broadcast(result, members, warpIndex)
  }

  /// `elect.sync`: the lowest lane of the mask.
  func elect(_ members: Members, _ warpIndex: Int) {
    let leader = UInt32(members.mask.trailingZeroBitCount)
    broadcast(leader, members, warpIndex)
    setPredicate(1 << leader, members, warpIndex) { $0.destinations.1 }
  }
}

/// Combines two values like an atomic or a reduction.
@inline(__always)
func combine<Value: FixedWidthInteger & UnsignedInteger>(
  _ operation: AtomicOperation, _ old: Value, _ new: Value, isSigned: Bool
) -> Value {
  /// Returns whether `old` is less than `new`, as signed or unsigned values.
  func isLess() -> Bool {
    let flip: Value = isSigned ? 1 << (Value.bitWidth - 1) : 0
    return old ^ flip < new ^ flip
  }
  switch operation {
  case .and: return old & new
  case .or: return old | new
  case .xor: return old ^ new
  case .exchange, .compareAndSwap: return new
  case .add: return old &+ new
  case .increment: return old >= new ? 0 : old &+ 1
  case .decrement: return old == 0 || old > new ? new : old &- 1
  case .minimum: return isLess() ? old : new
  case .maximum: return isLess() ? new : old
  }
}
