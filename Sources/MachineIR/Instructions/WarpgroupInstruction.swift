// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An instruction of Hopper's tensor cores, which the four warps of a warpgroup execute together.
public enum WarpgroupInstruction: InstructionFamily {
  /// `wgmma.fence`: orders accesses to registers before those of the multiplications that follow.
  case fence

  /// `wgmma.commit_group`: closes a group of multiplications.
  case commitGroup

  /// `wgmma.wait_group`: waits until at most some of the newest groups are pending.
  case waitGroup(pending: Int64)

  /// `wgmma.mma_async` and `wgmma.mma_async.sp`.
  case multiply(WarpgroupMultiply)

  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "Asynchronous Warpgroup Level Matrix Instructions".
  public static let forms: [Opcode: [InstructionForm]] = [
    .wgmmaFence: [InstructionForm(aligned, [], needs: .hopperOnly)],
    .wgmmaCommit: [InstructionForm(aligned, [], needs: .hopperOnly)],
    .wgmmaWait: [InstructionForm(aligned, [.immediate], needs: .hopperOnly)],
    .wgmma: WarpgroupMultiply.forms(isSparse: false),
    .wgmmaSparse: WarpgroupMultiply.forms(isSparse: true),
  ]

  /// The modifiers of every instruction.
  fileprivate static let aligned: [ModifierSlot] = [.word("sync"), .word("aligned")]

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    switch instruction.opcode {
    case .wgmmaFence: self = .fence
    case .wgmmaCommit: self = .commitGroup
    case .wgmmaWait:
      guard let count = instruction.operands[0].literal else { return nil }
      self = .waitGroup(pending: count)
    case .wgmma, .wgmmaSparse:
      guard let product = WarpgroupMultiply(reading: instruction) else { return nil }
      self = .multiply(product)
    default: return nil
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    switch self {
    case .fence: Instruction(.wgmmaFence, ["sync", "aligned"])
    case .commitGroup: Instruction(.wgmmaCommit, ["sync", "aligned"])
    case .waitGroup(let count): Instruction(.wgmmaWait, ["sync", "aligned"], [.integer(count)])
    case .multiply(let product): product.instruction
    }
  }

  /// The rules about literals and about the lengths of vectors.
  public var findings: [InstructionFinding] {
    switch self {
    case .fence, .commitGroup: return []
    case .waitGroup(let count):
      var result: [InstructionFinding] = []
      result.check("the number of pending groups", count, .range(0...7, multipleOf: 1))
      return result
    case .multiply(let product): return product.findings
    }
  }

  /// The multiplication accesses registers after its issue; the others order such accesses.
  public var traits: InstructionTraits {
    switch self {
    case .fence, .commitGroup, .waitGroup: [.isAligned, .ordersMemory]
    case .multiply(let product):
      product.accumulates.isTrueLiteral
        ? [.isAligned, .isAsynchronousOnRegisters]
        : [.isAligned, .isAsynchronousOnRegisters, .mayReplaceAccumulator]
    }
  }
}

/// `wgmma.mma_async` or `wgmma.mma_async.sp`: D = A · B, or D = A · B + D, for 64 rows of A and n rows
/// of B.
public struct WarpgroupMultiply: Hashable, Sendable {
  /// The number of rows of B: of columns of D.
  public var n: Int

  /// The type of D's elements.
  public var resultType: ScalarType

  /// The type of A's elements.
  public var aType: ScalarType

  /// The type of B's elements.
  public var bType: ScalarType

  /// Whether sums of integers are clamped to 32 bits instead of wrapping.
  public var saturates: Bool

  /// D: the registers of a thread, laid out as `WarpgroupAccumulator` says.
  public var d: Operand

  /// A: the descriptor of a tile in shared memory, or a vector of four registers.
  public var a: Operand

  /// B: the descriptor of a tile in shared memory.
  public var b: Operand

  /// The positions of a sparse A's elements, and which lanes of each four have them.
  public var metadata: Operand?, selector: Int64?

  /// The predicate that decides whether D is added to the products or replaced.
  public var accumulates: Operand

  /// The factors of A and B, 1 or -1; none for integers.
  public var scaleA: Int64?, scaleB: Int64?

  /// 1 where a tile of 16-bit elements in shared memory is M-major or N-major, else 0; none for
  /// other types.
  public var transposeA: Int64?, transposeB: Int64?

  /// Creates a multiplication of tiles whose rows along k are contiguous, without changes of sign.
  public init(
    n: Int, _ resultType: ScalarType, _ aType: ScalarType, _ bType: ScalarType, d: Operand,
    a: Operand, b: Operand, accumulates: Operand
  ) {
    self.n = n
    self.resultType = resultType
    self.aType = aType
    self.bType = bType
    self.d = d
    self.a = a
    self.b = b
    self.accumulates = accumulates
    saturates = false
    if resultType != .s32 { (scaleA, scaleB) = (1, 1) }
    if aType.bitWidth == 16 { (transposeA, transposeB) = (a.isVector ? nil : 0, 0) }
  }

  /// The number of elements of k: those in 32 bytes of a row, or twice as many if every second one of
  /// A is left out.
  public var k: Int { WarpgroupMultiply.k(of: aType, isSparse: metadata != nil) }

  /// Returns the number of elements of k.
  private static func k(of type: ScalarType, isSparse: Bool) -> Int {
    (isSparse ? 512 : 256) / type.bitWidth
  }

  /// Whether A is in registers.
  ///
  /// A of 16-bit elements is if it has no transposition: in registers it is always K-major.
  public var hasFragment: Bool { a.isVector || (transposeA == nil && transposeB != nil) }
}

// MARK: - Forms

extension WarpgroupMultiply {
  /// Returns whether D can have n columns: for integers, more than 24 only in multiples of 16.
  public static func hasColumns(_ n: Int, of resultType: ScalarType) -> Bool {
    n % 8 == 0 && (8...256).contains(n) && (resultType != .s32 || n < 32 || n % 16 == 0)
  }

  /// The forms: A as a descriptor or in registers; the last operands depend on the types.
  fileprivate static func forms(isSparse: Bool) -> [InstructionForm] {
    let fp8: [ScalarType] = [.e4m3, .e5m2]
    let mixed = Availability(PTXVersion(8, 4), architecture: 90)
    /// Returns the forms for some types.
    func forms(
      _ resultTypes: [ScalarType], _ aTypes: [ScalarType], _ bTypes: [ScalarType],
      _ words: [ModifierSlot] = [], literals: Int = 0, transposesA: Bool = false,
      needs: Availability = .always
    ) -> [InstructionForm] {
      WarpgroupMultiply.forms(
        resultTypes, aTypes, bTypes, words, literals: literals, transposesA: transposesA,
        isSparse: isSparse, needs: needs)
    }
    return forms([.f32, .f16], [.f16], [.f16], literals: 3, transposesA: true)
      + forms([.f32], [.bf16], [.bf16], literals: 3, transposesA: true)
      + forms([.f32], [.tf32], [.tf32], literals: 2)
      + forms([.f32, .f16], fp8, fp8, literals: 2)
      + forms([.s32], [.s8], [.s8], [.maybe("satfinite")])
      + forms([.s32], [.u8], [.u8], [.maybe("satfinite")])
      + forms([.s32], [.s8, .u8], [.s8, .u8], [.maybe("satfinite")], needs: mixed)
      + (isSparse ? [] : forms([.s32], [.b1], [.b1], [.word("and"), .word("popc")]))
  }

  /// Returns the forms for types of D, A and B, with A as a descriptor and in registers, followed by
  /// the given number of literals.
  private static func forms(
    _ resultTypes: [ScalarType], _ aTypes: [ScalarType], _ bTypes: [ScalarType],
    _ words: [ModifierSlot], literals: Int, transposesA: Bool, isSparse: Bool,
    needs: Availability
  ) -> [InstructionForm] {
    let shapes = (8...256).filter { hasColumns($0, of: resultTypes[0]) }.map {
      shape(n: $0, k: k(of: aTypes[0], isSparse: isSparse))
    }
    let sparse = Availability(PTXVersion(8, 2), architecture: 90)
    let needs = needs.and(.hopperOnly).and(isSparse ? sparse : .always)
    let slots =
      WarpgroupInstruction.aligned
      + [.one(shapes), .type(resultTypes), .type(aTypes), .type(bTypes)] + words
    return [OperandSlot.doubleWord, OperandSlot(.vector(.any))].enumerated().map { index, a in
      // In registers A is always K-major, so there is no transposition operand.
      let count = literals + (transposesA && index == 0 ? 1 : 0)
      return InstructionForm(
        slots,
        [OperandSlot(.vector(.any), .update), a, .doubleWord]
          + (isSparse ? [.word, .immediate] : []) + [.predicateIn]
          + Array(repeating: .immediate, count: count), needs: needs)
    }
  }

  /// Returns the modifier that names a shape.
  private static func shape(n: Int, k: Int) -> Modifier { Modifier(rawValue: "m64n\(n)k\(k)") }

  /// Reads the parts of an instruction that has one of the forms.
  fileprivate init?(reading instruction: Instruction) {
    let types = instruction.types
    var operands = instruction.operands[...]
    let (d, a, b) = (operands.removeFirst(), operands.removeFirst(), operands.removeFirst())
    let isSparse = instruction.opcode == .wgmmaSparse
    let metadata = isSparse ? operands.removeFirst() : nil
    let selector = isSparse ? operands.removeFirst().literal : nil
    guard types.count == 3,
      let shape = instruction.modifiers.lazy.compactMap(\.matrixShape).first
    else { return nil }
    self.init(
      n: shape.n, types[0], types[1], types[2], d: d, a: a, b: b,
      accumulates: operands.removeFirst())
    (self.metadata, self.selector) = (metadata, selector)
    saturates = instruction.has("satfinite")
    let literals = operands.compactMap(\.literal)
    if literals.count >= 2 { (scaleA, scaleB) = (literals[0], literals[1]) }
    transposeA = literals.count == 4 ? literals[2] : nil
    transposeB = literals.count > 2 ? literals.last : nil
  }

  /// The instruction with these parts.
  fileprivate var instruction: Instruction {
    var words: [Modifier] = [
      "sync", "aligned", WarpgroupMultiply.shape(n: n, k: k), Modifier(resultType),
      Modifier(aType), Modifier(bType),
    ]
    if saturates { words.append("satfinite") }
    if aType == .b1 { words += ["and", "popc"] }
    var operands = [d, a, b] + metadata.operands
    if let selector { operands.append(.integer(selector)) }
    operands.append(accumulates)
    for case let literal? in [scaleA, scaleB, transposeA, transposeB] {
      operands.append(.integer(literal))
    }
    return Instruction(metadata == nil ? .wgmma : .wgmmaSparse, words, operands)
  }
}

// MARK: - Findings

extension WarpgroupMultiply {
  /// The rules about literals and about the lengths of vectors.
  fileprivate var findings: [InstructionFinding] {
    let sign = LiteralRule.oneOf([-1, 1])
    let flag = LiteralRule.oneOf([0, 1])
    let transposes = [transposeA, transposeB].compactMap(\.self)
    var result: [InstructionFinding] = []
    // All four lanes have positions of 8-bit elements, so there is nothing to select.
    result.check("the selector", selector, .oneOf(aType.bitWidth == 8 ? [0] : [0, 1]))
    result.check("the sign of A", scaleA, sign)
    result.check("the sign of B", scaleB, sign)
    result.check("the first transposition", transposes.first, flag)
    result.check("the second transposition", transposes.dropFirst().first, flag)
    result.check(operand: 1, d, has: resultType == .f16 ? n / 4 : n / 2)
    if hasFragment { result.check(operand: 2, a, has: 4) }
    return result
  }
}

extension Operand {
  /// Whether this is a literal other than zero.
  fileprivate var isTrueLiteral: Bool { literal.map { $0 != 0 } ?? false }
}
