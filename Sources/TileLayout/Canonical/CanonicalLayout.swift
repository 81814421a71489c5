// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The layout of an operand tile in shared memory, as `wgmma` and `tcgen05.mma` read it.
///
/// TMA writes the tile as boxes of the width of the swizzle's span, one after another, each with
/// packed rows. Rows of the tile run along m or n, columns along k, whichever is contiguous.
/// Sub-byte elements are described by the bytes that hold them.
///
/// - SeeAlso: CUTLASS, `cute/arch/mma_sm90_desc.hpp` and `mma_sm100_desc.hpp`, "canonical layouts".
public struct CanonicalLayout: Hashable, Sendable {
  /// The maximum extent of a TMA box along a dimension, in elements.
  public static let boxExtentLimit = 256

  /// The bytes along k of each row that one matrix instruction reads.
  public static let stepByteCount = 32

  /// The most elements of a tile, far more than shared memory holds.
  static let elementLimit = 1 << 24

  /// The index that is contiguous.
  public let majorness: Majorness

  /// The swizzle of boxes and instructions.
  public let swizzleMode: SwizzleMode

  /// The extent along m or n.
  public let rows: Int

  /// The extent along k.
  public let columns: Int

  /// The bytes of an element: 1, 2 or 4.
  public let elementByteCount: Int

  /// Creates the layout of a tile.
  ///
  /// - Parameters:
  ///   - majorness: The index that is contiguous.
  ///   - swizzleMode: The swizzle.
  ///   - rows: The extent along m or n.
  ///   - columns: The extent along k.
  ///   - elementByteCount: The bytes of an element.
  /// - Throws: `CanonicalLayoutError` if there is no such layout.
  public init(
    _ majorness: Majorness, _ swizzleMode: SwizzleMode, rows: Int, columns: Int,
    elementByteCount: Int
  ) throws(CanonicalLayoutError) {
    self.majorness = majorness
    self.swizzleMode = swizzleMode
    self.rows = rows
    self.columns = columns
    self.elementByteCount = elementByteCount
    try checkElement()
    try checkExtents()
  }

  /// Checks that the instructions support elements of this width.
  private func checkElement() throws(CanonicalLayoutError) {
    guard [1, 2, 4].contains(elementByteCount) else {
      throw .elementByteCountUnsupported(byteCount: elementByteCount)
    }
    guard majorness == .k || elementByteCount <= 2 else {
      throw .elementTooWideForMNMajor(byteCount: elementByteCount)
    }
  }

  /// Checks that the tile is a whole number of boxes and instructions.
  private func checkExtents() throws(CanonicalLayoutError) {
    let rowDivisor = majorness == .k ? 8 : spanElementCount
    guard rows > 0, rows % rowDivisor == 0 else {
      throw .rowsIndivisible(rows: rows, divisor: rowDivisor)
    }
    let columnDivisor =
      majorness == .k ? max(spanElementCount, stepElementCount) : max(8, stepElementCount)
    guard columns > 0, columns % columnDivisor == 0 else {
      throw .columnsIndivisible(columns: columns, divisor: columnDivisor)
    }
    guard rows.saturatingProduct(columns) <= Self.elementLimit else {
      throw .tooManyElements(rows: rows, columns: columns, limit: Self.elementLimit)
    }
    guard boxOuterExtent <= Self.boxExtentLimit else {
      throw .boxTooLong(outerExtent: boxOuterExtent, limit: Self.boxExtentLimit)
    }
  }
}

extension CanonicalLayout {
  /// The number of elements in a row of an atom.
  public var spanElementCount: Int { swizzleMode.spanByteCount / elementByteCount }

  /// The number of elements along k that one instruction reads: its K.
  public var stepElementCount: Int { Self.stepByteCount / elementByteCount }

  /// The number of instructions along the tile's k.
  public var stepCount: Int { columns / stepElementCount }

  /// The bytes of the tile.
  public var byteCount: Int { rows * columns * elementByteCount }

  /// The required alignment of the tile's address in bytes.
  public var alignment: Int { swizzleMode.patternByteCount }
}

extension CanonicalLayout: CustomStringConvertible {
  /// The tile in words: "K-major 64 x 64, 2-byte elements, 128B swizzle".
  public var description: String {
    "\(majorness.rawValue) \(rows) x \(columns), \(elementByteCount)-byte elements, \(swizzleMode)"
  }
}
