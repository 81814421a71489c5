// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An instruction on an mbarrier, a barrier in shared memory.
public enum MbarrierInstruction: InstructionFamily {
  /// `mbarrier.init`.
  case initialize(barrier: Operand, count: Operand, space: SharedSpace?)

  /// `mbarrier.inval`: makes the memory of a barrier available for other uses.
  case invalidate(barrier: Operand, space: SharedSpace?)

  /// `mbarrier.arrive` and `mbarrier.arrive_drop`.
  case arrive(MbarrierArrive)

  /// `mbarrier.expect_tx` and `mbarrier.complete_tx`.
  case count(MbarrierTransaction)

  /// `mbarrier.test_wait` and `mbarrier.try_wait`.
  case wait(MbarrierWait)

  /// `mbarrier.pending_count`: the missing arrivals in a state that an arrival returned.
  case pendingCount(result: Operand, state: Operand)

  /// Arrivals and waits order accesses, unless they are relaxed.
  public var traits: InstructionTraits {
    switch self {
    case .arrive(let arrival): arrival.order == .relaxed ? [] : .ordersMemory
    case .wait(let wait): wait.order == .relaxed ? [] : .ordersMemory
    case .initialize, .invalidate, .count, .pendingCount: []
    }
  }

  /// The rules about the number of arrivals, and about states of other blocks' barriers.
  public var findings: [InstructionFinding] {
    var result: [InstructionFinding] = []
    switch self {
    case .initialize(_, let count, _):
      result.check(
        "the number of arrivals", count.literal, .range(1...0xFFFFF, multipleOf: 1))
    case .arrive(let arrival) where arrival.space == .cluster && arrival.state != .sink:
      result.append(
        .rule("returns no state from another block, so its result must be '_'"))
    case .arrive, .invalidate, .count, .wait, .pendingCount: break
    }
    return result
  }

  /// A barrier has 8 bytes.
  public var alignments: [AddressAlignment] {
    switch self {
    case .initialize(let barrier, _, _), .invalidate(let barrier, _):
      [AddressAlignment(barrier, 8)]
    case .arrive(let arrival): [AddressAlignment(arrival.barrier, 8)]
    case .count(let transaction): [AddressAlignment(transaction.barrier, 8)]
    case .wait(let wait): [AddressAlignment(wait.barrier, 8)]
    case .pendingCount: []
    }
  }
}

// MARK: - Forms

extension MbarrierInstruction {
  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "Parallel Synchronization and Communication Instructions: mbarrier".
  public static let forms: [Opcode: [InstructionForm]] = {
    let own: [ModifierSlot] = [.maybe(.ownShared), .type([.b64])]
    return [
      .mbarrierInitialize: [InstructionForm(own, [.memory, .word])],
      .mbarrierInvalidate: [InstructionForm(own, [.memory])],
      .mbarrierArrive: MbarrierArrive.forms,
      .mbarrierArriveDrop: MbarrierArrive.forms,
      .mbarrierExpectTransaction: MbarrierTransaction.forms,
      .mbarrierCompleteTransaction: MbarrierTransaction.forms,
      .mbarrierTestWait: [MbarrierWait.form([])],
      .mbarrierTryWait: [MbarrierWait.form([.word.optional], needs: .hopper)],
      .mbarrierPendingCount: [
        InstructionForm(
          [.type([.b64])], [OperandSlot(.value(.fixed(.b32)), .write), .doubleWord])
      ],
    ]
  }()

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    let operands = instruction.operands
    switch instruction.opcode {
    case .mbarrierInitialize:
      self = .initialize(barrier: operands[0], count: operands[1], space: instruction.word())
    case .mbarrierInvalidate: self = .invalidate(barrier: operands[0], space: instruction.word())
    case .mbarrierArrive, .mbarrierArriveDrop:
      self = .arrive(MbarrierArrive(reading: instruction))
    case .mbarrierExpectTransaction, .mbarrierCompleteTransaction:
      self = .count(MbarrierTransaction(reading: instruction))
    case .mbarrierTestWait, .mbarrierTryWait: self = .wait(MbarrierWait(reading: instruction))
    case .mbarrierPendingCount: self = .pendingCount(result: operands[0], state: operands[1])
    default: return nil
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    switch self {
    case .initialize(let barrier, let count, let space):
      Instruction(.mbarrierInitialize, [Modifier](nil, nil, space) + ["b64"], [barrier, count])
    case .invalidate(let barrier, let space):
      Instruction(.mbarrierInvalidate, [Modifier](nil, nil, space) + ["b64"], [barrier])
    case .arrive(let arrival): arrival.instruction
    case .count(let transaction): transaction.instruction
    case .wait(let wait): wait.instruction
    case .pendingCount(let result, let state):
      Instruction(.mbarrierPendingCount, ["b64"], [result, state])
    }
  }
}

// MARK: - Arrivals

/// `mbarrier.arrive` or `mbarrier.arrive_drop`.
public struct MbarrierArrive: Hashable, Sendable {
  /// Whether later phases expect fewer arrivals, too.
  public var drops = false

  /// Whether the count is one of bytes that the phase waits for besides.
  public var expectsTransaction = false

  /// Whether the arrival must not complete the phase.
  public var isNeverLast = false

  /// The order of the arrival, and the threads among which it holds; without them it releases to the
  /// block.
  public var order: MemoryOrder?, scope: MemoryScope?

  /// The memory of the barrier.
  public var space: SharedSpace?

  /// The destination of the phase's state.
  public var state: Operand

  /// The address of the barrier.
  public var barrier: Operand

  /// The number of arrivals, or of bytes.
  public var count: Operand?

  /// Creates an arrival whose state is discarded.
  public init(at barrier: Operand, in space: SharedSpace?) {
    self.barrier = barrier
    self.space = space
    state = .sink
  }

  /// The forms.
  fileprivate static let forms: [InstructionForm] = {
    let slots: [ModifierSlot] = [
      .maybe(["release", "relaxed"]), .maybe(.clusterScopes), .maybe(.anyShared), .type([.b64]),
    ]
    let state = OperandSlot(.value(.fixed(.b64)), .write)
    let needs: [Modifier: Availability] = [
      "shared::cluster": .hopper, "cluster": .hopper,
      "relaxed": Availability(PTXVersion(8, 6), architecture: 90),
    ]
    return [
      InstructionForm(slots, [state, .memory], wordNeeds: needs),
      InstructionForm(slots, [state, .memory, .word], needs: .hopper, wordNeeds: needs),
      InstructionForm(
        [.word("expect_tx")] + slots, [state, .memory, .word], needs: .hopper, wordNeeds: needs),
      InstructionForm(
        [
          .word("noComplete"), .maybe("release"), .maybe("cta"), .maybe(.ownShared),
          .type([.b64]),
        ], [state, .memory, .word]),
    ]
  }()

  /// Reads the parts of an instruction that has one of the forms.
  fileprivate init(reading instruction: Instruction) {
    let operands = instruction.operands
    drops = instruction.opcode == .mbarrierArriveDrop
    expectsTransaction = instruction.has("expect_tx")
    isNeverLast = instruction.has("noComplete")
    (order, scope) = (MemoryOrder(namedBy: instruction), MemoryScope(namedBy: instruction))
    space = instruction.word()
    (state, barrier) = (operands[0], operands[1])
    count = operands.count > 2 ? operands[2] : nil
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    let words: [Modifier] =
      (expectsTransaction ? ["expect_tx"] : []) + (isNeverLast ? ["noComplete"] : [])
    return Instruction(
      drops ? .mbarrierArriveDrop : .mbarrierArrive,
      words + [Modifier](order, scope, space) + ["b64"], [state, barrier] + count.operands)
  }
}

// MARK: - Transactions

/// `mbarrier.expect_tx` or `mbarrier.complete_tx`: adds to the bytes that a phase waits for, or takes
/// from them.
public struct MbarrierTransaction: Hashable, Sendable {
  /// Whether bytes are complete rather than expected.
  public var isComplete: Bool

  /// The order and the threads among which it holds.
  public var order: MemoryOrder?, scope: MemoryScope?

  /// The memory of the barrier.
  public var space: SharedSpace?

  /// The address of the barrier.
  public var barrier: Operand

  /// The number of bytes.
  public var byteCount: Operand

  /// Creates the expectation of bytes at a barrier of the block.
  public init(expecting byteCount: Operand, at barrier: Operand) {
    isComplete = false
    (order, scope, space) = (.relaxed, .block, .block)
    self.byteCount = byteCount
    self.barrier = barrier
  }

  /// The form.
  fileprivate static let forms = [
    InstructionForm(
      [
        .maybe("relaxed"), .maybe(.clusterScopes), .maybe(.anyShared), .type([.b64]),
      ], [.memory, .word], needs: .hopper)
  ]

  /// Reads the parts of an instruction that has the form.
  fileprivate init(reading instruction: Instruction) {
    isComplete = instruction.opcode == .mbarrierCompleteTransaction
    (order, scope) = (MemoryOrder(namedBy: instruction), MemoryScope(namedBy: instruction))
    space = instruction.word()
    (barrier, byteCount) = (instruction.operands[0], instruction.operands[1])
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    Instruction(
      isComplete ? .mbarrierCompleteTransaction : .mbarrierExpectTransaction,
      [Modifier](order, scope, space) + ["b64"], [barrier, byteCount])
  }
}

// MARK: - Waits

/// `mbarrier.test_wait` or `mbarrier.try_wait`: whether a phase is complete.
public struct MbarrierWait: Hashable, Sendable {
  /// Whether the thread may be suspended until the phase is complete.
  public var suspends: Bool

  /// Whether the phase is given by its parity rather than by a state.
  public var usesParity: Bool

  /// The order of the wait, and the threads among which it holds; without them it acquires from the
  /// block.
  public var order: MemoryOrder?, scope: MemoryScope?

  /// The memory of the barrier.
  public var space: SharedSpace?

  /// The destination: whether the phase is complete.
  public var result: Operand

  /// The address of the barrier.
  public var barrier: Operand

  /// The parity of the phase, or the state that an arrival returned.
  public var phase: Operand

  /// The time after which a suspended thread continues, in nanoseconds.
  public var timeLimit: Operand?

  /// Creates a wait for the phase with a parity, at a barrier of the block.
  public init(suspends: Bool, result: Operand, barrier: Operand, parity: Operand) {
    self.suspends = suspends
    self.result = result
    self.barrier = barrier
    phase = parity
    usesParity = true
    space = .block
  }

  /// Returns the form with further operands.
  fileprivate static func form(
    _ operands: [OperandSlot], needs: Availability = .always
  ) -> InstructionForm {
    InstructionForm(
      [
        .maybe("parity"), .maybe(["acquire", "relaxed"]), .maybe(.clusterScopes),
        .maybe(.ownShared), .type([.b64]),
      ], [.predicateOut, .memory, OperandSlot(.value(.any))] + operands, needs: needs,
      wordNeeds: [
        "acquire": .hopper, "cluster": .hopper,
        "relaxed": Availability(PTXVersion(8, 6), architecture: 90),
      ])
  }

  /// Reads the parts of an instruction that has one of the forms.
  fileprivate init(reading instruction: Instruction) {
    let operands = instruction.operands
    suspends = instruction.opcode == .mbarrierTryWait
    usesParity = instruction.has("parity")
    (order, scope) = (MemoryOrder(namedBy: instruction), MemoryScope(namedBy: instruction))
    space = instruction.word()
    (result, barrier, phase) = (operands[0], operands[1], operands[2])
    timeLimit = operands.count > 3 ? operands[3] : nil
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    Instruction(
      suspends ? .mbarrierTryWait : .mbarrierTestWait,
      (usesParity ? ["parity"] : []) + [Modifier](order, scope, space) + ["b64"],
      [result, barrier, phase] + timeLimit.operands)
  }
}
