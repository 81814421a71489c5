// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The fragment of D of `wgmma` m64nNkK in the registers of a warpgroup: f32 or s32, `n / 2` in
/// each thread.
///
/// For f16, register `j` holds the elements `2j` (low half) and `2j + 1` (high half) of this
/// fragment.
///
/// - SeeAlso: PTX ISA, "Register fragments" of `wgmma`, matrix D.
public enum WarpgroupAccumulator {
  /// The values of N for instructions with floating-point operands.
  public static let columnCounts = Array(stride(from: 8, through: 256, by: 8))

  /// The values of N for instructions with integer operands.
  public static let integerColumnCounts = [8, 16, 24] + stride(from: 32, through: 256, by: 16)

  /// Returns the number of elements in each thread for N columns.
  public static func registerCount(n: Int) -> Int { n / 2 }

  /// Returns the element of D that a register holds.
  ///
  /// - Parameters:
  ///   - thread: The index of the thread in its warpgroup, in `0..<128`.
  ///   - register: The index of the register.
  /// - Returns: The row, in `0..<64`, and the column.
  public static func position(thread: Int, register: Int) -> MatrixPosition {
    let lane = LanePosition(lane: thread % 32)
    let rowInWarp = lane.group + 8 * (register / 2 % 2)
    let column = 8 * (register / 4) + 2 * lane.quad + register % 2
    return MatrixPosition(row: 16 * (thread / 32) + rowInWarp, column: column)
  }

  /// Returns the elements of D that a register holds, from its low bits up.
  ///
  /// - Parameters:
  ///   - thread: The index of the thread in its warpgroup, in `0..<128`.
  ///   - register: The index of the register.
  ///   - elementsPerRegister: 1 for f32 and s32, 2 for f16.
  /// - Returns: The rows, in `0..<64`, and the columns.
  public static func positions(
    thread: Int, register: Int, elementsPerRegister: Int
  ) -> [MatrixPosition] {
    (0..<elementsPerRegister).map {
      position(thread: thread, register: register * elementsPerRegister + $0)
    }
  }

  /// Returns the register that holds an element of D.
  public static func slot(row: Int, column: Int) -> FragmentSlot {
    let lane = 4 * (row % 8) + column / 2 % 4
    let register = 4 * (column / 8) + 2 * (row / 8 % 2) + column % 2
    return FragmentSlot(thread: 32 * (row / 16) + lane, register: register)
  }

  /// Returns the warp that holds the sums of a row of a tile that warpgroups share.
  ///
  /// Each warpgroup has consecutive rows, and multiplies 64 of them after another.
  ///
  /// - Parameters:
  ///   - row: The row in the tile.
  ///   - rowsPerWarpgroup: The rows of each warpgroup, a multiple of 64.
  /// - Returns: The warp, counted from the first warpgroup's first.
  public static func warp(ofRow row: Int, rowsPerWarpgroup: Int) -> Int {
    row / rowsPerWarpgroup * 4 + row % 64 / 16
  }

  /// Returns the fragment as a layout from (thread, register) to `row + 64 * column`.
  ///
  /// - SeeAlso: CUTLASS, `CLayout_64xN` in `cute/atom/mma_traits_sm90_gmma.hpp`.
  public static func layout(n: Int) -> Layout {
    Layout([[4, 8, 4], [2, 2, .leaf(n / 8)]], stride: [[128, 1, 16], [64, 8, 512]])
  }

  /// Returns the accumulators of one thread as a layout from (row, column) to register indices.
  ///
  /// Of each 8 rows and 8 columns a thread holds two neighbouring elements of one row. Rows and
  /// columns count only those of the thread.
  ///
  /// - Parameters:
  ///   - n: The number of columns of D.
  ///   - blocks: The number of D matrices, stacked along M, with consecutive registers.
  /// - Returns: The layout.
  public static func threadLayout(n: Int, blocks: Int = 1) -> Layout {
    let count = registerCount(n: n)
    return Layout(
      [[2, .leaf(blocks)], [2, .leaf(n / 8)]], stride: [[2, .leaf(count)], [1, 4]])
  }
}

/// The position of a lane among the eight groups of four that matrix fragments consist of.
struct LanePosition {
  /// The index of the group of four: the row in a fragment of eight.
  let group: Int

  /// The index of the lane in its group.
  let quad: Int

  /// Creates the position of a lane.
  init(lane: Int) {
    group = lane / 4
    quad = lane % 4
  }
}
