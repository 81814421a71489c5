// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// Barriers of blocks and clusters, and mbarriers.
extension KernelDecoder {
  /// Decodes `bar`, `barrier` and `barrier.cluster`.
  mutating func decode(
    _ instruction: BarrierInstruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch instruction {
    case .block(let barrier): try decode(barrier)
    case .clusterArrive: DecodedInstruction(.clusterArrive)
    case .clusterWait: DecodedInstruction(.clusterWait)
    }
  }

  /// Decodes `bar` and `barrier`.
  private mutating func decode(
    _ barrier: BlockBarrierOperation
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.blockBarrier)
    result.blockBarrierMode = BlockBarrierMode(barrier)
    if let destination = barrier.result {
      result.lane.destinations.0 = try resolve(
        destination, barrier.reduction == .count ? .b32 : .pred)
    }
    if let predicate = barrier.predicate {
      let place = try resolvePredicate(predicate)
      result.lane.sources.2 = place.offset
      result.negatesPredicate = place.isNegated
    }
    result.lane.sources.0 = try resolve(barrier.barrier, .b32)
    result.count = 0
    if let count = barrier.threadCount {
      result.lane.sources.1 = try resolve(count, .b32)
      result.count = 1
    }
    return result
  }

  /// Decodes the operations on barriers in shared memory.
  mutating func decode(
    _ instruction: MbarrierInstruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch instruction {
    case .initialize(let barrier, let count, let space):
      var result = try decode(.mbarrierInitialize, at: barrier, in: space)
      result.lane.sources.0 = try resolve(count, .b32)
      return result
    case .invalidate(let barrier, let space):
      return try decode(.mbarrierInvalidate, at: barrier, in: space)
    case .arrive(let arrival):
      var result = try decode(.mbarrierArrive, at: arrival.barrier, in: arrival.space)
      result.arrival = MBarrierArrival(arrival)
      result.lane.destinations.0 = try resolve(arrival.state, .b64)
      result.lane.sources.0 = try resolve(arrival.count ?? .integer(1), .b32)
      return result
    case .count(let transaction):
      var result = try decode(.mbarrierTransaction, at: transaction.barrier, in: transaction.space)
      result.completesTransaction = transaction.isComplete
      result.lane.sources.0 = try resolve(transaction.byteCount, .b32)
      return result
    case .wait(let wait):
      var result = try decode(
        wait.suspends ? .mbarrierTryWait : .mbarrierTestWait, at: wait.barrier, in: wait.space)
      result.usesParity = wait.usesParity
      result.lane.destinations.0 = try resolve(wait.result, .pred)
      result.lane.sources.0 = try resolve(wait.phase, wait.usesParity ? .b32 : .b64)
      return result
    case .pendingCount(let count, let state):
      var result = DecodedInstruction(.mbarrierPendingCount)
      result.lane.destinations.0 = try resolve(count, .b32)
      result.lane.sources.0 = try resolve(state, .b64)
      return result
    }
  }

  /// Decodes an operation on a barrier in shared memory.
  private mutating func decode(
    _ kind: DecodedInstruction.Kind, at barrier: Operand, in space: SharedSpace?
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(kind)
    result.space = space.stateSpace
    try setAddress(barrier, in: &result)
    return result
  }
}

extension BlockBarrierMode {
  /// Takes the action and the reduction of an instruction.
  fileprivate init(_ barrier: BlockBarrierOperation) {
    self =
      switch (barrier.action, barrier.reduction) {
      case (.sync, _): .sync
      case (.arrive, _): .arrive
      case (.reduce, .count?): .reduceCount
      case (.reduce, .and?): .reduceAnd
      case (.reduce, .or?), (.reduce, nil): .reduceOr
      }
  }
}

extension MBarrierArrival {
  /// Takes the options of an instruction.
  fileprivate init(_ arrival: MbarrierArrive) {
    self = []
    if arrival.drops { insert(.drop) }
    if arrival.expectsTransaction { insert(.expectTransaction) }
    if arrival.isNeverLast { insert(.noComplete) }
  }
}

extension DecodedInstruction {
  /// The operation, if this is a barrier of a block.
  var blockBarrierMode: BlockBarrierMode {
    get { BlockBarrierMode(rawValue: variant) ?? .sync }
    set { variant = newValue.rawValue }
  }

  /// Whether the predicate of a vote or of a barrier is negated.
  var negatesPredicate: Bool {
    get { literal == 1 }
    set { literal = newValue ? 1 : 0 }
  }

  /// The options, if this is an arrival at an mbarrier.
  var arrival: MBarrierArrival {
    get { MBarrierArrival(rawValue: variant) }
    set { variant = newValue.rawValue }
  }

  /// Whether bytes are complete rather than expected, if this counts bytes of an mbarrier.
  var completesTransaction: Bool {
    get { variant == 1 }
    set { variant = newValue ? 1 : 0 }
  }

  /// Whether a phase is given by its parity, if this waits for an mbarrier.
  var usesParity: Bool {
    get { variant == 1 }
    set { variant = newValue ? 1 : 0 }
  }
}
