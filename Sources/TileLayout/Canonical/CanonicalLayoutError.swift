// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The reason that an operand tile has no canonical layout.
public enum CanonicalLayoutError: Error, Hashable, Sendable {
  /// Elements do not have 1, 2 or 4 bytes.
  case elementByteCountUnsupported(byteCount: Int)

  /// MN-major elements are wider than 2 bytes; these need a swizzle of 32-byte atoms, which only
  /// Blackwell has.
  case elementTooWideForMNMajor(byteCount: Int)

  /// The extent along m or n is not a positive multiple of the number.
  case rowsIndivisible(rows: Int, divisor: Int)

  /// The extent along k is not a positive multiple of the number.
  case columnsIndivisible(columns: Int, divisor: Int)

  /// The TMA boxes would be longer than the limit.
  case boxTooLong(outerExtent: Int, limit: Int)

  /// The tile is larger than any memory for tiles.
  case tooManyElements(rows: Int, columns: Int, limit: Int)

  /// The slices of a tile are not K-major with a positive multiple of 8 rows each.
  case slices(Int, rows: Int)
}

extension CanonicalLayoutError: CustomStringConvertible {
  /// One sentence with the value, the rule and, if there is one, the nearest valid value.
  public var description: String {
    switch self {
    case .elementByteCountUnsupported(let byteCount):
      "Elements of an operand tile must have 1, 2 or 4 bytes, not \(byteCount)."
    case .elementTooWideForMNMajor(let byteCount):
      "Elements of an MN-major tile must have 1 or 2 bytes, not \(byteCount)."
    case .rowsIndivisible(let rows, let divisor):
      """
      The number of rows of the tile must be a positive multiple of \(divisor), not \(rows); the \
      nearest is \(nearestMultiple(of: divisor, to: rows)).
      """
    case .columnsIndivisible(let columns, let divisor):
      """
      The number of columns of the tile must be a positive multiple of \(divisor), not \(columns); \
      the nearest is \(nearestMultiple(of: divisor, to: columns)).
      """
    case .boxTooLong(let outerExtent, let limit):
      """
      The boxes of the tile must have at most \(limit) lines, not \(outerExtent); the nearest is \
      \(limit).
      """
    case .tooManyElements(let rows, let columns, let limit):
      "A tile must have at most \(limit) elements, not \(rows) x \(columns)."
    case .slices(let count, let rows):
      """
      The slices of a tile must be K-major with a positive multiple of 8 rows each; \(rows) rows \
      cannot be \(count) slices.
      """
    }
  }
}

/// Returns the positive multiple of a step that is nearest to a value.
func nearestMultiple(of step: Int, to value: Int) -> Int {
  guard value > step else { return step }
  let rest = value % step
  let lower = value - rest
  return rest * 2 >= step && lower <= Int.max - step ? lower + step : lower
}
