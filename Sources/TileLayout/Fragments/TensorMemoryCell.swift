// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A 32-bit cell of Tensor Memory, absolute or relative to an address.
public struct TensorMemoryCell: Hashable, Sendable {
  /// The lane: the row of Tensor Memory, one of 128.
  public let lane: Int

  /// The column, one of 512.
  public let column: Int

  /// Creates a cell.
  public init(lane: Int, column: Int) {
    self.lane = lane
    self.column = column
  }
}
