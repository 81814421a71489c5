// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An instruction that TMA executes asynchronously, or that groups such instructions.
public enum BulkInstruction: InstructionFamily {
  /// `cp.async.bulk` and `cp.reduce.async.bulk`.
  case copy(BulkCopy)

  /// `cp.async.bulk.prefetch`: fetches bytes of global memory into L2.
  case prefetch(address: Operand, byteCount: Operand, policy: Operand?)

  /// `cp.async.bulk.tensor` to shared memory.
  case tensorLoad(TensorLoad)

  /// `cp.async.bulk.tensor` to global memory, and `cp.reduce.async.bulk.tensor`.
  case tensorStore(TensorStore)

  /// `cp.async.bulk.prefetch.tensor`.
  case tensorPrefetch(TensorPrefetch)

  /// `cp.async.bulk.commit_group`: closes a group of copies to global memory.
  case commitGroup

  /// `cp.async.bulk.wait_group`: waits until at most some of the newest groups are pending, or have
  /// not read their sources.
  case waitGroup(pending: Int64, forReads: Bool)

  /// A reduction in global memory is a change that other clusters can observe.
  public var traits: InstructionTraits {
    switch self {
    case .copy(let copy): copy.reduction != nil && copy.route == .toGlobal ? .runsAlone : []
    case .tensorStore(let store): store.reduction == nil ? [] : .runsAlone
    case .prefetch, .tensorLoad, .tensorPrefetch: []
    case .commitGroup, .waitGroup: .ordersMemory
    }
  }

  /// The rules about literals and about coordinates.
  public var findings: [InstructionFinding] {
    let bytes = LiteralRule.range(0...Int64.max, multipleOf: 16)
    var result: [InstructionFinding] = []
    switch self {
    case .copy(let copy): result.check("the number of bytes", copy.byteCount.literal, bytes)
    case .prefetch(_, let count, _): result.check("the number of bytes", count.literal, bytes)
    case .tensorLoad(let load): result = load.findings
    case .tensorStore(let store): result = store.findings
    case .tensorPrefetch(let prefetch): result = prefetch.findings
    case .commitGroup: break
    case .waitGroup(let count, _):
      result.check("the number of pending groups", count, .range(0...Int64.max, multipleOf: 1))
    }
    return result
  }

  /// Addresses of bytes are multiples of 16, those of boxes in shared memory of 128.
  public var alignments: [AddressAlignment] {
    switch self {
    case .copy(let copy):
      [AddressAlignment(copy.destination, 16), AddressAlignment(copy.source, 16)]
        + (copy.barrier.map { [AddressAlignment($0, 8)] } ?? [])
    case .prefetch(let address, _, _): [AddressAlignment(address, 16)]
    case .tensorLoad(let load):
      [AddressAlignment(load.destination, 128), AddressAlignment(load.barrier, 8)]
    case .tensorStore(let store): [AddressAlignment(store.source, 128)]
    case .tensorPrefetch, .commitGroup, .waitGroup: []
    }
  }
}

// MARK: - Forms

extension BulkInstruction {
  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "Data Movement and Conversion Instructions: Bulk copy".
  public static let forms: [Opcode: [InstructionForm]] = [
    .bulkCopy: BulkCopy.copyForms,
    .bulkReduce: BulkCopy.reductionForms,
    .bulkPrefetch: InstructionForm.hinted([.word("L2"), .word("global")], [.memory, .word]),
    .bulkTensorCopy: TensorLoad.forms + TensorStore.copyForms,
    .bulkTensorReduce: TensorStore.reductionForms,
    .bulkTensorPrefetch: TensorPrefetch.forms,
    .bulkCommit: [InstructionForm([], [], needs: .hopper)],
    .bulkWait: [InstructionForm([.maybe("read")], [.immediate], needs: .hopper)],
  ]

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    let operands = instruction.operands
    let isStore = instruction.has("bulk_group")
    switch instruction.opcode {
    case .bulkCopy, .bulkReduce:
      guard let copy = BulkCopy(reading: instruction) else { return nil }
      self = .copy(copy)
    case .bulkPrefetch:
      self = .prefetch(
        address: operands[0], byteCount: operands[1],
        policy: operands.count > 2 ? operands[2] : nil)
    case .bulkTensorCopy where !isStore:
      guard let load = TensorLoad(reading: instruction) else { return nil }
      self = .tensorLoad(load)
    case .bulkTensorCopy, .bulkTensorReduce:
      guard let store = TensorStore(reading: instruction) else { return nil }
      self = .tensorStore(store)
    case .bulkTensorPrefetch:
      guard let prefetch = TensorPrefetch(reading: instruction) else { return nil }
      self = .tensorPrefetch(prefetch)
    case .bulkCommit: self = .commitGroup
    case .bulkWait:
      guard let count = operands[0].literal else { return nil }
      self = .waitGroup(pending: count, forReads: instruction.has("read"))
    default: return nil
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    switch self {
    case .copy(let copy): copy.instruction
    case .prefetch(let address, let count, let policy):
      Instruction(
        .bulkPrefetch, ["L2", "global"] + policy.hint, [address, count] + policy.operands)
    case .tensorLoad(let load): load.instruction
    case .tensorStore(let store): store.instruction
    case .tensorPrefetch(let prefetch): prefetch.instruction
    case .commitGroup: Instruction(.bulkCommit)
    case .waitGroup(let count, let forReads):
      Instruction(.bulkWait, forReads ? ["read"] : [], [.integer(count)])
    }
  }
}

extension Operand? {
  /// The modifier that announces a cache policy, if this is one.
  var hint: [Modifier] { self == nil ? [] : ["L2::cache_hint"] }

  /// The operand, if there is one.
  var operands: [Operand] { map { [$0] } ?? [] }
}

// MARK: - Bytes

/// `cp.async.bulk` or `cp.reduce.async.bulk`: copies bytes, or combines numbers with those at the
/// destination.
public struct BulkCopy: Hashable, Sendable {
  /// The memories that a copy connects.
  public enum Route: CaseIterable, Hashable, Sendable {
    /// From global memory to the shared memory of blocks of the cluster.
    case globalToCluster

    /// From the block's shared memory to that of a block of the cluster.
    case sharedToCluster

    /// From global memory to the block's shared memory.
    case globalToBlock

    /// From the block's shared memory to global memory.
    case toGlobal

    /// The modifiers for the destination, the source, and the signal of completion.
    fileprivate var words: [Modifier] {
      switch self {
      case .globalToCluster: ["shared::cluster", "global", "mbarrier::complete_tx::bytes"]
      case .sharedToCluster: ["shared::cluster", "shared::cta", "mbarrier::complete_tx::bytes"]
      case .globalToBlock: ["shared::cta", "global", "mbarrier::complete_tx::bytes"]
      case .toGlobal: ["global", "shared::cta", "bulk_group"]
      }
    }
  }

  /// The operation and the type of the numbers that are combined.
  public struct Reduction: Hashable, Sendable {
    /// The operation.
    public var operation: AtomicUpdate

    /// The type of the numbers.
    public var type: ScalarType

    /// Creates a reduction.
    public init(_ operation: AtomicUpdate, _ type: ScalarType) {
      self.operation = operation
      self.type = type
    }

    /// The modifiers; sums of 16-bit floats say that they keep subnormal numbers.
    public var words: [Modifier] {
      let keepsSubnormals = operation == .add && (type == .f16 || type == .bf16)
      return [operation.word] + (keepsSubnormals ? ["noftz"] : []) + [Modifier(type)]
    }
  }

  /// The memories.
  public var route: Route

  /// The operation that combines numbers, unless the bytes are copied.
  public var reduction: Reduction?

  /// The address of the destination.
  public var destination: Operand

  /// The address of the source.
  public var source: Operand

  /// The number of bytes.
  public var byteCount: Operand

  /// The barrier that counts the bytes; none to global memory.
  public var barrier: Operand?

  /// The blocks of the cluster to which the bytes are copied, if they are several.
  public var mask: Operand?

  /// The cache policy.
  public var policy: Operand?

  /// Creates a copy or a reduction.
  public init(
    _ route: Route, _ reduction: Reduction? = nil, to destination: Operand, from source: Operand,
    byteCount: Operand, barrier: Operand? = nil, mask: Operand? = nil
  ) {
    self.route = route
    self.reduction = reduction
    self.destination = destination
    self.source = source
    self.byteCount = byteCount
    self.barrier = barrier
    self.mask = mask
  }

  /// The forms of `cp.async.bulk`.
  fileprivate static let copyForms: [InstructionForm] = {
    let arrival: [OperandSlot] = [.memory, .memory, .word, .memory]
    let signal = ModifierSlot.word("mbarrier::complete_tx::bytes")
    return InstructionForm.hinted(
      [.word("shared::cluster"), .one(["global", "shared::cta"]), signal], arrival)
      + InstructionForm.hinted(
        [.word("shared::cluster"), .word("global"), signal, .word("multicast::cluster")],
        arrival + [.blockMask])
      + InstructionForm.hinted(
        Route.globalToBlock.words.map(ModifierSlot.word), arrival,
        needs: Availability(PTXVersion(8, 6), architecture: 90))
      + InstructionForm.hinted(
        Route.toGlobal.words.map(ModifierSlot.word), [.memory, .memory, .word])
  }()

  /// The forms of `cp.reduce.async.bulk`.
  fileprivate static let reductionForms: [InstructionForm] = {
    let shared: [(operations: [AtomicUpdate], types: [ScalarType])] = [
      (.bitwise, [.b32]), ([.add], [.u32, .s32, .u64]), (.counting, [.u32]),
      (.extremes, [.u32, .s32]),
    ]
    let halves: [ScalarType] = [.f16, .bf16]
    /// Returns the forms of some operations in global memory.
    func forms(
      _ operations: [AtomicUpdate], _ words: [ModifierSlot], _ types: [ScalarType]
    ) -> [InstructionForm] {
      InstructionForm.hinted(
        Route.toGlobal.words.map(ModifierSlot.word),
        before: [operations.slot] + words + [.type(types)], [.memory, .memory, .word])
    }
    return shared.map { operations, types in
      InstructionForm(
        Route.sharedToCluster.words.map(ModifierSlot.word) + [operations.slot, .type(types)],
        [.memory, .memory, .word, .memory], needs: .hopper)
    }
      + scalarReductions.flatMap { operations, types in
        forms(operations, [], operations == .extremes ? types + halves : types)
      } + forms([.add], [.word("noftz")], halves)
  }()

  /// Reads the parts of an instruction that has one of the forms.
  fileprivate init?(reading instruction: Instruction) {
    let route = Route.allCases.first { $0.words.allSatisfy(instruction.has) }
    var operands = instruction.operands[...]
    guard let route else { return nil }
    self.init(
      route, to: operands.removeFirst(), from: operands.removeFirst(),
      byteCount: operands.removeFirst())
    if route != .toGlobal { barrier = operands.removeFirst() }
    if instruction.has("multicast::cluster") { mask = operands.removeFirst() }
    policy = operands.first
    guard instruction.opcode == .bulkReduce else { return }
    guard let operation = AtomicUpdate(of: instruction), let type = instruction.types.last
    else { return nil }
    reduction = Reduction(operation, type)
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    let multicast: [Modifier] = mask == nil ? [] : ["multicast::cluster"]
    return Instruction(
      reduction == nil ? .bulkCopy : .bulkReduce,
      route.words + multicast + policy.hint + (reduction?.words ?? []),
      [destination, source, byteCount] + barrier.operands + mask.operands + policy.operands)
  }
}
