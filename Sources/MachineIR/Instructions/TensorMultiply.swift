// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The types of a `tcgen05.mma`, with and without block scales.
public enum TensorMultiplyKind: CaseIterable, Hashable, Sendable {
  /// A kind without block scales.
  case plain(TensorCoreKind)

  /// A kind whose blocks of A and B have scales.
  case scaled(BlockScaledKind)

  /// Every kind.
  public static let allCases =
    TensorCoreKind.allCases.map(plain) + BlockScaledKind.allCases.map(scaled)

  /// The modifier.
  fileprivate var word: Modifier {
    switch self {
    case .plain(let kind): Modifier(rawValue: "kind::\(kind.rawValue)")
    case .scaled(let kind): Modifier(rawValue: "kind::\(kind.rawValue)")
    }
  }

  /// Returns the kind that a modifier of an instruction names.
  fileprivate init?(of instruction: Instruction) {
    guard let kind = Self.allCases.first(where: { instruction.has($0.word) }) else { return nil }
    self = kind
  }
}

/// The use of a buffer that keeps a matrix for later multiplications.
public enum CollectorUse: String, CaseIterable, Hashable, Sendable {
  case fill, use, lastuse, discard
}

/// `tcgen05.mma` and `tcgen05.mma.sp`: D = A · B, or D = A · B + D, with D in Tensor Memory.
public struct TensorMultiply: Hashable, Sendable {
  /// The number of scales of a row, or the elements that share one, as a modifier says it.
  public enum ScaleSize: String, CaseIterable, Hashable, Sendable {
    case oneScale = "scale_vec::1X"
    case twoScales = "scale_vec::2X"
    case fourScales = "scale_vec::4X"
    case block16, block32

    /// Creates the size with the given number of scales of a row, if there is one.
    public init?(scaleCount: Int) { self.init(rawValue: "scale_vec::\(scaleCount)X") }
  }

  /// The blocks whose tensor cores multiply.
  public var group: CTAGroup

  /// The types.
  public var kind: TensorMultiplyKind

  /// The size of the blocks that have a scale, where the kind does not determine it.
  public var scaleSize: ScaleSize?

  /// Whether the rows of A are shifted.
  public var shiftsA = false

  /// The use of the buffer for A.
  public var collectorOfA: CollectorUse?

  /// The address of D in Tensor Memory.
  public var d: Operand

  /// A: the descriptor of a tile in shared memory, or an address in Tensor Memory.
  public var a: Operand

  /// B: the descriptor of a tile in shared memory.
  public var b: Operand

  /// The address of the positions of a sparse A's elements.
  public var metadata: Operand?

  /// The instruction descriptor.
  public var descriptor: Operand

  /// The addresses of the scales of A and B, for the kinds that have them.
  public var scalesOfA: Operand?, scalesOfB: Operand?

  /// The mask of the lanes of D that are not written.
  public var disabledLanes: Operand?

  /// The predicate that decides whether D is added to the products or replaced.
  public var accumulates: Operand

  /// The exponent by which D is divided before it is added.
  public var accumulatorShift: Int64?

  /// Creates a dense multiplication.
  public init(
    _ group: CTAGroup, _ kind: TensorMultiplyKind, d: Operand, a: Operand, b: Operand,
    descriptor: Operand, accumulates: Operand
  ) {
    self.group = group
    self.kind = kind
    self.d = d
    self.a = a
    self.b = b
    self.descriptor = descriptor
    self.accumulates = accumulates
  }

  /// Whether A is in Tensor Memory.
  public var hasTensorA: Bool { if case .memory = a { true } else { false } }

  /// The number of elements that share a scale.
  public var scaleBlock: ScaleBlock {
    switch scaleSize {
    case .block16, .fourScales: .block16
    case .oneScale, .twoScales, .block32, nil: .block32
    }
  }
}

// MARK: - Forms

extension TensorMultiply {
  /// Returns the forms: plain, with a mask of lanes, and with block scales.
  static func forms(isSparse: Bool) -> [InstructionForm] {
    let start: [OperandSlot] =
      [.memory, OperandSlot(.memoryOrValue(.fixed(.b64))), .doubleWord]
      + (isSparse ? [.memory] : []) + [.word]
    let collector = ModifierSlot.maybe(
      CollectorUse.allCases.map { Modifier(rawValue: "collector::a::\($0.rawValue)") })
    let plain: [ModifierSlot] = [
      .one(.ctaGroups), .one(TensorCoreKind.allCases.map { TensorMultiplyKind.plain($0).word }),
      .maybe("ashift"), collector,
    ]
    let scaled: [ModifierSlot] = [
      .one(.ctaGroups), .one(BlockScaledKind.allCases.map { TensorMultiplyKind.scaled($0).word }),
      .word("block_scale"), .maybe(ScaleSize.words),
      collector,
    ]
    let scaleNeeds: [Modifier: Availability] = [
      "kind::mxf4nvf4": Availability(PTXVersion(8, 7), architecture: 100),
      "block16": Availability(PTXVersion(8, 8), architecture: 100),
      "block32": Availability(PTXVersion(8, 8), architecture: 100),
    ]
    return [
      InstructionForm(plain, start + [.predicateIn, .immediate.optional], needs: .blackwell),
      InstructionForm(
        plain, start + [.words, .predicateIn, .immediate.optional], needs: .blackwell),
      InstructionForm(
        scaled, start + [.memory, .memory, .predicateIn], needs: .blackwell,
        wordNeeds: scaleNeeds),
    ]
  }

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction, _ group: CTAGroup) {
    guard let kind = TensorMultiplyKind(of: instruction) else { return nil }
    var operands = instruction.operands[...]
    let (d, a, b) = (operands.removeFirst(), operands.removeFirst(), operands.removeFirst())
    let metadata =
      instruction.opcode == .tensorMultiplySparse ? operands.removeFirst() : nil
    let descriptor = operands.removeFirst()
    var scales: (Operand, Operand)?
    var mask: Operand?
    if case .scaled = kind {
      scales = (operands.removeFirst(), operands.removeFirst())
    } else if operands.count > 2 || operands.first?.isVector == true
      || (operands.count == 2 && operands.last?.literal == nil)
    {
      mask = operands.removeFirst()
    }
    self.init(
      group, kind, d: d, a: a, b: b, descriptor: descriptor, accumulates: operands.removeFirst())
    self.metadata = metadata
    disabledLanes = mask
    (scalesOfA, scalesOfB) = (scales?.0, scales?.1)
    accumulatorShift = operands.first?.literal
    scaleSize = instruction.word()
    shiftsA = instruction.has("ashift")
    collectorOfA = instruction.word(after: "collector::a::")
  }

  /// The instruction with these parts.
  var instruction: Instruction {
    var words = [group.word, kind.word]
    if case .scaled = kind { words.append("block_scale") }
    if let scaleSize { words.append(scaleSize.word) }
    if shiftsA { words.append("ashift") }
    if let collectorOfA {
      words.append(Modifier(rawValue: "collector::a::\(collectorOfA.rawValue)"))
    }
    var operands = [d, a, b]
    if let metadata { operands.append(metadata) }
    operands.append(descriptor)
    for case let operand? in [scalesOfA, scalesOfB, disabledLanes] { operands.append(operand) }
    operands.append(accumulates)
    if let accumulatorShift { operands.append(.integer(accumulatorShift)) }
    return Instruction(
      metadata == nil ? .tensorMultiply : .tensorMultiplySparse, words, operands)
  }
}

// MARK: - Findings

extension TensorMultiply {
  /// The rules about the modifiers, the literals, the mask, and a descriptor that is a literal.
  var findings: [InstructionFinding] {
    var result = modifierRule.map { [InstructionFinding.rule($0)] } ?? []
    result.check(
      "the scale of the accumulator", accumulatorShift, .range(0...15, multipleOf: 1))
    if let disabledLanes, disabledLanes.isVector {
      result.check(
        operand: metadata == nil ? 5 : 6, disabledLanes, has: group == .two ? 8 : 4)
    }
    return result + descriptorFindings.map(InstructionFinding.descriptor)
  }

  /// The rule that the modifiers break, if they do.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.mma".
  private var modifierRule: String? {
    if case .scaled(let scaled) = kind {
      if let scaleSize, !scaled.scaleSizes.contains(scaleSize) {
        return "cannot have '.\(scaleSize.rawValue)' with '.\(kind.word.rawValue)'"
      }
      if scaleSize == nil, scaled == .mxf4nvf4 {
        return "needs the number of its scales, such as .scale_vec::2X"
      }
    }
    if shiftsA {
      guard hasTensorA else { return "has '.ashift', which needs matrix A in Tensor Memory" }
      if collectorOfA == .fill || collectorOfA == .use {
        return "cannot combine '.ashift' with this use of the collector"
      }
    }
    let scalesAccumulator = kind == .plain(.f16) || kind == .plain(.tf32)
    if let accumulatorShift, accumulatorShift >= 0, !scalesAccumulator {
      return "cannot scale its accumulator; only .kind::f16 and .kind::tf32 can"
    }
    return nil
  }

  /// The rules that the descriptor of a dense multiplication breaks, if it is a literal.
  private var descriptorFindings: [DescriptorFinding] {
    guard metadata == nil, let literal = descriptor.literal else { return [] }
    let bits = UInt32(truncatingIfNeeded: literal)
    switch kind {
    case .plain(let kind):
      return TensorCoreInstructionDescriptor(rawValue: bits, kind: kind)
        .findings(for: .group(group), isSparse: false)
    case .scaled(let kind):
      return BlockScaledInstructionDescriptor(rawValue: bits, kind: kind)
        .findings(for: group, block: scaleBlock)
    }
  }
}

extension BlockScaledKind {
  /// The sizes of blocks that an instruction can name.
  fileprivate var scaleSizes: [TensorMultiply.ScaleSize] {
    switch self {
    case .mxf8f6f4: [.oneScale, .block32]
    case .mxf4: [.twoScales, .block32]
    case .mxf4nvf4: [.twoScales, .fourScales, .block16, .block32]
    }
  }
}

// MARK: - Stationary B

/// `tcgen05.mma.ws` and `tcgen05.mma.ws.sp`: a multiplication whose B stays in a buffer.
public struct StationaryTensorMultiply: Hashable, Sendable {
  /// The types.
  public var kind: TensorCoreKind

  /// The buffer for B, from 0 to 3, and its use.
  public var bufferOfB: Int?, collectorOfB: CollectorUse?

  /// The address of D in Tensor Memory.
  public var d: Operand

  /// A: the descriptor of a tile in shared memory, or an address in Tensor Memory.
  public var a: Operand

  /// B: the descriptor of a tile in shared memory.
  public var b: Operand

  /// The address of the positions of a sparse A's elements.
  public var metadata: Operand?

  /// The instruction descriptor.
  public var descriptor: Operand

  /// The predicate that decides whether D is added to the products or replaced.
  public var accumulates: Operand

  /// The descriptor of the columns of B that count as zeros.
  public var zeroColumns: Operand?

  /// Returns the forms.
  static func forms(isSparse: Bool) -> [InstructionForm] {
    let kinds = TensorCoreKind.allCases.map { TensorMultiplyKind.plain($0).word }
    let collectors = (0..<4).flatMap { buffer in
      CollectorUse.allCases.map { word(buffer: buffer, $0) }
    }
    return [
      InstructionForm(
        [.word("cta_group::1"), .one(kinds), .maybe(collectors)],
        [.memory, OperandSlot(.memoryOrValue(.fixed(.b64))), .doubleWord]
          + (isSparse ? [.memory] : []) + [.word, .predicateIn, .doubleWord.optional],
        needs: .blackwell)
    ]
  }

  /// Returns the modifier for a use of a buffer.
  private static func word(buffer: Int, _ use: CollectorUse) -> Modifier {
    Modifier(rawValue: "collector::b\(buffer)::\(use.rawValue)")
  }

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction) {
    guard case .plain(let kind)? = TensorMultiplyKind(of: instruction) else { return nil }
    self.kind = kind
    var operands = instruction.operands[...]
    (d, a, b) = (operands.removeFirst(), operands.removeFirst(), operands.removeFirst())
    let isSparse = instruction.opcode == .tensorMultiplyStationarySparse
    metadata = isSparse ? operands.removeFirst() : nil
    (descriptor, accumulates) = (operands.removeFirst(), operands.removeFirst())
    zeroColumns = operands.first
    for buffer in 0..<4 {
      guard let use: CollectorUse = instruction.word(after: "collector::b\(buffer)::") else {
        continue
      }
      (bufferOfB, collectorOfB) = (buffer, use)
    }
  }

  /// The instruction with these parts.
  var instruction: Instruction {
    var words = [CTAGroup.one.word, TensorMultiplyKind.plain(kind).word]
    if let bufferOfB, let collectorOfB {
      words.append(StationaryTensorMultiply.word(buffer: bufferOfB, collectorOfB))
    }
    let operands = [d, a, b] + (metadata.map { [$0] } ?? []) + [descriptor, accumulates]
    return Instruction(
      metadata == nil ? .tensorMultiplyStationary : .tensorMultiplyStationarySparse, words,
      operands + (zeroColumns.map { [$0] } ?? []))
  }
}
