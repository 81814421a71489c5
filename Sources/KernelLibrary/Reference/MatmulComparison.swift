import NumberFormats

/// How a kernel's result compares with the reference, element by element.
public struct MatmulComparison: Hashable, Sendable {
  /// An element that is further from the reference than it may be.
  public struct Mismatch: Hashable, Sendable {
    /// The element's row in C.
    public var row: Int

    /// The element's column in C.
    public var column: Int

    /// What the kernel computed.
    public var value: Double

    /// What the reference says.
    public var expected: Double

    /// The most that they may differ by.
    public var bound: Double

    /// Who computed it.
    public var owner: ElementOwner?
  }

  /// The elements that were compared.
  public var elementCount = 0

  /// The elements that are further from the reference than they may be, NaN included.
  public var mismatchCount = 0

  /// The greatest difference, as a multiple of what the element may differ by.
  public var largestShareOfBound = 0.0

  /// The greatest difference, relative to the reference's element, or to the magnitude that sums
  /// of such rows have where the element is smaller than that.
  ///
  /// Terms that cancel leave an element of any smallness, to which no error is in proportion. An
  /// element that is NaN counts as an infinite error.
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
  ///   - isExact: Whether the sums are exact, so that each element must be the rounded reference itself.
  ///   - owner: Says who computed an element, for the report.
  /// - Returns: The counts, and the first element that is wrong.
  public func compare<Element: NumberFormat>(
    _ result: [Element], isExact: Bool = false, owner: (Int, Int) -> ElementOwner? = { _, _ in nil }
  ) -> MatmulComparison {
    compare(isExact: isExact, owner: owner) { row, column in
      result[rows[row] * shape.n + columns[column]]
    }
  }

  /// Compares the elements of a result that this reference has with it.
  ///
  /// - Parameters:
  ///   - elements: The elements of the reference's rows and columns, row after row.
  ///   - isExact: Whether the sums are exact, so that each element must be the rounded reference itself.
  ///   - owner: Says who computed an element, for the report.
  /// - Returns: The counts, and the first element that is wrong.
  public func compare<Element: NumberFormat>(
    sampled elements: [Element], isExact: Bool = false,
    owner: (Int, Int) -> ElementOwner? = { _, _ in nil }
  ) -> MatmulComparison {
    precondition(elements.count == values.count, "Each computed element is compared with one.")
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
        let bound =
          isExact ? 0 : bound(row: rowPosition, column: columnPosition, of: Element.self)
        let value = Double(element(rowPosition, columnPosition).float)
        // A sum beyond the element type's greatest value is stored as an infinity.
        let isOverflow =
          value.isInfinite
          && Double(Element(exact + (value > 0 ? bound : -bound)).float) == value
        let rounded = isExact ? Double(Element(Float(exact)).float) : exact
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
  /// Counts an element, which is a mismatch if it is further from the reference than it may be.
  ///
  /// - Parameters:
  ///   - element: The element, right or wrong.
  ///   - magnitude: The magnitude that sums of such rows have.
  ///   - owner: Says who computed the element.
  fileprivate mutating func add(
    _ element: Mismatch, magnitude: Double, owner: () -> ElementOwner?
  ) {
    elementCount += 1
    // Equal infinities differ by NaN.
    let difference =
      element.value == element.expected ? 0 : abs(element.value - element.expected)
    if difference != 0, element.bound > 0 {
      largestShareOfBound = max(largestShareOfBound, difference / element.bound)
    }
    if difference != 0 {
      let scale = max(abs(element.expected), magnitude)
      let error = difference.isNaN ? .infinity : difference / scale
      largestRelativeError = max(largestRelativeError, error)
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
  /// A sentence with the place, the values and who computed it.
  public var description: String {
    let place = owner.map { owner in
      ", computed by block (\(owner.blockColumn), \(owner.blockRow)), warp \(owner.warp), "
        + "lane \(owner.lane)"
    }
    return "C[\(row), \(column)] is \(value), expected \(expected) within \(bound)\(place ?? "")"
  }
}
