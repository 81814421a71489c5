// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The layout of a matrix's scales in global and shared memory, and in Tensor Memory after
/// `tcgen05.cp` with `.32x128b.warpx4`.
///
/// Blocks of 512 bytes hold four consecutive scales along k of each of 128 rows. The last blocks
/// are padded.
///
/// - SeeAlso: PTX ISA, "Scale factor layout" of `tcgen05.mma`; cuBLAS, "1D Block Scaling Factors
///   Layout".
public struct ScaleFactorLayout: Hashable, Sendable {
  /// The number of rows of the matrix: its extent along m or n.
  public let rows: Int

  /// The number of scales of each row.
  public let scaleCount: Int

  /// The bytes of a block.
  public static let blockByteCount = 512

  /// The number of rows of a block.
  public static let blockRowCount = 128

  /// The number of scales of each row in a block.
  public static let blockScaleCount = 4

  /// The number of Tensor Memory columns of a block.
  public static let blockColumnCount = 4

  /// Creates the layout of a matrix's scales.
  public init(rows: Int, scaleCount: Int) {
    require(
      rows > 0 && scaleCount > 0 && rows.saturatingProduct(scaleCount) <= 1 << 56,
      "A matrix must have 1 to 2^56 scales, not \(rows) rows of \(scaleCount).")
    self.rows = rows
    self.scaleCount = scaleCount
  }

  /// The number of blocks along the rows.
  public var rowBlockCount: Int {
    (rows + ScaleFactorLayout.blockRowCount - 1) / ScaleFactorLayout.blockRowCount
  }

  /// The number of blocks along k, which varies fastest in memory.
  public var scaleBlockCount: Int {
    (scaleCount + ScaleFactorLayout.blockScaleCount - 1) / ScaleFactorLayout.blockScaleCount
  }

  /// The bytes of all blocks.
  public var byteCount: Int {
    rowBlockCount * scaleBlockCount * ScaleFactorLayout.blockByteCount
  }

  /// Returns the offset of a scale.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - index: The index of the scale along k.
  /// - Returns: The offset in bytes.
  public func byteOffset(row: Int, index: Int) -> Int {
    let block = row / 128 * scaleBlockCount + index / 4
    let rowInBlock = row % 128
    let offset = rowInBlock % 32 * 16 + rowInBlock / 32 * 4 + index % 4
    return block * ScaleFactorLayout.blockByteCount + offset
  }

  /// Returns the cell in the first 32 lanes, relative to the block's address, that holds the four
  /// scales of a row of a block.
  ///
  /// The other three quarters of the lanes hold copies.
  public static func cell(row: Int) -> TensorMemoryCell {
    TensorMemoryCell(lane: row % 32, column: row / 32)
  }
}
