/// How many elements along k share one scale in a `tcgen05.mma` with block scales.
public enum ScaleBlock: Int, Hashable, Sendable, CaseIterable {
  /// 16 elements.
  case block16 = 16

  /// 32 elements.
  case block32 = 32
}

extension BlockScaledKind {
  /// The elements along k of one instruction with a dense A.
  public var depth: Int { self == .mxf8f6f4 ? 32 : 64 }

  /// The blocks that the kind can have.
  public var scaleBlocks: [ScaleBlock] { self == .mxf4nvf4 ? [.block32, .block16] : [.block32] }

  /// Returns the scales of a row that one instruction with a dense A uses.
  public func scaleCount(_ block: ScaleBlock) -> Int { depth / block.rawValue }
}

extension BlockScaledInstructionDescriptor {
  /// Returns the rules that the bits break in an instruction of the given group whose A is dense and
  /// whose scales are for the given blocks.
  public func findings(for group: CTAGroup, block: ScaleBlock) -> [DescriptorFinding] {
    var result = findings(for: group)
    // What the kind as a whole allows is narrower for each of its blocks.
    if kind == .mxf4nvf4, let scaleCode = operands?.codes.scale {
      let ids: DescriptorRule = .oneOf(block == .block16 ? [0] : [0, 2])
      let types: DescriptorRule = .oneOf(block == .block16 ? [0, 1] : [1])
      result += [
        DescriptorFinding(checking: .scaleFactorA, value: scaleFactorA, against: ids),
        DescriptorFinding(checking: .scaleFactorB, value: scaleFactorB, against: ids),
        DescriptorFinding(checking: .scaleType, value: scaleCode, against: types),
      ].compactMap { $0 }.filter { finding in !result.contains { $0.field == finding.field } }
    }
    if let finding = DescriptorFinding(
      checking: .isSparse, value: isSparse ? 1 : 0, against: .oneOf([0]))
    {
      result.append(finding)
    }
    return result
  }

  /// Returns this descriptor for other scales of the same cells.
  ///
  /// - Parameters:
  ///   - scaleFactorA: The byte of a cell in which A's scale factors begin.
  ///   - scaleFactorB: The byte of a cell in which B's scale factors begin.
  ///   - group: The CTAs that the instruction works for.
  /// - Returns: The other descriptor.
  /// - Throws: `DescriptorFinding` where there are no such scales.
  public func selecting(
    scaleFactorA: Int, scaleFactorB: Int, group: CTAGroup = .one
  ) throws(DescriptorFinding) -> BlockScaledInstructionDescriptor {
    guard let operands else { throw findings(for: group)[0] }
    return try BlockScaledInstructionDescriptor(
      operands, m: m, n: n, aMajorness: aMajorness, bMajorness: bMajorness, negatesA: negatesA,
      negatesB: negatesB, isSparse: isSparse, scaleFactorA: scaleFactorA,
      scaleFactorB: scaleFactorB, group: group)
  }
}
