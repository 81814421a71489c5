/// Where the registers of a warp hold the 8 × 8 matrices of `ldmatrix` and `stmatrix` with
/// `.m8n8.b16`.
///
/// Register `i` holds a part of matrix `i`, two elements in each lane.
///
/// - SeeAlso: PTX ISA, "ldmatrix".
public enum EightByEightMatrix {
  /// The numbers of matrices that move at once.
  public static let counts = [1, 2, 4]

  /// Returns the element, as it lies in memory, that a lane's half register holds.
  ///
  /// - Parameters:
  ///   - lane: The lane.
  ///   - half: 0 for the low half of the register, 1 for the high one.
  ///   - isTransposed: Whether the instruction has `.trans`.
  /// - Returns: The row, which is one of the eight addresses, and the column.
  public static func position(lane: Int, half: Int, isTransposed: Bool = false) -> MatrixPosition {
    let place = LanePosition(lane: lane)
    let pair = 2 * place.quad + half
    return isTransposed
      ? MatrixPosition(row: pair, column: place.group)
      : MatrixPosition(row: place.group, column: pair)
  }

  /// Returns the lane that gives the address of a row of a matrix.
  public static func addressLane(matrix: Int, row: Int) -> Int { 8 * matrix + row }
}
