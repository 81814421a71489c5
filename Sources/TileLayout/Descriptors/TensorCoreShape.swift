// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The form of a `tcgen05.mma`, which limits its shape.
public enum TensorCoreUse: Hashable, Sendable {
  /// An ordinary instruction of one or two CTAs.
  case group(CTAGroup)

  /// An instruction with `.ws`, of one CTA.
  case weightStationary
}

/// The number of rows and columns of D.
///
/// - SeeAlso: PTX ISA, "Matrix shape" of `tcgen05.mma`.
struct TensorCoreShape {
  /// The number of rows.
  let m: Int

  /// The number of columns.
  let n: Int

  /// Checks that the fields of an instruction descriptor can hold the shape.
  static func checkEncodable(m: Int, n: Int) throws(DescriptorFinding) {
    let rules: [(DescriptorField, Int, DescriptorRule)] = [
      (.m, m, .inRange(16...256)), (.m, m, .multipleOf(16)),
      (.n, n, .inRange(8...256)), (.n, n, .multipleOf(8)),
    ]
    for (field, value, rule) in rules {
      if let finding = DescriptorFinding(checking: field, value: value, against: rule) {
        throw finding
      }
    }
  }

  /// Returns the rules that the shape breaks in an instruction without block scales.
  func findings(
    kind: TensorCoreKind, bMajorness: Majorness, use: TensorCoreUse
  ) -> [DescriptorFinding] {
    switch use {
    case .group(let group):
      let rows = group == .one ? [64, 128] : [128, 256]
      let isWideStep = bMajorness == .mn && (kind == .f8f6f4 || kind == .i8)
      return findings(
        rows: rows, columns: kind == .i8 ? Self.byteColumns(group) : Self.columns(group),
        columnStep: isWideStep ? 16 * group.rawValue : 8)
    case .weightStationary:
      return findings(rows: [32, 64, 128], columns: .oneOf([64, 128, 256]), columnStep: 8)
    }
  }

  /// Returns the rules that the shape breaks in an instruction with block scales.
  func scaledFindings(group: CTAGroup, isSparse: Bool) -> [DescriptorFinding] {
    let pairRows = isSparse ? [256] : [128, 256]
    return findings(
      rows: group == .one ? [128] : pairRows, columns: Self.columns(group), columnStep: 8)
  }

  /// Returns the findings in the rows and the columns.
  private func findings(
    rows: [Int], columns: DescriptorRule, columnStep: Int
  ) -> [DescriptorFinding] {
    [
      DescriptorFinding(checking: .m, value: m, against: .oneOf(rows)),
      DescriptorFinding(checking: .n, value: n, against: columns),
      DescriptorFinding(checking: .n, value: n, against: .multipleOf(columnStep)),
    ].compactMap { $0 }
  }

  /// Returns the rule for the columns of float kinds: multiples of 8 for one CTA, of 16 for two.
  private static func columns(_ group: CTAGroup) -> DescriptorRule {
    let step = 8 * group.rawValue
    return .oneOf(Array(stride(from: step, through: 256, by: step)))
  }

  /// Returns the rule for the columns of kind `i8`: above 32, multiples of 16 for one CTA, of 32
  /// for two.
  private static func byteColumns(_ group: CTAGroup) -> DescriptorRule {
    switch group {
    case .one: .oneOf([8, 16, 24] + Array(stride(from: 32, through: 256, by: 16)))
    case .two: .oneOf(Array(stride(from: 32, through: 256, by: 32)))
    }
  }
}
