// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// Evenly spaced rows and columns of a product, whose elements are compared if all would take too
/// long.
public struct MatmulSample: Hashable, Sendable {
  /// The rows of C, in order.
  public let rows: [Int]

  /// The columns of C, in order.
  public let columns: [Int]

  /// Chooses rows and columns, in the proportion of C, at least two of each if C has two.
  ///
  /// - Parameters:
  ///   - shape: The extents of the product, all positive.
  ///   - multiplicationLimit: The approximate limit of multiplications for the sample.
  ///   - elementLimit: The approximate limit of elements of A and B.
  public init(
    of shape: MatmulShape, multiplicationLimit: Int = 1 << 28, elementLimit: Int = 1 << 23
  ) {
    require(
      min(shape.m, shape.n, shape.k) > 0 && min(multiplicationLimit, elementLimit) > 0,
      """
      A sample needs a product of positive extents, and positive limits, not \(shape.m) x \
      \(shape.n) x \(shape.k) with \(multiplicationLimit) and \(elementLimit).
      """)
    let area = Double(multiplicationLimit / shape.k)
    // Half of the limit for each, or more for one if the other needs less.
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
