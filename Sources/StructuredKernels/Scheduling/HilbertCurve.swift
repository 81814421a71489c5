// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A curve that visits every tile of a rectangle once, from neighbour to neighbour, so that any run
/// of tiles is compact.
///
/// Hilbert's curve needs a square whose side is a power of two. This generalization divides any
/// rectangle as that one divides squares: into two halves and a middle, walked up, along and down;
/// a long rectangle into two, walked one after the other. Rectangles are divided at even lengths if
/// possible; with an odd side, a step may be diagonal.
public struct HilbertCurve: Sendable {
  /// The coordinates of the tiles in order: row, column, row, column, ….
  public private(set) var coordinates: [UInt32] = []

  /// Walks a rectangle of tiles.
  ///
  /// - Precondition: Both extents are positive.
  public init(rows: Int, columns: Int) {
    require(
      rows > 0 && columns > 0 && rows.saturatingProduct(columns) <= Int(UInt32.max),
      "A curve must visit 1 to 4294967295 tiles, not \(rows) x \(columns).")
    coordinates.reserveCapacity(2 * rows * columns)
    let (down, right) = (Offset(row: rows, column: 0), Offset(row: 0, column: columns))
    if columns >= rows {
      walk(from: Offset(row: 0, column: 0), along: right, across: down)
    } else {
      walk(from: Offset(row: 0, column: 0), along: down, across: right)
    }
  }

  /// Walks the rectangle that begins at a tile, from that tile to the other end of its first side.
  private mutating func walk(from start: Offset, along: Offset, across: Offset) {
    let (length, width) = (along.length, across.length)
    if width == 1 || length == 1 {
      let step = width == 1 ? along.unit : across.unit
      for index in 0..<max(length, width) { visit(start + step * index) }
      return
    }
    if 2 * length > 3 * width {
      let near = along.half(isEven: length > 2)
      walk(from: start, along: near, across: across)
      walk(from: start + near, along: along - near, across: across)
      return
    }
    let near = across.half(isEven: width > 2)
    let half = along.half(isEven: false)
    walk(from: start, along: near, across: half)
    walk(from: start + near, along: along, across: across - near)
    let corner = start + (along - along.unit) + (near - across.unit)
    walk(from: corner, along: near * -1, across: (along - half) * -1)
  }

  /// Appends the coordinates of a tile.
  private mutating func visit(_ tile: Offset) {
    coordinates.append(UInt32(tile.row))
    coordinates.append(UInt32(tile.column))
  }

  /// A distance between tiles, or a side of a rectangle.
  private struct Offset {
    /// The number of tiles along m.
    var row: Int

    /// The number of tiles along n.
    var column: Int

    /// The number of tiles along the side.
    var length: Int { abs(row + column) }

    /// One tile in the direction of the side.
    var unit: Offset { Offset(row: row.signum(), column: column.signum()) }

    /// Returns half of the side, rounded towards negative infinity.
    ///
    /// - `isEven`: Whether an odd half has one tile more.
    func half(isEven: Bool) -> Offset {
      let half = Offset(row: row >> 1, column: column >> 1)
      return isEven && half.length % 2 == 1 ? half + unit : half
    }

    /// Returns the sum.
    static func + (lhs: Offset, rhs: Offset) -> Offset {
      Offset(row: lhs.row + rhs.row, column: lhs.column + rhs.column)
    }

    /// Returns the difference.
    static func - (lhs: Offset, rhs: Offset) -> Offset { lhs + rhs * -1 }

    /// Returns a multiple.
    static func * (lhs: Offset, rhs: Int) -> Offset {
      Offset(row: lhs.row * rhs, column: lhs.column * rhs)
    }
  }
}
