// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// What the lanes of one member mask do together.
extension ClusterRunner {
  /// `shfl.sync`.
  func shuffle(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let source = memory.lanes(lane.sources.0, as: UInt32.self)
    let offsets = memory.lanes(lane.sources.1, as: UInt32.self)
    let clamps = memory.lanes(lane.sources.2, as: UInt32.self)
    var results = SIMD32<UInt32>(repeating: 0)
    var sources = SIMD32<UInt8>(repeating: 0)
    var isInRange: UInt32 = 0
    let mode = ShuffleMode(rawValue: instruction.pointee.variant) ?? .index
    forLanes(mask) { index in
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
    if lane.destinations.0 >= 0 {
      let destination = memory.lanes(lane.destinations.0, as: UInt32.self)
      forLanes(mask) { destination[$0] = results[$0] }
    }
    if lane.destinations.1 >= 0 { memory.setPredicate(lane.destinations.1, isInRange, mask: mask) }
    if warps[warpIndex].carriesUndefined {
      exchangeUndefined(instruction, mask, warpIndex) { index, bits in bits(Int(sources[index])) }
    }
  }

  /// `vote.sync`.
  func vote(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    var votes = memory.predicate(lane.sources.0)
    if instruction.pointee.literal == 1 { votes = ~votes }
    votes &= mask
    let answer: Bool
    switch VoteMode(rawValue: instruction.pointee.variant) ?? .any {
    case .all: answer = votes == mask
    case .any: answer = votes != 0
    case .uniform: answer = votes == 0 || votes == mask
    case .ballot:
      broadcast(votes, to: lane.destinations.0, mask, warpIndex)
      return
    }
    memory.setPredicate(lane.destinations.0, answer ? .max : 0, mask: mask)
  }

  /// `match.any.sync` and `match.all.sync`.
  func match(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let lane = instruction.pointee.lane
    let isWide = instruction.pointee.containerWidth == 8
    /// Returns the value of a lane.
    func value(_ index: Int) -> UInt64 {
      isWide
        ? memory.lanes(lane.sources.0, as: UInt64.self)[index]
        : UInt64(memory.lanes(lane.sources.0, as: UInt32.self)[index])
    }
    var equal = SIMD32<UInt32>(repeating: 0)
    forLanes(mask) { index in
      forLanes(mask) { other in
        if value(index) == value(other) { equal[index] |= 1 << UInt32(other) }
      }
    }
    if instruction.pointee.kind == .matchAny {
      guard lane.destinations.0 >= 0 else { return }
      let destination = memory.lanes(lane.destinations.0, as: UInt32.self)
      forLanes(mask) { destination[$0] = equal[$0] }
    } else {
      let isSame = equal[mask.trailingZeroBitCount] == mask
      broadcast(isSame ? mask : 0, to: lane.destinations.0, mask, warpIndex)
      if lane.destinations.1 >= 0 {
        memory.setPredicate(lane.destinations.1, isSame ? .max : 0, mask: mask)
      }
    }
  }

  /// `redux.sync`.
  func reduceLanes(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let source = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)
    var result = source[mask.trailingZeroBitCount]
    let operation = AtomicOperation(rawValue: instruction.pointee.variant) ?? .add
    let isSigned = instruction.pointee.isSigned
    forLanes(mask & (mask &- 1)) { index in
      result = combine(operation, result, source[index], isSigned: isSigned)
    }
    broadcast(result, to: instruction.pointee.lane.destinations.0, mask, warpIndex)
  }

  /// `elect.sync`: the lowest lane of the mask.
  func elect(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let leader = UInt32(mask.trailingZeroBitCount)
    let lane = instruction.pointee.lane
    broadcast(leader, to: lane.destinations.0, mask, warpIndex)
    if lane.destinations.1 >= 0 {
      warps[warpIndex].memory.setPredicate(lane.destinations.1, 1 << leader, mask: mask)
    }
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
