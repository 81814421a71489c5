// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// An instruction of Blackwell's tensor cores or of Tensor Memory.
public enum TensorInstruction: InstructionFamily {
  /// `tcgen05.alloc`: allocates columns, and writes their address to shared memory.
  case allocate(CTAGroup, result: Operand, columns: Operand, namesSpace: Bool)

  /// `tcgen05.dealloc`: frees columns.
  case deallocate(CTAGroup, address: Operand, columns: Operand)

  /// `tcgen05.relinquish_alloc_permit`: lets other blocks allocate.
  case relinquish(CTAGroup)

  /// `tcgen05.mma` and `tcgen05.mma.sp`.
  case multiply(TensorMultiply)

  /// `tcgen05.mma.ws` and `tcgen05.mma.ws.sp`.
  case multiplyStationary(StationaryTensorMultiply)

  /// `tcgen05.cp`.
  case copy(TensorMemoryCopy)

  /// `tcgen05.shift`: moves the rows of a matrix in Tensor Memory down by one.
  case shift(CTAGroup, address: Operand)

  /// `tcgen05.commit`: an arrival at a barrier when the operations issued before are complete; with a
  /// mask at the barriers of several blocks.
  case commit(CTAGroup, barrier: Operand, mask: Operand?, namesSpace: Bool)

  /// `tcgen05.ld`.
  case load(TensorMemoryAccess)

  /// `tcgen05.st`.
  case store(TensorMemoryAccess)

  /// `tcgen05.wait::ld`: waits for the loads of the thread.
  case waitForLoads

  /// `tcgen05.wait::st`: waits for the stores of the thread.
  case waitForStores

  /// `tcgen05.fence::before_thread_sync`: orders earlier accesses before a synchronization.
  case fenceBefore

  /// `tcgen05.fence::after_thread_sync`: orders later accesses after a synchronization.
  case fenceAfter

  /// The group of the instruction, if it has one.
  public var group: CTAGroup? {
    switch self {
    case .allocate(let group, _, _, _), .deallocate(let group, _, _), .relinquish(let group),
      .shift(let group, _), .commit(let group, _, _, _):
      group
    case .multiply(let product): product.group
    case .multiplyStationary: .one
    case .copy(let copy): copy.group
    case .load, .store, .waitForLoads, .waitForStores, .fenceBefore, .fenceAfter: nil
    }
  }

  /// The allocation, the accesses and the waits act for a whole warp; multiplications, copies and
  /// commits for a thread.
  public var traits: InstructionTraits {
    switch self {
    case .allocate, .deallocate, .relinquish: [.isAligned, .runsAlone]
    case .multiply, .multiplyStationary, .copy, .shift: []
    case .load: [.isAligned, .isAsynchronousOnRegisters]
    // A store takes the values of its registers when it is issued.
    case .store: .isAligned
    case .waitForLoads, .waitForStores: [.isAligned, .ordersMemory]
    case .commit, .fenceBefore, .fenceAfter: .ordersMemory
    }
  }

  /// The rules about literals, lengths of vectors, and combinations of modifiers.
  public var findings: [InstructionFinding] {
    switch self {
    case .allocate(_, _, let columns, _), .deallocate(_, _, let columns):
      var result: [InstructionFinding] = []
      result.check("the number of columns", columns.literal, .oneOf([32, 64, 128, 256, 512]))
      return result
    case .multiply(let product): return product.findings
    case .load(let access): return access.findings(registersAt: 1)
    case .store(let access):
      return access.findings(registersAt: access.splitOffset == nil ? 2 : 3)
    case .relinquish, .multiplyStationary, .copy, .shift, .commit, .waitForLoads, .waitForStores,
      .fenceBefore, .fenceAfter:
      return []
    }
  }

  /// The address of an allocation is one of 4 bytes.
  public var alignments: [AddressAlignment] {
    guard case .allocate(_, let result, _, _) = self else { return [] }
    return [AddressAlignment(result, 4)]
  }
}

// MARK: - Forms

extension TensorInstruction {
  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "TensorCore 5th Generation Family Instructions".
  public static let forms: [Opcode: [InstructionForm]] = {
    let commit: [ModifierSlot] = [
      .one(.ctaGroups), .word("mbarrier::arrive::one"), .maybe("shared::cluster"),
    ]
    return [
      .tensorAllocate: [
        form(warp + [.maybe("shared::cta"), .type([.b32])], [.memory, .word])
      ],
      .tensorDeallocate: [form(warp + [.type([.b32])], [.word, .word])],
      .tensorRelinquish: [form(warp, [])],
      .tensorMultiply: TensorMultiply.forms(isSparse: false),
      .tensorMultiplySparse: TensorMultiply.forms(isSparse: true),
      .tensorMultiplyStationary: StationaryTensorMultiply.forms(isSparse: false),
      .tensorMultiplyStationarySparse: StationaryTensorMultiply.forms(isSparse: true),
      .tensorCopy: TensorMemoryCopy.forms,
      .tensorShift: [form([.one(.ctaGroups), .word("down")], [.memory])],
      .tensorCommit: [
        form(commit + [.type([.b64])], [.memory]),
        form(commit + [.word("multicast::cluster"), .type([.b64])], [.memory, .blockMask]),
      ],
      .tensorLoad: TensorMemoryAccess.loadForms,
      .tensorStore: TensorMemoryAccess.storeForms,
      .tensorWaitLoad: [form([.word("sync"), .word("aligned")], [])],
      .tensorWaitStore: [form([.word("sync"), .word("aligned")], [])],
      .tensorFenceBefore: [form([], [])],
      .tensorFenceAfter: [form([], [])],
    ]
  }()

  /// The modifiers of an instruction of a whole warp with a group.
  private static let warp: [ModifierSlot] = [
    .one(.ctaGroups), .word("sync"), .word("aligned"),
  ]

  /// Returns a form on data-center Blackwell.
  fileprivate static func form(
    _ slots: [ModifierSlot], _ operands: [OperandSlot]
  ) -> InstructionForm {
    InstructionForm(slots, operands, needs: .blackwell)
  }

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    let operands = instruction.operands
    let group = instruction.ctaGroup
    switch (instruction.opcode, group) {
    case (.tensorAllocate, let group?):
      self = .allocate(
        group, result: operands[0], columns: operands[1],
        namesSpace: instruction.has("shared::cta"))
    case (.tensorDeallocate, let group?):
      self = .deallocate(group, address: operands[0], columns: operands[1])
    case (.tensorRelinquish, let group?): self = .relinquish(group)
    case (.tensorMultiply, let group?), (.tensorMultiplySparse, let group?):
      guard let product = TensorMultiply(reading: instruction, group) else { return nil }
      self = .multiply(product)
    case (.tensorMultiplyStationary, _), (.tensorMultiplyStationarySparse, _):
      guard let product = StationaryTensorMultiply(reading: instruction) else { return nil }
      self = .multiplyStationary(product)
    case (.tensorCopy, let group?):
      guard let copy = TensorMemoryCopy(reading: instruction, group) else { return nil }
      self = .copy(copy)
    case (.tensorShift, let group?): self = .shift(group, address: operands[0])
    case (.tensorCommit, let group?):
      self = .commit(
        group, barrier: operands[0], mask: operands.count > 1 ? operands[1] : nil,
        namesSpace: instruction.has("shared::cluster"))
    case (.tensorLoad, _):
      guard let access = TensorMemoryAccess(loadOf: instruction) else { return nil }
      self = .load(access)
    case (.tensorStore, _):
      guard let access = TensorMemoryAccess(storeOf: instruction) else { return nil }
      self = .store(access)
    case (.tensorWaitLoad, _): self = .waitForLoads
    case (.tensorWaitStore, _): self = .waitForStores
    case (.tensorFenceBefore, _): self = .fenceBefore
    case (.tensorFenceAfter, _): self = .fenceAfter
    default: return nil
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    let aligned: [Modifier] = ["sync", "aligned"]
    switch self {
    case .allocate(let group, let result, let columns, let namesSpace):
      return Instruction(
        .tensorAllocate, [group.word] + aligned + (namesSpace ? ["shared::cta", "b32"] : ["b32"]),
        [result, columns])
    case .deallocate(let group, let address, let columns):
      return Instruction(.tensorDeallocate, [group.word] + aligned + ["b32"], [address, columns])
    case .relinquish(let group): return Instruction(.tensorRelinquish, [group.word] + aligned)
    case .multiply(let product): return product.instruction
    case .multiplyStationary(let product): return product.instruction
    case .copy(let copy): return copy.instruction
    case .shift(let group, let address):
      return Instruction(.tensorShift, [group.word, "down"], [address])
    case .commit(let group, let barrier, let mask, let namesSpace):
      var words: [Modifier] = [group.word, "mbarrier::arrive::one"]
      if namesSpace { words.append("shared::cluster") }
      if mask != nil { words.append("multicast::cluster") }
      return Instruction(.tensorCommit, words + ["b64"], [barrier] + (mask.map { [$0] } ?? []))
    case .load(let access): return access.load
    case .store(let access): return access.store
    case .waitForLoads: return Instruction(.tensorWaitLoad, aligned)
    case .waitForStores: return Instruction(.tensorWaitStore, aligned)
    case .fenceBefore: return Instruction(.tensorFenceBefore)
    case .fenceAfter: return Instruction(.tensorFenceAfter)
    }
  }
}

extension Instruction {
  /// The group that a modifier names.
  var ctaGroup: CTAGroup? {
    has("cta_group::1") ? .one : has("cta_group::2") ? .two : nil
  }
}

extension CTAGroup {
  /// The modifier.
  var word: Modifier { self == .one ? "cta_group::1" : "cta_group::2" }
}

// MARK: - Copies

/// `tcgen05.cp`: copies rows of shared memory to Tensor Memory.
public struct TensorMemoryCopy: Hashable, Sendable {
  /// The blocks that copy.
  public var group: CTAGroup

  /// The mapping of rows to lanes.
  public var shape: TensorMemoryCopyShape

  /// The packing of elements that the copy expands to a byte each.
  public var packing: PackedElements?

  /// The first cell.
  public var address: Operand

  /// The descriptor of the rows.
  public var source: Operand

  /// Creates a copy.
  public init(
    _ group: CTAGroup, _ shape: TensorMemoryCopyShape, _ packing: PackedElements?,
    to address: Operand, from source: Operand
  ) {
    self.group = group
    self.shape = shape
    self.packing = packing
    self.address = address
    self.source = source
  }

  /// The forms: shapes for all lanes, and shapes whose rows are multicast; plain or unpacking.
  fileprivate static var forms: [InstructionForm] {
    let shapes: [[ModifierSlot]] = [
      [.one(["128x256b", "4x256b", "128x128b"])],
      [.word("64x128b"), .one(["warpx2::02_13", "warpx2::01_23"])],
      [.word("32x128b"), .word("warpx4")],
    ]
    let formats: [[ModifierSlot]] = [[], [.word("b8x16"), .one(.unpackings)]]
    return shapes.flatMap { shape in
      formats.map { format in
        TensorInstruction.form([.one(.ctaGroups)] + shape + format, [.memory, .doubleWord])
      }
    }
  }

  /// Reads the parts of an instruction that has one of the forms.
  fileprivate init?(reading instruction: Instruction, _ group: CTAGroup) {
    let shape = TensorMemoryCopyShape.allCases.first { $0.words.allSatisfy(instruction.has) }
    guard let shape else { return nil }
    self.init(
      group, shape, instruction.word(), to: instruction.operands[0],
      from: instruction.operands[1])
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    var words = [group.word] + shape.words
    if let packing { words += ["b8x16", packing.word] }
    return Instruction(.tensorCopy, words, [address, source])
  }
}

extension TensorMemoryCopyShape {
  /// The modifiers.
  fileprivate var words: [Modifier] {
    rawValue.split(separator: ".").map { Modifier(rawValue: String($0)) }
  }
}
