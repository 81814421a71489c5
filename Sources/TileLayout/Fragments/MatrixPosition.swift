// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A position in a matrix, or in the part of it that one instruction reads or writes.
public struct MatrixPosition: Hashable, Sendable {
  /// The row.
  public let row: Int

  /// The column.
  public let column: Int

  /// Creates a position.
  public init(row: Int, column: Int) {
    self.row = row
    self.column = column
  }
}

/// A register of a thread, as part of a fragment.
public struct FragmentSlot: Hashable, Sendable {
  /// The index of the thread in its warp or warpgroup.
  public let thread: Int

  /// The index of the register in the fragment.
  public let register: Int

  /// Creates a slot.
  public init(thread: Int, register: Int) {
    self.thread = thread
    self.register = register
  }
}
