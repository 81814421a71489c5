// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 32-bit instruction descriptor of a `tcgen05.mma` without block scales: its types and its
/// shape.
///
/// The meaning of the bits depends on the kind, which the instruction states; so the kind is part
/// of this value.
///
/// - SeeAlso: PTX ISA, "Instruction descriptor" of `tcgen05`.
public struct TensorCoreInstructionDescriptor: Hashable, Sendable {
  /// The kind of instruction.
  public let kind: TensorCoreKind

  /// The bits.
  public let rawValue: UInt32

  /// Creates the descriptor of the given bits, legal or not.
  public init(rawValue: UInt32, kind: TensorCoreKind) {
    self.rawValue = rawValue
    self.kind = kind
  }

  /// Creates a descriptor of the given fields.
  ///
  /// - Parameters:
  ///   - operands: The element types.
  ///   - m: The number of rows of D, in all CTAs of the group.
  ///   - n: The number of columns of D, in all CTAs of the group.
  ///   - aMajorness: The contiguous index of A.
  ///   - bMajorness: The contiguous index of B.
  ///   - negatesA: Whether A is negated; float kinds only.
  ///   - negatesB: Whether B is negated; float kinds only.
  ///   - saturates: Whether accumulators saturate; kind `i8` only.
  ///   - sparsitySelector: The sparsity metadata to use if A is sparse, or `nil` if it is dense.
  ///   - maximumShift: The code of the maximum shift; weight-stationary instructions only.
  ///   - use: The form of the instruction, which limits its shape.
  /// - Throws: `DescriptorFinding` for the first field that breaks a rule.
  public init(
    _ operands: TensorCoreOperands, m: Int, n: Int, aMajorness: Majorness = .k,
    bMajorness: Majorness = .k, negatesA: Bool = false, negatesB: Bool = false,
    saturates: Bool = false, sparsitySelector: Int? = nil, maximumShift: Int = 0,
    use: TensorCoreUse = .group(.one)
  ) throws(DescriptorFinding) {
    try TensorCoreShape.checkEncodable(m: m, n: n)
    try Self.checkEncodable(sparsitySelector: sparsitySelector, maximumShift: maximumShift)
    var raw: UInt32 = 0
    let codes = operands.codes
    Bits.sparsitySelector.write(sparsitySelector ?? 0, into: &raw)
    Bits.isSparse.write(sparsitySelector == nil ? 0 : 1, into: &raw)
    Bits.saturates.write(saturates ? 1 : 0, into: &raw)
    Bits.accumulatorType.write(codes.accumulator, into: &raw)
    Bits.aType.write(codes.a, into: &raw)
    Bits.bType.write(codes.b, into: &raw)
    Bits.negatesA.write(negatesA ? 1 : 0, into: &raw)
    Bits.negatesB.write(negatesB ? 1 : 0, into: &raw)
    Bits.aMajorness.write(aMajorness == .mn ? 1 : 0, into: &raw)
    Bits.bMajorness.write(bMajorness == .mn ? 1 : 0, into: &raw)
    Bits.n.write(n / 8, into: &raw)
    Bits.m.write(m / 16, into: &raw)
    Bits.maximumShift.write(maximumShift, into: &raw)
    self.init(rawValue: raw, kind: operands.kind)
    if let finding = findings(for: use).first {
      throw finding
    }
  }

  /// Checks that the fields can hold the values.
  private static func checkEncodable(
    sparsitySelector: Int?, maximumShift: Int
  ) throws(DescriptorFinding) {
    let fields = [
      (DescriptorField.sparsitySelector, sparsitySelector ?? 0), (.maximumShift, maximumShift),
    ]
    for (field, value) in fields {
      if let finding = DescriptorFinding(checking: field, value: value, against: .inRange(0...3)) {
        throw finding
      }
    }
  }

  /// The positions of the fields.
  private enum Bits {
    /// The columns of sparsity metadata that apply.
    static let sparsitySelector = BitField<UInt32>(0...1)

    /// Whether A is sparse.
    static let isSparse = BitField<UInt32>(2...2)

    /// Whether integer accumulators saturate.
    static let saturates = BitField<UInt32>(3...3)

    /// The type of D.
    static let accumulatorType = BitField<UInt32>(4...5)

    /// The type of A.
    static let aType = BitField<UInt32>(7...9)

    /// The type of B.
    static let bType = BitField<UInt32>(10...12)

    /// Whether A is negated.
    static let negatesA = BitField<UInt32>(13...13)

    /// Whether B is negated.
    static let negatesB = BitField<UInt32>(14...14)

    /// Whether A is M-major.
    static let aMajorness = BitField<UInt32>(15...15)

    /// Whether B is N-major.
    static let bMajorness = BitField<UInt32>(16...16)

    /// The number of columns of D, divided by 8.
    static let n = BitField<UInt32>(17...22)

    /// The number of rows of D, divided by 16.
    static let m = BitField<UInt32>(24...28)

    /// The code of the maximum shift.
    static let maximumShift = BitField<UInt32>(30...31)

    /// The bits that must be zero.
    static let reservedMask: UInt32 = 1 << 6 | 1 << 23 | 1 << 29
  }
}

extension TensorCoreInstructionDescriptor {
  /// The element types, or `nil` if the kind does not have these codes.
  public var operands: TensorCoreOperands? {
    TensorCoreOperands(
      kind: kind, a: Bits.aType.read(rawValue), b: Bits.bType.read(rawValue),
      accumulator: Bits.accumulatorType.read(rawValue))
  }

  /// The number of rows of D, in all CTAs of the group.
  public var m: Int { Bits.m.read(rawValue) * 16 }

  /// The number of columns of D, in all CTAs of the group.
  public var n: Int { Bits.n.read(rawValue) * 8 }

  /// The contiguous index of A.
  public var aMajorness: Majorness { Bits.aMajorness.read(rawValue) == 0 ? .k : .mn }

  /// The contiguous index of B.
  public var bMajorness: Majorness { Bits.bMajorness.read(rawValue) == 0 ? .k : .mn }

  /// Whether A is negated.
  public var negatesA: Bool { Bits.negatesA.read(rawValue) == 1 }

  /// Whether B is negated.
  public var negatesB: Bool { Bits.negatesB.read(rawValue) == 1 }

  /// Whether integer accumulators saturate.
  public var saturates: Bool { Bits.saturates.read(rawValue) == 1 }

  /// The sparsity metadata to use if A is sparse, or `nil` if it is dense.
  public var sparsitySelector: Int? {
    Bits.isSparse.read(rawValue) == 1 ? Bits.sparsitySelector.read(rawValue) : nil
  }

  /// The code of the maximum shift of a weight-stationary instruction.
  public var maximumShift: Int { Bits.maximumShift.read(rawValue) }

  /// Returns the rules that the bits break in an instruction of the given form.
  public func findings(for use: TensorCoreUse) -> [DescriptorFinding] {
    let shape = TensorCoreShape(m: m, n: n)
    return reservedFindings + typeFindings + modifierFindings(for: use)
      + shape.findings(kind: kind, bMajorness: bMajorness, use: use)
  }

  /// Returns the rules that the bits break in an instruction of the given form whose A is sparse or
  /// dense.
  public func findings(for use: TensorCoreUse, isSparse: Bool) -> [DescriptorFinding] {
    let sparsity = DescriptorFinding(
      checking: .isSparse, value: sparsitySelector == nil ? 0 : 1,
      against: .oneOf([isSparse ? 1 : 0]))
    return findings(for: use) + [sparsity].compactMap { $0 }
  }

  /// The finding in the bits that must be zero.
  private var reservedFindings: [DescriptorFinding] {
    let bits = Int(rawValue & Bits.reservedMask)
    return [DescriptorFinding(checking: .reservedBits, value: bits, against: .oneOf([0]))]
      .compactMap { $0 }
  }

  /// The findings in element types.
  private var typeFindings: [DescriptorFinding] {
    let a = Bits.aType.read(rawValue)
    let b = Bits.bType.read(rawValue)
    let accumulator = Bits.accumulatorType.read(rawValue)
    let bCodes = kind == .f16 && a <= 1 ? [a] : kind.operandCodes
    return [
      DescriptorFinding(checking: .aType, value: a, against: .oneOf(kind.operandCodes)),
      DescriptorFinding(checking: .bType, value: b, against: .oneOf(bCodes)),
      DescriptorFinding(
        checking: .accumulatorType, value: accumulator,
        against: .oneOf(kind.accumulatorCodes(aCode: a))),
    ].compactMap { $0 }
  }

  /// The findings in fields that only some kinds and forms have.
  private func modifierFindings(for use: TensorCoreUse) -> [DescriptorFinding] {
    let selectors =
      switch kind {
      case .f16, .tf32: sparsitySelector == nil ? 0...0 : 0...3
      case .f8f6f4, .i8: 0...0
      }
    let negations = kind == .i8 ? [0] : [0, 1]
    let rules: [(DescriptorField, BitField<UInt32>, DescriptorRule)] = [
      (.sparsitySelector, Bits.sparsitySelector, .inRange(selectors)),
      (.saturates, Bits.saturates, .oneOf(kind == .i8 ? [0, 1] : [0])),
      (.negatesA, Bits.negatesA, .oneOf(negations)),
      (.negatesB, Bits.negatesB, .oneOf(negations)),
      (.maximumShift, Bits.maximumShift, .inRange(use == .weightStationary ? 0...3 : 0...0)),
    ]
    return rules.compactMap { field, bits, rule in
      DescriptorFinding(checking: field, value: bits.read(rawValue), against: rule)
    }
  }
}

extension TensorCoreInstructionDescriptor: CustomStringConvertible {
  /// The fields in words: "m128n256, bf16 x bf16 -> f32, A K-major, B K-major".
  public var description: String {
    var parts = [
      "m\(m)n\(n)", operands.map(\.description) ?? "illegal \(kind.rawValue) types",
      "A \(aMajorness.rawValue)", "B \(bMajorness.rawValue)",
    ]
    if negatesA { parts.append("A negated") }
    if negatesB { parts.append("B negated") }
    if saturates { parts.append("saturating") }
    if let sparsitySelector { parts.append("sparse A, selector \(sparsitySelector)") }
    return parts.joined(separator: ", ")
  }
}
