// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The way in which a tensor copy reads coordinates.
public enum TensorAccessMode: String, CaseIterable, Hashable, Sendable {
  case tile
  case gatheredRows = "tile::gather4"
  case scatteredRows = "tile::scatter4"
  case image = "im2col"
  case imageWindows = "im2col::w"
  case wideImageWindows = "im2col::w::128"
  case imageWithoutOffsets = "im2col_no_offs"

  /// The modes of images, which take offsets.
  fileprivate static let images: [TensorAccessMode] = [.image, .imageWindows, .wideImageWindows]
}

/// A box of a tensor in global memory, as a tensor copy names it.
public struct TransferBox: Hashable, Sendable {
  /// The number of dimensions that the instruction names.
  public var rank: Int

  /// The mode, where the instruction names one.
  public var mode: TensorAccessMode?

  /// The address of the tensor map, and the coordinates.
  public var place: Operand

  /// The offsets of an image's box.
  public var imageOffsets: Operand?

  /// Creates a box with one dimension for each coordinate, without naming a mode.
  public init(rank: Int, _ place: Operand) {
    self.rank = rank
    self.place = place
  }

  /// The address of the tensor map.
  public var map: Operand.Address? {
    if case .tensor(let map, _) = place { map } else { nil }
  }

  /// The coordinates.
  public var coordinates: [Operand] {
    if case .tensor(_, let coordinates) = place { coordinates } else { [] }
  }

  /// Reads the box of an instruction.
  fileprivate init?(_ instruction: Instruction, place: Operand) {
    let rank = instruction.modifiers.lazy.compactMap { word in
      (1...5).first { word.rawValue == "\($0)d" }
    }.first
    guard let rank else { return nil }
    self.init(rank: rank, place)
    mode = instruction.word()
  }

  /// The modifier for the number of dimensions.
  fileprivate var rankWord: Modifier { Modifier(rawValue: "\(rank)d") }

  /// The modifier for the mode.
  fileprivate var modeWord: [Modifier] { mode.map { [$0.word] } ?? [] }

  /// Returns the rules that the box breaks, with its offsets at an operand, counted from 1.
  fileprivate func findings(offsetsAt position: Int, isWritten: Bool) -> [InstructionFinding] {
    let hasRows = mode == .gatheredRows || mode == .scatteredRows
    let expected = hasRows ? 5 : rank
    var result: [InstructionFinding] = []
    if let imageOffsets, imageOffsets.isVector {
      // Images read with `w` have two offsets for every rank.
      result.check(operand: position, imageOffsets, has: mode == .image ? rank - 2 : 2)
    }
    if coordinates.count != expected {
      result.append(.rule("must have \(expected) coordinates, not \(coordinates.count)"))
    }
    if isWritten {
      for value in coordinates.compactMap(\.literal) where value < 0 {
        result.append(
          .rule(
            "starts at coordinate \(value), but only boxes of loads may start below zero"))
      }
    }
    if hasRows, rank != 2 { result.append(.rule("is for two-dimensional tensors")) }
    return result
  }

  /// The modifiers for the number of dimensions.
  fileprivate static let ranks = ModifierSlot.one((1...5).map { Modifier(rawValue: "\($0)d") })

  /// Returns a slot for one of some modes, if one is named.
  fileprivate static func maybe(_ modes: [TensorAccessMode]) -> ModifierSlot {
    .maybe(modes.map(\.word))
  }

  /// The slot for a mode of images.
  fileprivate static let image = ModifierSlot.one(TensorAccessMode.images.map(\.word))

  /// The slot for the offsets of images.
  fileprivate static let offsets = OperandSlot(.vector(.fixed(.b16)))

  /// Requirements of some modes, and of groups.
  fileprivate static let needs: [Modifier: Availability] = [
    "cta_group::1": .blackwell, "cta_group::2": .blackwell, "tile::gather4": .blackwell,
    "tile::scatter4": .blackwell, "im2col::w": .blackwell, "im2col::w::128": .blackwell,
  ]
}

/// `cp.async.bulk.tensor` to shared memory: loads a box.
public struct TensorLoad: Hashable, Sendable {
  /// The box.
  public var box: TransferBox

  /// The group whose blocks' barriers may be signaled, where the instruction names one.
  public var group: CTAGroup?

  /// Whether the destination is an address of the cluster, and not only of the block.
  public var isInCluster: Bool

  /// The address of the box in shared memory.
  public var destination: Operand

  /// The barrier that counts the bytes.
  public var barrier: Operand

  /// The blocks of the cluster that receive the box, if they are several.
  public var mask: Operand?

  /// The cache policy.
  public var policy: Operand?

  /// Creates a load to an address of the cluster.
  public init(
    _ box: TransferBox, to destination: Operand, barrier: Operand, group: CTAGroup? = nil,
    mask: Operand? = nil
  ) {
    self.box = box
    self.destination = destination
    self.barrier = barrier
    self.group = group
    self.mask = mask
    isInCluster = true
  }

  /// The forms: to the cluster, with and without multicast, and to the block; of tiles and images.
  static let forms: [InstructionForm] = {
    let load: [OperandSlot] = [.memory, OperandSlot(.tensor), .memory]
    /// Returns the forms to a space.
    func forms(
      _ space: Modifier, _ mode: ModifierSlot, _ words: [ModifierSlot], _ operands: [OperandSlot],
      needs: Availability = .hopper
    ) -> [InstructionForm] {
      InstructionForm.hinted(
        [
          TransferBox.ranks, .maybe(.ctaGroups), .word(space), .word("global"), mode,
          .word("mbarrier::complete_tx::bytes"),
        ] + words, load + operands, needs: needs, wordNeeds: TransferBox.needs)
    }
    let tiles = TransferBox.maybe([.tile, .gatheredRows])
    let images = TransferBox.image
    let multicast = [ModifierSlot.word("multicast::cluster")]
    let own = Availability(PTXVersion(8, 6), architecture: 90)
    return forms("shared::cluster", tiles, [], [])
      + forms("shared::cluster", tiles, multicast, [.blockMask])
      + forms("shared::cluster", images, [], [TransferBox.offsets])
      + forms("shared::cluster", images, multicast, [TransferBox.offsets, .blockMask])
      + forms("shared::cta", tiles, [], [], needs: own)
      + forms("shared::cta", images, [], [TransferBox.offsets], needs: own)
  }()

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction) {
    var operands = instruction.operands[...]
    let (destination, place, barrier) = (
      operands.removeFirst(), operands.removeFirst(), operands.removeFirst()
    )
    guard let box = TransferBox(instruction, place: place) else { return nil }
    self.init(box, to: destination, barrier: barrier)
    isInCluster = instruction.has("shared::cluster")
    group = instruction.ctaGroup
    if let mode = box.mode, TensorAccessMode.images.contains(mode) {
      self.box.imageOffsets = operands.removeFirst()
    }
    if instruction.has("multicast::cluster") { mask = operands.removeFirst() }
    policy = operands.first
  }

  /// The instruction with these parts.
  var instruction: Instruction {
    let words: [Modifier] =
      [box.rankWord] + (group.map { [$0.word] } ?? [])
      + [isInCluster ? "shared::cluster" : "shared::cta", "global"] + box.modeWord
      + ["mbarrier::complete_tx::bytes"] + (mask == nil ? [] : ["multicast::cluster"])
    return Instruction(
      .bulkTensorCopy, words + policy.hint,
      [destination, box.place, barrier] + box.imageOffsets.operands + mask.operands
        + policy.operands)
  }

  /// The rules about the box.
  var findings: [InstructionFinding] {
    box.findings(offsetsAt: 4, isWritten: false)
  }
}

/// `cp.async.bulk.tensor` to global memory, or `cp.reduce.async.bulk.tensor`: stores a box, or
/// combines it with that in the tensor.
public struct TensorStore: Hashable, Sendable {
  /// The box.
  public var box: TransferBox

  /// The operation that combines elements, unless they are replaced.
  public var reduction: AtomicUpdate?

  /// The address of the box in shared memory.
  public var source: Operand

  /// The cache policy.
  public var policy: Operand?

  /// Creates a store or a reduction.
  public init(_ box: TransferBox, from source: Operand, _ reduction: AtomicUpdate? = nil) {
    self.box = box
    self.source = source
    self.reduction = reduction
  }

  /// The forms of `cp.async.bulk.tensor`.
  static let copyForms = forms(
    [TransferBox.maybe([.tile, .scatteredRows, .imageWithoutOffsets])])

  /// The forms of `cp.reduce.async.bulk.tensor`.
  static let reductionForms = forms([
    ([.and, .or, .xor, .add, .increment, .decrement, .minimum, .maximum] as [AtomicUpdate])
      .slot, TransferBox.maybe([.tile, .imageWithoutOffsets]),
  ])

  /// Returns the forms with some modifiers for the operation and the mode.
  private static func forms(_ words: [ModifierSlot]) -> [InstructionForm] {
    InstructionForm.hinted(
      [TransferBox.ranks, .word("global"), .word("shared::cta")] + words + [.word("bulk_group")],
      [OperandSlot(.tensor), .memory], wordNeeds: TransferBox.needs)
  }

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction) {
    let operands = instruction.operands
    guard let box = TransferBox(instruction, place: operands[0]) else { return nil }
    self.init(box, from: operands[1])
    policy = operands.count > 2 ? operands[2] : nil
    guard instruction.opcode == .bulkTensorReduce else { return }
    guard let operation = AtomicUpdate(of: instruction) else { return nil }
    reduction = operation
  }

  /// The instruction with these parts.
  var instruction: Instruction {
    Instruction(
      reduction == nil ? .bulkTensorCopy : .bulkTensorReduce,
      [box.rankWord, "global", "shared::cta"] + (reduction.map { [$0.word] } ?? [])
        + box.modeWord + ["bulk_group"] + policy.hint,
      [box.place, source] + policy.operands)
  }

  /// The rules about the box.
  var findings: [InstructionFinding] {
    box.findings(offsetsAt: 3, isWritten: true)
  }
}

/// `cp.async.bulk.prefetch.tensor`: fetches a box into L2.
public struct TensorPrefetch: Hashable, Sendable {
  /// The box.
  public var box: TransferBox

  /// The cache policy.
  public var policy: Operand?

  /// Creates a prefetch.
  public init(_ box: TransferBox) { self.box = box }

  /// The forms of tiles and images.
  static let forms: [InstructionForm] = {
    let start = [TransferBox.ranks, .word("L2"), .word("global")]
    return InstructionForm.hinted(
      start + [TransferBox.maybe([.tile, .gatheredRows])], [OperandSlot(.tensor)],
      wordNeeds: TransferBox.needs)
      + InstructionForm.hinted(
        start + [TransferBox.image], [OperandSlot(.tensor), TransferBox.offsets],
        wordNeeds: TransferBox.needs)
  }()

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction) {
    var operands = instruction.operands[...]
    guard let box = TransferBox(instruction, place: operands.removeFirst()) else { return nil }
    self.init(box)
    if let mode = box.mode, TensorAccessMode.images.contains(mode) {
      self.box.imageOffsets = operands.removeFirst()
    }
    policy = operands.first
  }

  /// The instruction with these parts.
  var instruction: Instruction {
    Instruction(
      .bulkTensorPrefetch, [box.rankWord, "L2", "global"] + box.modeWord + policy.hint,
      [box.place] + box.imageOffsets.operands + policy.operands)
  }

  /// The rules about the box.
  var findings: [InstructionFinding] {
    box.findings(offsetsAt: 2, isWritten: false)
  }
}
