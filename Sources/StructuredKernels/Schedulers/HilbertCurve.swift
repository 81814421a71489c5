/// A curve that visits every tile of a rectangle once, from each to a neighbour, and stays compact all the way.
///
/// Hilbert's own curve wants a square whose side is a power of two. This one cuts any rectangle as that one cuts
/// squares: into two halves and a middle, walked up, along and down; a long rectangle into two, walked one after
/// the other. Parts are cut at even lengths where there is a choice; where a side is odd, a step may be a
/// diagonal one.
public struct HilbertCurve: Sendable {
  /// The rows of the tiles, and their columns behind each: row, column, row, column, ….
  public private(set) var coordinates: [UInt32] = []

  /// Walks a rectangle of tiles.
  ///
  /// - Precondition: Both extents are positive.
  public init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0, "A curve visits at least one tile.")
    coordinates.reserveCapacity(2 * rows * columns)
    let (down, right) = (Offset(row: rows, column: 0), Offset(row: 0, column: columns))
    if columns >= rows {
      walk(from: Offset(row: 0, column: 0), along: right, across: down)
    } else {
      walk(from: Offset(row: 0, column: 0), along: down, across: right)
    }
  }

  /// Walks the part that begins at a tile, from there to the end of its first side.
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

  /// Adds a tile.
  private mutating func visit(_ tile: Offset) {
    coordinates.append(UInt32(tile.row))
    coordinates.append(UInt32(tile.column))
  }

  /// A distance between tiles, or a side of a rectangle.
  private struct Offset {
    /// The tiles along m.
    var row: Int

    /// The tiles along n.
    var column: Int

    /// The tiles along the side.
    var length: Int { abs(row + column) }

    /// One tile in the direction of the side.
    var unit: Offset { Offset(row: row.signum(), column: column.signum()) }

    /// Returns the first half of the side, rounded towards its origin's lesser end.
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
