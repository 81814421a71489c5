// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A fence: an instruction that orders the accesses of its thread, and does nothing else.
public enum FenceInstruction: InstructionFamily {
  /// `membar`, with its level.
  case memoryBarrier(Level)

  /// `fence`: orders accesses to memory among the threads of a scope.
  case thread(MemoryOrder?, MemoryScope, restriction: Restriction?)

  /// `fence.proxy.alias`: orders accesses by different addresses of the same memory.
  case aliases

  /// `fence.proxy.async`: orders ordinary accesses and those of TMA and the tensor cores.
  case async(AsyncSpace?)

  /// `fence.proxy.async::generic`: orders accesses of the cluster in one direction.
  case asyncGeneric(MemoryOrder, Restriction)

  /// `fence.proxy.tensormap::generic.release`: orders changes of tensor maps before.
  case tensorMapRelease(MemoryScope)

  /// `fence.proxy.tensormap::generic.acquire`: orders uses of a tensor map after.
  case tensorMapAcquire(MemoryScope, map: Operand, byteCount: Int64)

  /// `fence.mbarrier_init`: orders initializations of barriers before an arrival of the cluster.
  case barrierInitialization

  /// The threads that a `membar` concerns.
  public enum Level: String, CaseIterable, Hashable, Sendable {
    /// Those of the block.
    case block = "cta"

    /// Those of the device.
    case device = "gl"

    /// Those of the system.
    case system = "sys"
  }

  /// The memory whose objects synchronize.
  public enum Restriction: String, CaseIterable, Hashable, Sendable {
    case cluster = "sync_restrict::shared::cluster"
    case block = "sync_restrict::shared::cta"
  }

  /// The memory for which a fence of proxies orders.
  public enum AsyncSpace: String, CaseIterable, Hashable, Sendable {
    case global
    case block = "shared::cta"
    case cluster = "shared::cluster"
  }

  /// Every fence orders accesses.
  public var traits: InstructionTraits { .ordersMemory }

  /// A tensor map has 128 bytes.
  public var findings: [InstructionFinding] {
    guard case .tensorMapAcquire(_, _, let count) = self else { return [] }
    var result: [InstructionFinding] = []
    result.check("the number of bytes", count, .oneOf([128]))
    return result
  }
}

// MARK: - Forms

extension FenceInstruction {
  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "membar / fence".
  public static let forms: [Opcode: [InstructionForm]] = {
    let tensorMap = ModifierSlot.word("tensormap::generic")
    let directed = Availability(PTXVersion(8, 6), architecture: 90)
    let tensorMapNeeds = Availability(PTXVersion(8, 3), architecture: 90)
    let restrictions = Restriction.words
    return [
      .memoryBarrier: [
        InstructionForm([.one(Level.words)], [])
      ],
      .fence: [
        InstructionForm(
          [.maybe(["acq_rel", "sc"]), .one(.scopes)], [], wordNeeds: ["cluster": .hopper]),
        InstructionForm(
          [.one(["acquire", "release"]), .maybe(restrictions), .one(.scopes)], [],
          needs: directed),
      ],
      .fenceProxy: [
        InstructionForm([.word("alias")], []),
        InstructionForm(
          [.word("async"), .maybe(AsyncSpace.words)], [], needs: .hopper),
        InstructionForm(
          [tensorMap, .word("release"), .one(.scopes)], [], needs: tensorMapNeeds),
        InstructionForm(
          [tensorMap, .word("acquire"), .one(.scopes)], [.memory, .immediate],
          needs: tensorMapNeeds),
        InstructionForm(
          [
            .word("async::generic"), .one(["acquire", "release"]), .one(restrictions),
            .word("cluster"),
          ], [], needs: directed),
      ],
      .fenceBarrierInitialization: [
        InstructionForm([.word("release"), .word("cluster")], [], needs: .hopper)
      ],
    ]
  }()

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    let scope = MemoryScope(namedBy: instruction)
    let order = MemoryOrder(namedBy: instruction)
    let restriction: Restriction? = instruction.word()
    switch instruction.opcode {
    case .memoryBarrier:
      guard let level: Level = instruction.word() else { return nil }
      self = .memoryBarrier(level)
    case .fence:
      guard let scope else { return nil }
      self = .thread(order, scope, restriction: restriction)
    case .fenceBarrierInitialization: self = .barrierInitialization
    case .fenceProxy:
      switch (instruction.modifiers[0], order, scope, restriction) {
      case ("alias", _, _, _): self = .aliases
      case ("async", _, _, _): self = .async(instruction.word())
      case (_, let order?, _, let restriction?): self = .asyncGeneric(order, restriction)
      case (_, .release?, let scope?, _): self = .tensorMapRelease(scope)
      case (_, _, let scope?, _):
        guard let count = instruction.operands.last?.literal else { return nil }
        self = .tensorMapAcquire(scope, map: instruction.operands[0], byteCount: count)
      default: return nil
      }
    default: return nil
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    switch self {
    case .memoryBarrier(let level):
      Instruction(.memoryBarrier, [level.word])
    case .thread(let order, let scope, let restriction):
      Instruction(
        .fence,
        [order?.word, restriction?.word, scope.word].compactMap(\.self))
    case .aliases: Instruction(.fenceProxy, ["alias"])
    case .async(let space):
      Instruction(
        .fenceProxy, ["async", space?.word].compactMap(\.self))
    case .asyncGeneric(let order, let restriction):
      Instruction(
        .fenceProxy,
        ["async::generic", order.word, restriction.word, "cluster"])
    case .tensorMapRelease(let scope):
      Instruction(.fenceProxy, ["tensormap::generic", "release", scope.word])
    case .tensorMapAcquire(let scope, let map, let count):
      Instruction(
        .fenceProxy, ["tensormap::generic", "acquire", scope.word], [map, .integer(count)])
    case .barrierInitialization:
      Instruction(.fenceBarrierInitialization, ["release", "cluster"])
    }
  }
}
