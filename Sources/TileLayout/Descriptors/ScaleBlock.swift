// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The number of elements along k that share one scale in a block-scaled `tcgen05.mma`.
public enum ScaleBlock: Int, Hashable, Sendable, CaseIterable {
  /// 16 elements.
  case block16 = 16

  /// 32 elements.
  case block32 = 32
}

extension BlockScaledKind {
  /// The number of elements along k of one instruction with a dense A.
  public var depth: Int { self == .mxf8f6f4 ? 32 : 64 }

  /// The block sizes that the kind supports.
  public var scaleBlocks: [ScaleBlock] { self == .mxf4nvf4 ? [.block32, .block16] : [.block32] }

  /// Returns the number of scales of a row that one instruction with a dense A uses.
  public func scaleCount(_ block: ScaleBlock) -> Int { depth / block.rawValue }
}

extension BlockScaledInstructionDescriptor {
  /// Returns the rules that the bits break in an instruction of the given group and block size
  /// whose A is dense.
  public func findings(for group: CTAGroup, block: ScaleBlock) -> [DescriptorFinding] {
    var result = findings(for: group)
    // Each block size allows less than the kind as a whole.
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

  /// Returns this descriptor with other scales of the same cells.
  ///
  /// - Parameters:
  ///   - scaleFactorA: The first byte of A's scale factors in a cell.
  ///   - scaleFactorB: The first byte of B's scale factors in a cell.
  ///   - group: The number of CTAs of the instruction.
  /// - Returns: The other descriptor.
  /// - Throws: `DescriptorFinding` if there are no such scales.
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
