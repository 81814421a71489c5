// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The layout of D in Tensor Memory after `tcgen05.mma` with a dense A, one element in each cell.
///
/// An f16 element is in the low half of its cell.
///
/// - SeeAlso: PTX ISA, "Data path layout organization" of `tcgen05.mma`, which defines the letters.
public enum TensorMemoryAccumulator: String, Hashable, Sendable, CaseIterable {
  /// 256 rows in two CTAs, 128 in each.
  case a = "A"

  /// 128 rows in two CTAs, 64 in each, with the right half of the columns in the upper lanes.
  case b = "B"

  /// 128 rows in one CTA.
  case d = "D"

  /// 64 rows in one CTA, 16 in each quarter of the lanes.
  case f = "F"

  /// Creates the layout of an instruction, or `nil` if there is no such instruction.
  ///
  /// - Parameters:
  ///   - m: The number of rows of D, in all CTAs of the group.
  ///   - group: The number of CTAs of the instruction.
  public init?(m: Int, group: CTAGroup) {
    switch (m, group) {
    case (256, .two): self = .a
    case (128, .two): self = .b
    case (128, .one): self = .d
    case (64, .one): self = .f
    default: return nil
    }
  }

  /// The number of rows of D, in all CTAs of the group.
  public var rowCount: Int {
    switch self {
    case .a: 256
    case .b, .d: 128
    case .f: 64
    }
  }

  /// Returns the number of Tensor Memory columns that N columns of D take in each CTA.
  public func columnCount(n: Int) -> Int { self == .b ? n / 2 : n }

  /// Returns the part of D in one CTA as a layout from (row, column) to `65536 * lane + column`,
  /// the form of a Tensor Memory address.
  ///
  /// - Parameter n: The number of columns of D.
  /// - Returns: The layout.
  public func layout(n: Int) -> Layout {
    let lane = 1 << 16
    switch self {
    case .a, .d: return Layout([128, .leaf(n)], stride: [.leaf(lane), 1])
    case .b:
      return Layout(
        [64, [.leaf(n / 2), 2]], stride: [.leaf(lane), [1, .leaf(64 * lane)]])
    case .f:
      return Layout([[16, 4], .leaf(n)], stride: [[.leaf(lane), .leaf(32 * lane)], 1])
    }
  }

  /// Returns the rank, in the group, of the CTA that holds a row.
  public func rank(row: Int) -> Int {
    switch self {
    case .a: row / 128
    case .b: row / 64
    case .d, .f: 0
    }
  }

  /// Returns the cell of an element, relative to D's address.
  ///
  /// Layout F starts at the lane of the address, 0 or 16; the others at lane 0.
  ///
  /// - Parameters:
  ///   - row: The element's row, counted across all CTAs of the group.
  ///   - column: The element's column.
  ///   - n: The number of columns of D.
  /// - Returns: The cell, in the CTA `rank(row:)`.
  public func cell(row: Int, column: Int, n: Int) -> TensorMemoryCell {
    switch self {
    case .a:
      return TensorMemoryCell(lane: row % 128, column: column)
    case .b:
      let half = n / 2
      return TensorMemoryCell(lane: row % 64 + 64 * (column / half), column: column % half)
    case .d:
      return TensorMemoryCell(lane: row, column: column)
    case .f:
      return TensorMemoryCell(lane: row % 16 + 32 * (row / 16), column: column)
    }
  }
}
