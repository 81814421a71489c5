/// Why an operand tile has no canonical layout.
public enum CanonicalLayoutError: Error, Hashable, Sendable {
  /// Elements are not of 1, 2 or 4 bytes.
  case elementByteCountUnsupported(byteCount: Int)

  /// MN-major elements are wider than 2 bytes; those need a swizzle of 32-byte atoms, on Blackwell
  /// only.
  case elementTooWideForMNMajor(byteCount: Int)

  /// The extent along m or n is not a positive multiple of the number.
  case rowsIndivisible(rows: Int, divisor: Int)

  /// The extent along k is not a positive multiple of the number.
  case columnsIndivisible(columns: Int, divisor: Int)

  /// The boxes of tensor copies would be longer than they can be.
  case boxTooLong(outerExtent: Int, limit: Int)
}
