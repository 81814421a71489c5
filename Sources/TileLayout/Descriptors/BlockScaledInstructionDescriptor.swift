// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 32-bit instruction descriptor of a block-scaled `tcgen05.mma`: its types and its shape.
///
/// The meaning of the bits depends on the kind, which the instruction states; so the kind is part
/// of this value.
///
/// - SeeAlso: PTX ISA, "Instruction descriptor" of `tcgen05`.
public struct BlockScaledInstructionDescriptor: Hashable, Sendable {
  /// The kind of instruction.
  public let kind: BlockScaledKind

  /// The bits.
  public let rawValue: UInt32

  /// Creates the descriptor of the given bits, legal or not.
  public init(rawValue: UInt32, kind: BlockScaledKind) {
    self.rawValue = rawValue
    self.kind = kind
  }

  /// Creates a descriptor of the given fields.
  ///
  /// - Parameters:
  ///   - operands: The element and scale types.
  ///   - m: The number of rows of D, in all CTAs of the group.
  ///   - n: The number of columns of D, in all CTAs of the group.
  ///   - aMajorness: The contiguous index of A; k for the 4-bit kinds.
  ///   - bMajorness: The contiguous index of B; k for the 4-bit kinds.
  ///   - negatesA: Whether A is negated.
  ///   - negatesB: Whether B is negated.
  ///   - isSparse: Whether A is sparse.
  ///   - scaleFactorA: The first byte of A's scale factors in a cell.
  ///   - scaleFactorB: The first byte of B's scale factors in a cell.
  ///   - group: The number of CTAs of the instruction.
  /// - Throws: `DescriptorFinding` for the first field that breaks a rule.
  public init(
    _ operands: BlockScaledOperands, m: Int, n: Int, aMajorness: Majorness = .k,
    bMajorness: Majorness = .k, negatesA: Bool = false, negatesB: Bool = false,
    isSparse: Bool = false, scaleFactorA: Int = 0, scaleFactorB: Int = 0, group: CTAGroup = .one
  ) throws(DescriptorFinding) {
    try TensorCoreShape.checkEncodable(m: m, n: n)
    // Here the field of M counts in units of 128 rows.
    if let finding = DescriptorFinding(checking: .m, value: m, against: .multipleOf(128)) {
      throw finding
    }
    try Self.checkEncodable(scaleFactorA: scaleFactorA, scaleFactorB: scaleFactorB)
    var raw: UInt32 = 0
    let codes = operands.codes
    Bits.isSparse.write(isSparse ? 1 : 0, into: &raw)
    Bits.scaleFactorB.write(scaleFactorB, into: &raw)
    Bits.aType.write(codes.a, into: &raw)
    Bits.bType.write(codes.b, into: &raw)
    Bits.negatesA.write(negatesA ? 1 : 0, into: &raw)
    Bits.negatesB.write(negatesB ? 1 : 0, into: &raw)
    Bits.aMajorness.write(aMajorness == .mn ? 1 : 0, into: &raw)
    Bits.bMajorness.write(bMajorness == .mn ? 1 : 0, into: &raw)
    Bits.n.write(n / 8, into: &raw)
    Bits.scaleType.write(codes.scale, into: &raw)
    Bits.m.write(m / 128, into: &raw)
    Bits.scaleFactorA.write(scaleFactorA, into: &raw)
    self.init(rawValue: raw, kind: operands.kind)
    if let finding = findings(for: group).first {
      throw finding
    }
  }

  /// Checks that the fields can hold the scale factor IDs.
  private static func checkEncodable(
    scaleFactorA: Int, scaleFactorB: Int
  ) throws(DescriptorFinding) {
    let fields = [(DescriptorField.scaleFactorA, scaleFactorA), (.scaleFactorB, scaleFactorB)]
    for (field, value) in fields {
      if let finding = DescriptorFinding(checking: field, value: value, against: .inRange(0...3)) {
        throw finding
      }
    }
  }

  /// The positions of the fields.
  private enum Bits {
    /// Whether A is sparse.
    static let isSparse = BitField<UInt32>(2...2)

    /// The ID of B's scale factor.
    static let scaleFactorB = BitField<UInt32>(4...5)

    /// The type of A.
    static let aType = BitField<UInt32>(7...9)

    /// The type of B; the 4-bit kinds use two of the bits, and leave the third 0.
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

    /// The type of scale factors.
    static let scaleType = BitField<UInt32>(23...23)

    /// The number of rows of D, divided by 128.
    static let m = BitField<UInt32>(27...28)

    /// The ID of A's scale factor.
    static let scaleFactorA = BitField<UInt32>(29...30)

    /// Whether K is 96, which other architectures support.
    static let wideK = BitField<UInt32>(31...31)

    /// The bits that must be zero.
    static let reservedMask: UInt32 = 0b1011 | 1 << 6 | 0b111 << 24
  }
}

extension BlockScaledInstructionDescriptor {
  /// The element and scale types, or `nil` if the kind does not have these codes.
  public var operands: BlockScaledOperands? {
    BlockScaledOperands(
      kind: kind, a: Bits.aType.read(rawValue), b: Bits.bType.read(rawValue),
      scale: Bits.scaleType.read(rawValue))
  }

  /// The number of rows of D, in all CTAs of the group.
  public var m: Int { Bits.m.read(rawValue) * 128 }

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

  /// Whether A is sparse.
  public var isSparse: Bool { Bits.isSparse.read(rawValue) == 1 }

  /// The first byte of A's scale factors in a cell.
  public var scaleFactorA: Int { Bits.scaleFactorA.read(rawValue) }

  /// The first byte of B's scale factors in a cell.
  public var scaleFactorB: Int { Bits.scaleFactorB.read(rawValue) }

  /// Returns the rules that the bits break in an instruction of the given group.
  public func findings(for group: CTAGroup) -> [DescriptorFinding] {
    let shape = TensorCoreShape(m: m, n: n)
    let reserved = Int(rawValue & Bits.reservedMask)
    return [DescriptorFinding(checking: .reservedBits, value: reserved, against: .oneOf([0]))]
      .compactMap { $0 } + fieldFindings
      + shape.scaledFindings(group: group, isSparse: isSparse)
  }

  /// The findings in single fields.
  private var fieldFindings: [DescriptorFinding] {
    let majornesses = kind == .mxf8f6f4 ? [0, 1] : [0]
    let rules: [(DescriptorField, BitField<UInt32>, [Int])] = [
      (.aType, Bits.aType, kind.operandCodes), (.bType, Bits.bType, kind.operandCodes),
      (.aMajorness, Bits.aMajorness, majornesses), (.bMajorness, Bits.bMajorness, majornesses),
      (.scaleType, Bits.scaleType, kind.scaleCodes),
      (.scaleFactorA, Bits.scaleFactorA, kind.scaleFactorIDs),
      (.scaleFactorB, Bits.scaleFactorB, kind.scaleFactorIDs), (.wideK, Bits.wideK, [0]),
    ]
    return rules.compactMap { field, bits, values in
      DescriptorFinding(checking: field, value: bits.read(rawValue), against: .oneOf(values))
    }
  }
}

extension BlockScaledInstructionDescriptor: CustomStringConvertible {
  /// The fields in words: "m128n256, e2m1 x e2m1 with ue4m3 scales -> f32, SFA 0, SFB 0, …".
  public var description: String {
    var parts = [
      "m\(m)n\(n)", operands.map(\.description) ?? "illegal \(kind.rawValue) types",
      "SFA \(scaleFactorA)", "SFB \(scaleFactorB)", "A \(aMajorness.rawValue)",
      "B \(bMajorness.rawValue)",
    ]
    if negatesA { parts.append("A negated") }
    if negatesB { parts.append("B negated") }
    if isSparse { parts.append("sparse A") }
    return parts.joined(separator: ", ")
  }
}
