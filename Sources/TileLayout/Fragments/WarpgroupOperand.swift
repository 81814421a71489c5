// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The fragment of A of `wgmma` in the four registers of each thread of a warpgroup: 64 rows of 32
/// bytes of k.
///
/// - SeeAlso: PTX ISA, "Register fragments" of `wgmma`, matrix A.
public struct WarpgroupOperand: Hashable, Sendable {
  /// The number of registers of each thread.
  public static let registerCount = 4

  /// The bytes of an element: 1, 2 or 4.
  public let elementByteCount: Int

  /// Creates the fragment of elements of the given width.
  public init(elementByteCount: Int) {
    require(
      [1, 2, 4].contains(elementByteCount),
      "Elements of A must have 1, 2 or 4 bytes, not \(elementByteCount).")
    self.elementByteCount = elementByteCount
  }

  /// The number of elements in a register.
  public var elementsPerRegister: Int { 4 / elementByteCount }

  /// Returns the element of A in a register.
  ///
  /// - Parameters:
  ///   - thread: The index of the thread in its warpgroup, in `0..<128`.
  ///   - register: The index of the register, in `0..<4`.
  ///   - element: The index of the element in the register, from the low bits up.
  /// - Returns: The row m and the column k.
  public func position(thread: Int, register: Int, element: Int) -> MatrixPosition {
    let lane = LanePosition(lane: thread % 32)
    let row = 16 * (thread / 32) + lane.group + 8 * (register % 2)
    let column = (lane.quad + 4 * (register / 2)) * elementsPerRegister + element
    return MatrixPosition(row: row, column: column)
  }
}
