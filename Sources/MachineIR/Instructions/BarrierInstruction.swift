// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An instruction on a barrier of a block or of a cluster.
public enum BarrierInstruction: InstructionFamily {
  /// `bar` and `barrier`.
  case block(BlockBarrierOperation)

  /// `barrier.cluster.arrive`.
  case clusterArrive(MemoryOrder?, isAligned: Bool)

  /// `barrier.cluster.wait`.
  case clusterWait(MemoryOrder?, isAligned: Bool)

  /// Barriers order accesses; a relaxed arrival does not.
  public var traits: InstructionTraits {
    switch self {
    case .block(let barrier): barrier.isAligned ? [.isAligned, .ordersMemory] : .ordersMemory
    case .clusterArrive(let order, let isAligned):
      (order == .relaxed ? [] : InstructionTraits.ordersMemory)
        .union(isAligned ? .isAligned : [])
    case .clusterWait(_, let isAligned): isAligned ? [.isAligned, .ordersMemory] : .ordersMemory
    }
  }

  /// The rules about numbers of barriers and threads.
  public var findings: [InstructionFinding] {
    switch self {
    case .block(let barrier): barrier.findings
    case .clusterArrive, .clusterWait: []
    }
  }

  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "bar{.cta}, barrier{.cta}" and "barrier.cluster".
  public static let forms: [Opcode: [InstructionForm]] = {
    var forms: [Opcode: [InstructionForm]] = [
      .clusterArrive: [
        InstructionForm(
          [.maybe(["release", "relaxed"]), .maybe("aligned")], [], needs: .hopper)
      ],
      .clusterWait: [
        InstructionForm([.maybe("acquire"), .maybe("aligned")], [], needs: .hopper)
      ],
    ]
    for spelling in BlockBarrierOperation.Spelling.allCases {
      for action in BlockBarrierOperation.Action.allCases {
        forms[spelling.opcode(action)] = BlockBarrierOperation.forms(spelling, action)
      }
    }
    return forms
  }()

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    let isAligned = instruction.has("aligned")
    switch instruction.opcode {
    case .clusterArrive:
      self = .clusterArrive(MemoryOrder(namedBy: instruction), isAligned: isAligned)
    case .clusterWait:
      self = .clusterWait(MemoryOrder(namedBy: instruction), isAligned: isAligned)
    default:
      guard let barrier = BlockBarrierOperation(reading: instruction) else { return nil }
      self = .block(barrier)
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    switch self {
    case .block(let barrier): barrier.instruction
    case .clusterArrive(let order, let isAligned):
      Instruction(
        .clusterArrive, [Modifier](order, nil, nil) + (isAligned ? ["aligned"] : []))
    case .clusterWait(let order, let isAligned):
      Instruction(.clusterWait, [Modifier](order, nil, nil) + (isAligned ? ["aligned"] : []))
    }
  }
}

/// `bar` or `barrier`: an instruction on one of the sixteen barriers of a block.
public struct BlockBarrierOperation: Hashable, Sendable {
  /// The spellings of the instructions.
  public enum Spelling: CaseIterable, Hashable, Sendable {
    /// `bar`.
    case bar

    /// `bar.cta`.
    case barOfBlock

    /// `barrier`.
    case barrier

    /// `barrier.cta`.
    case barrierOfBlock
  }

  /// What a thread does at the barrier.
  public enum Action: CaseIterable, Hashable, Sendable {
    case sync, arrive, reduce
  }

  /// The result for the predicates of all threads.
  public enum Reduction: String, CaseIterable, Hashable, Sendable {
    case count = "popc"
    case and, or
  }

  /// The spelling.
  public var spelling: Spelling

  /// What the thread does.
  public var action: Action

  /// Whether `.aligned` is named, which `bar` implies.
  public var namesAligned = false

  /// The reduction, its destination, and the predicate of the thread.
  public var reduction: Reduction?, result: Operand?, predicate: Operand?

  /// The number of the barrier.
  public var barrier: Operand

  /// The number of threads that take part; all threads of the block if there is none.
  public var threadCount: Operand?

  /// Creates a `bar` without a reduction.
  public init(_ action: Action, barrier: Operand, threadCount: Operand? = nil) {
    spelling = .bar
    self.action = action
    self.barrier = barrier
    self.threadCount = threadCount
  }

  /// Whether all lanes of a warp execute the instruction together.
  public var isAligned: Bool {
    switch spelling {
    case .bar, .barOfBlock: true
    case .barrier, .barrierOfBlock: namesAligned
    }
  }
}

// MARK: - Forms

extension BlockBarrierOperation.Spelling {
  /// Returns the opcode for an action.
  fileprivate func opcode(_ action: BlockBarrierOperation.Action) -> Opcode {
    switch (self, action) {
    case (.bar, .sync): .barrierSync
    case (.bar, .arrive): .barrierArrive
    case (.bar, .reduce): .barrierReduce
    case (.barOfBlock, .sync): .barrierCTASync
    case (.barOfBlock, .arrive): .barrierCTAArrive
    case (.barOfBlock, .reduce): .barrierCTAReduce
    case (.barrier, .sync): .unalignedBarrierSync
    case (.barrier, .arrive): .unalignedBarrierArrive
    case (.barrier, .reduce): .unalignedBarrierReduce
    case (.barrierOfBlock, .sync): .unalignedBarrierCTASync
    case (.barrierOfBlock, .arrive): .unalignedBarrierCTAArrive
    case (.barrierOfBlock, .reduce): .unalignedBarrierCTAReduce
    }
  }
}

extension BlockBarrierOperation {
  /// Returns the forms of a spelling for an action.
  fileprivate static func forms(_ spelling: Spelling, _ action: Action) -> [InstructionForm] {
    switch action {
    case .sync, .arrive:
      let isBar = spelling == .bar || spelling == .barOfBlock
      return [InstructionForm(isBar ? [] : [.maybe("aligned")], [.word, .word.optional])]
    case .reduce:
      let count: [ModifierSlot] = [.word("popc"), .maybe("aligned"), .type([.u32])]
      let logic: [ModifierSlot] = [.one(["and", "or"]), .maybe("aligned"), .type([.pred])]
      return [
        InstructionForm(count, [.destination, .word, .predicateIn]),
        InstructionForm(count, [.destination, .word, .word, .predicateIn]),
        InstructionForm(logic, [.predicateOut, .word, .predicateIn]),
        InstructionForm(logic, [.predicateOut, .word, .word, .predicateIn]),
      ]
    }
  }

  /// Reads the parts of an instruction that has one of the forms.
  fileprivate init?(reading instruction: Instruction) {
    for spelling in Spelling.allCases {
      for action in Action.allCases where spelling.opcode(action) == instruction.opcode {
        self.init(instruction, spelling, action)
        return
      }
    }
    return nil
  }

  /// Reads the parts of an instruction with a spelling and an action.
  private init(_ instruction: Instruction, _ spelling: Spelling, _ action: Action) {
    var operands = instruction.operands[...]
    let result = action == .reduce ? operands.removeFirst() : nil
    let predicate = action == .reduce ? operands.removeLast() : nil
    self.init(
      action, barrier: operands.removeFirst(), threadCount: operands.isEmpty ? nil : operands.last)
    self.spelling = spelling
    namesAligned = instruction.has("aligned")
    if action == .reduce { reduction = instruction.word() }
    (self.result, self.predicate) = (result, predicate)
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    var words: [Modifier] = reduction.map { [$0.word] } ?? []
    if namesAligned { words.append("aligned") }
    if let reduction { words.append(reduction == .count ? "u32" : "pred") }
    return Instruction(
      spelling.opcode(action), words,
      result.operands + [barrier] + threadCount.operands + predicate.operands)
  }

  /// The rules about the number of the barrier and the number of threads.
  fileprivate var findings: [InstructionFinding] {
    var result: [InstructionFinding] = []
    result.check("the barrier", barrier.literal, .range(0...15, multipleOf: 1))
    result.check(
      "the number of threads", threadCount?.literal, .range(32...1024, multipleOf: 32))
    return result
  }
}
