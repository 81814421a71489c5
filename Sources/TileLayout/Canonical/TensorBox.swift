// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// One TMA box: a part of an operand tile, and its place in shared memory.
public struct TensorBox: Hashable, Sendable {
  /// The number of elements along the contiguous dimension.
  public let innerExtent: Int

  /// The number of elements along the other dimension.
  public let outerExtent: Int

  /// The first element's index along m or n, in the tile.
  public let row: Int

  /// The first element's index along k, in the tile.
  public let column: Int

  /// The distance from the start of the tile in shared memory to that of the box, in bytes.
  public let byteOffset: Int

  /// The bytes of the box.
  public let byteCount: Int
}
