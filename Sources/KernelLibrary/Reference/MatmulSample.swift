/// Rows and columns of a product, spread evenly, whose elements are compared where all would take
/// too long.
public struct MatmulSample: Hashable, Sendable {
  /// The rows of C, in order.
  public let rows: [Int]

  /// The columns of C, in order.
  public let columns: [Int]

  /// Chooses rows and columns, in the proportion of C, at least two of each where C has as many.
  ///
  /// - Parameters:
  ///   - shape: The extents of the product, all positive.
  ///   - multiplicationLimit: About how many products of elements the sample may take.
  ///   - elementLimit: About how many elements of A and B it may take.
  public init(
    of shape: MatmulShape, multiplicationLimit: Int = 1 << 28, elementLimit: Int = 1 << 23
  ) {
    let area = Double(multiplicationLimit / shape.k)
    // Half as many of each as their sum may be, or more of one where the other has no more.
    let lines = max(elementLimit / shape.k, 4)
    let proportion = Double(shape.m) / Double(shape.n)
    let wantedRows = max(Int((area * proportion).squareRoot()), 2)
    let wantedColumns = max(Int(area) / min(wantedRows, shape.m), 2)
    let rowCount = min(wantedRows, shape.m, max(lines / 2, lines - min(wantedColumns, shape.n)))
    let columnCount = min(max(Int(area) / rowCount, 2), shape.n, lines - rowCount)
    rows = HostReference.evenlySpacedIndices(rowCount, of: shape.m)
    columns = HostReference.evenlySpacedIndices(columnCount, of: shape.n)
  }

  /// The number of elements.
  public var elementCount: Int { rows.count * columns.count }
}
