// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The fragment of the 8 × 8 matrices of `ldmatrix` and `stmatrix` with `.m8n8.b16` in the
/// registers of a warp.
///
/// Register `i` holds matrix `i`, two elements in each lane.
///
/// - SeeAlso: PTX ISA, "ldmatrix".
public enum EightByEightMatrix {
  /// The numbers of matrices that one instruction can move.
  public static let counts = [1, 2, 4]

  /// Returns the element in memory that half of a lane's register holds.
  ///
  /// - Parameters:
  ///   - lane: The lane.
  ///   - half: 0 for the low half of the register, 1 for the high one.
  ///   - isTransposed: Whether the instruction has `.trans`.
  /// - Returns: The row, which is the index of one of the eight addresses, and the column.
  public static func position(lane: Int, half: Int, isTransposed: Bool = false) -> MatrixPosition {
    let place = LanePosition(lane: lane)
    let pair = 2 * place.quad + half
    return isTransposed
      ? MatrixPosition(row: pair, column: place.group)
      : MatrixPosition(row: place.group, column: pair)
  }

  /// Returns the lane whose address operand points at a row of a matrix.
  public static func addressLane(matrix: Int, row: Int) -> Int { 8 * matrix + row }
}
