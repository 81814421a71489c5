// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A comparison of a kernel's result with the reference, element by element.
public struct MatmulComparison: Hashable, Sendable {
  /// An element whose error exceeds the bound.
  public struct Mismatch: Hashable, Sendable {
    /// The element's row in C.
    public var row: Int

    /// The element's column in C.
    public var column: Int

    /// The value of the kernel.
    public var value: Double

    /// The value of the reference.
    public var expected: Double

    /// The bound on the error.
    public var bound: Double

    /// The thread that computed it.
    public var owner: ElementOwner?
  }

  /// The number of elements that were compared.
  public var elementCount = 0

  /// The elements that are further from the reference than they may be, and those that are NaN
  /// where the reference is not.
  public var mismatchCount = 0

  /// The largest error, as a multiple of the bound.
  public var largestShareOfBound = 0.0

  /// The largest error, relative to the reference's element, or to the expected magnitude of such
  /// elements if that is larger.
  ///
  /// Cancellation can make an element arbitrarily small, so that no relative error would be
  /// meaningful. NaN counts as an infinite error.
  public var largestRelativeError = 0.0

  /// The first element that is wrong, row by row.
  public var firstMismatch: Mismatch?

  /// Whether all elements are right.
  public var isMatch: Bool { mismatchCount == 0 }
}

extension HostReference {
  /// Compares a result with this reference.
  ///
  /// - Parameters:
  ///   - result: C, [m, n].
  ///   - isExact: Whether sums are exact, so that each element must equal the rounded reference.
  ///   - owner: Returns the thread that stored an element, for the report.
  /// - Returns: The counts, and the first element that is wrong.
  public func compare<Element: NumberFormat>(
    _ result: [Element], isExact: Bool = false, owner: (Int, Int) -> ElementOwner? = { _, _ in nil }
  ) -> MatmulComparison {
    require(
      result.count >= shape.m.saturatingProduct(shape.n),
      "C must have \(shape.m) x \(shape.n) elements, not \(result.count).")
    return compare(isExact: isExact, owner: owner) { row, column in
      result[rows[row] * shape.n + columns[column]]
    }
  }

  /// Compares sampled elements of a result with this reference.
  ///
  /// - Parameters:
  ///   - elements: The elements of the reference's rows and columns, row after row.
  ///   - isExact: Whether sums are exact, so that each element must equal the rounded reference.
  ///   - owner: Returns the thread that stored an element, for the report.
  /// - Returns: The counts, and the first element that is wrong.
  public func compare<Element: NumberFormat>(
    sampled elements: [Element], isExact: Bool = false,
    owner: (Int, Int) -> ElementOwner? = { _, _ in nil }
  ) -> MatmulComparison {
    require(elements.count == values.count, "Each computed element is compared with one.")
    return compare(isExact: isExact, owner: owner) { row, column in
      elements[row * columns.count + column]
    }
  }

  /// Compares elements with this reference, each given by the positions of its row and column.
  private func compare<Element: NumberFormat>(
    isExact: Bool, owner: (Int, Int) -> ElementOwner?, element: (Int, Int) -> Element
  ) -> MatmulComparison {
    var comparison = MatmulComparison()
    for (rowPosition, row) in rows.enumerated() {
      for (columnPosition, column) in columns.enumerated() {
        let exact = values[rowPosition * columns.count + columnPosition]
        // NaN and infinities of A and B leave no room: the element must be the same.
        let bound =
          isExact || !exact.isFinite
          ? 0 : bound(row: rowPosition, column: columnPosition, of: Element.self)
        let value = Double(element(rowPosition, columnPosition).float)
        // A sum beyond the element type's largest value is stored as an infinity.
        let isOverflow =
          value.isInfinite
          && Double(Element(exact + (value > 0 ? bound : -bound)).float) == value
        let rounded = isExact && exact.isFinite ? Double(Element(Float(exact)).float) : exact
        let expected = isOverflow ? value : rounded
        comparison.add(
          .init(row: row, column: column, value: value, expected: expected, bound: bound),
          magnitude: magnitude(row: rowPosition, column: columnPosition)
        ) { owner(row, column) }
      }
    }
    return comparison
  }
}

extension MatmulComparison {
  /// Counts an element, which is a mismatch if its error exceeds the bound.
  ///
  /// - Parameters:
  ///   - element: The element, right or wrong.
  ///   - magnitude: The expected magnitude of the element.
  ///   - owner: Returns the thread that stored the element.
  fileprivate mutating func add(
    _ element: Mismatch, magnitude: Double, owner: () -> ElementOwner?
  ) {
    elementCount += 1
    // Equal infinities differ by NaN, and so does NaN from itself.
    let isSame =
      element.value == element.expected || (element.value.isNaN && element.expected.isNaN)
    let difference = isSame ? 0 : abs(element.value - element.expected)
    if difference != 0, element.bound > 0 {
      largestShareOfBound = max(largestShareOfBound, difference / element.bound)
    }
    if difference != 0 {
      let scale = max(abs(element.expected), magnitude)
      let error = difference / scale
      largestRelativeError = max(largestRelativeError, error.isNaN ? .infinity : error)
    }
    // Written so that NaN is a mismatch.
    guard !(difference <= element.bound) else { return }
    mismatchCount += 1
    if firstMismatch == nil {
      firstMismatch = element
      firstMismatch?.owner = owner()
    }
  }
}

extension MatmulComparison.Mismatch: CustomStringConvertible {
  /// A sentence with the position, the values and the thread that stored it.
  public var description: String {
    let place = owner.map { ", computed in \($0)" }
    return "C[\(row), \(column)] is \(value), expected \(expected) within \(bound)\(place ?? "")"
  }
}
