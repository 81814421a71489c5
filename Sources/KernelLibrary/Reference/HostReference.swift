// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A product computed on the host in double precision, with an error bound for kernels.
public struct HostReference: Sendable {
  /// The extents.
  public let shape: MatmulShape

  /// The rows of C that were computed, in order.
  public let rows: [Int]

  /// The columns of C that were computed, in order.
  public let columns: [Int]

  /// The elements of those rows and columns, row after row.
  public let values: [Double]

  /// For each computed row, the Euclidean norm of A's row.
  private let aNorms: [Double]

  /// For each computed column, the Euclidean norm of B's row.
  private let bNorms: [Double]

  /// Computes C = A · Bᵀ, or some of its rows.
  ///
  /// - Parameters:
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - shape: The extents.
  ///   - rows: The rows of C to compute, or nil for all of them.
  public init<Element: NumberFormat>(
    a: [Element], b: [Element], shape: MatmulShape, rows: [Int]? = nil
  ) {
    require(
      min(shape.m, shape.n, shape.k) >= 0 && a.count >= shape.m.saturatingProduct(shape.k)
        && b.count >= shape.n.saturatingProduct(shape.k),
      """
      A product of \(shape.m) x \(shape.n) x \(shape.k) cannot have operands of \(a.count) and \
      \(b.count) elements.
      """)
    let chosen = rows ?? Array(0..<shape.m)
    require(
      chosen.allSatisfy { (0..<shape.m).contains($0) },
      "Rows \(chosen) are not all in a product of \(shape.m) rows.")
    let aRows = chosen.flatMap { row in a[row * shape.k..<(row + 1) * shape.k] }
    self.init(
      aRows: aRows, bRows: Array(b[0..<shape.n * shape.k]), shape: shape, rows: chosen,
      columns: Array(0..<shape.n))
  }

  /// Computes some rows and columns of C = A · Bᵀ.
  ///
  /// - Parameters:
  ///   - aRows: The rows of A for the rows of C, one after another.
  ///   - bRows: The rows of B for the columns of C, one after another.
  ///   - shape: The extents of the whole product.
  ///   - rows: The rows of C to compute.
  ///   - columns: The columns of C to compute.
  /// - Precondition: `aRows` has one row for each of `rows`, and `bRows` one for each of `columns`.
  public init<Element: NumberFormat>(
    aRows: [Element], bRows: [Element], shape: MatmulShape, rows: [Int], columns: [Int]
  ) {
    require(
      shape.k >= 0 && aRows.count == rows.count.saturatingProduct(shape.k)
        && bRows.count == columns.count.saturatingProduct(shape.k),
      "A computed row or column of C has a row of A or B.")
    let a = aRows.map { Double($0.float) }
    let b = bRows.map { Double($0.float) }
    self.shape = shape
    self.rows = rows
    self.columns = columns
    values = HostReference.product(
      a, b, rowCount: rows.count, columnCount: columns.count, depth: shape.k)
    aNorms = HostReference.norms(a, rowCount: rows.count, depth: shape.k)
    bNorms = HostReference.norms(b, rowCount: columns.count, depth: shape.k)
  }

  /// Returns evenly spaced rows of C, for shapes whose full product would take too long.
  public static func sampledRows(of shape: MatmulShape, count: Int) -> [Int] {
    evenlySpacedIndices(count, of: max(shape.m, 0))
  }

  /// Returns evenly spaced indices below an extent, including the first and the last; all of them,
  /// if the extent is at most the count, or the count is 1.
  static func evenlySpacedIndices(_ count: Int, of extent: Int) -> [Int] {
    guard extent > count, count > 1 else { return Array(0..<extent) }
    return (0..<count).map { $0 * (extent - 1) / (count - 1) }
  }

  /// Returns the bound on the error of an element of a kernel's result.
  ///
  /// Each step of the tensor cores adds 16 products to the accumulator, truncates each term below
  /// 2⁻²⁵ of the largest, and truncates the result to 24 bits; a chain of `fma` rounds each result
  /// to 24 bits. No term and no partial sum is larger than the product of the norms. The result is
  /// then rounded once to the element type.
  ///
  /// - Parameters:
  ///   - row: The position of the row in `rows`.
  ///   - column: The position of the column in `columns`.
  ///   - type: The element type of C.
  /// - Returns: The bound, which is not negative.
  public func bound<Element: NumberFormat>(
    row: Int, column: Int, of type: Element.Type
  ) -> Double {
    let greatest = aNorms[row] * bNorms[column]
    let steps = Double((shape.k + 15) / 16)
    let tensorCore = steps * (0x1p-23 + 17 * 0x1p-25)
    let chain = Double(shape.k) * 0x1p-24
    let sumError = max(tensorCore, chain) * greatest
    let value = abs(values[row * columns.count + column]) + sumError
    return sumError + HostReference.roundingError(of: value, as: type)
  }

  /// Returns the expected magnitude of an element of C whose terms have random signs.
  ///
  /// - Parameters:
  ///   - row: The position of the row in `rows`.
  ///   - column: The position of the column in `columns`.
  /// - Returns: The product of the norms of the rows of A and B, divided by the square root of k.
  func magnitude(row: Int, column: Int) -> Double {
    aNorms[row] * bNorms[column] / Double(max(shape.k, 1)).squareRoot()
  }

  /// Returns the largest error of rounding a value to nearest.
  private static func roundingError<Element: NumberFormat>(
    of value: Double, as type: Element.Type
  ) -> Double {
    let encoding = Element.encoding
    let least = 2 - encoding.exponentBias - encoding.significandBitCount
    let exponent = value == 0 ? Int.min / 2 : Int(value.exponent)
    let spacing = max(exponent - encoding.significandBitCount, least - 1)
    return Double(sign: .plus, exponent: spacing - 1, significand: 1)
  }

  /// Returns the Euclidean norm of each row.
  private static func norms(_ matrix: [Double], rowCount: Int, depth: Int) -> [Double] {
    (0..<rowCount).map { row in
      matrix[row * depth..<(row + 1) * depth].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }
}

// MARK: - The product

extension HostReference {
  /// The number of columns of C that are computed at once: a vector of doubles.
  private static let width = 4

  /// The number of rows of C that are computed at once.
  private static let height = 4

  /// Returns the rows of A times the rows of B.
  ///
  /// Four rows of B at a time are rearranged so that their elements of one k are a vector, which is
  /// loaded once for four rows of A.
  static func product(
    _ a: [Double], _ b: [Double], rowCount: Int, columnCount: Int, depth: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: rowCount * columnCount)
    var panel = [SIMD4<Double>](repeating: .zero, count: depth)
    for firstColumn in stride(from: 0, to: columnCount, by: width) {
      let columns = min(width, columnCount - firstColumn)
      for k in 0..<depth {
        for column in 0..<columns { panel[k][column] = b[(firstColumn + column) * depth + k] }
      }
      for firstRow in stride(from: 0, to: rowCount, by: height) {
        let sums = block(a, panel, firstRow: firstRow, rowCount: rowCount, depth: depth)
        for row in 0..<min(height, rowCount - firstRow) {
          let start = (firstRow + row) * columnCount + firstColumn
          for column in 0..<columns { result[start + column] = sums[row][column] }
        }
      }
    }
    return result
  }

  /// Returns the dot products of four rows of A with a panel; rows past the end repeat the last.
  private static func block(
    _ a: [Double], _ panel: [SIMD4<Double>], firstRow: Int, rowCount: Int, depth: Int
  ) -> InlineArray<4, SIMD4<Double>> {
    let starts = InlineArray<4, Int> { min(firstRow + $0, rowCount - 1) * depth }
    var sum0 = SIMD4<Double>.zero
    var sum1 = SIMD4<Double>.zero
    var sum2 = SIMD4<Double>.zero
    var sum3 = SIMD4<Double>.zero
    for k in 0..<depth {
      let vector = panel[k]
      sum0 += vector * a[starts[0] + k]
      sum1 += vector * a[starts[1] + k]
      sum2 += vector * a[starts[2] + k]
      sum3 += vector * a[starts[3] + k]
    }
    return [sum0, sum1, sum2, sum3]
  }
}
