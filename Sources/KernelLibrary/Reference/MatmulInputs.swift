// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import NumberFormats

/// The kind of elements of A and B.
public enum MatmulInputs: String, CaseIterable, Hashable, Sendable {
  /// Integers from -4 to 4: all sums are exact, in any order.
  case integers

  /// Normally distributed, times k^(-1/2), so that C is about 1.
  case normal

  /// Evenly distributed from -1 to 1.
  case uniform

  /// A small integer that depends on the element's position, which reveals misplaced elements.
  case positions

  /// Returns a matrix of `rows` by `columns` elements, row-major.
  ///
  /// Each element depends only on the seed and its position; `MatrixFill` generates the same ones
  /// on a device.
  ///
  /// - Parameters:
  ///   - type: The element type.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns: k.
  ///   - seed: The seed; A and B have different ones.
  /// - Returns: The elements.
  public func matrix<Element: NumberFormat>(
    of type: Element.Type, rows: Int, columns: Int, seed: UInt64
  ) -> [Element] {
    require(
      min(rows, columns) >= 0 && rows.saturatingProduct(columns) < .max,
      "There is no matrix of \(rows) x \(columns) elements.")
    return elements(0..<rows * columns, of: type, columns: columns, seed: seed)
  }

  /// Returns one row of the matrix that `matrix` returns.
  ///
  /// - Parameters:
  ///   - row: The row, counted from 0.
  ///   - type: The element type.
  ///   - columns: The number of columns: k.
  ///   - seed: The seed.
  /// - Returns: The elements.
  public func row<Element: NumberFormat>(
    _ row: Int, of type: Element.Type, columns: Int, seed: UInt64
  ) -> [Element] {
    require(
      min(row, columns) >= 0 && row.saturatingSum(1).saturatingProduct(columns) < .max,
      "There is no row \(row) of \(columns) elements.")
    return elements(row * columns..<(row + 1) * columns, of: type, columns: columns, seed: seed)
  }

  /// Returns a range of elements, counted row by row.
  private func elements<Element: NumberFormat>(
    _ places: Range<Int>, of type: Element.Type, columns: Int, seed: UInt64
  ) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(places.count)
    // Many at a time, since the code that makes the numbers does not know their final type.
    for start in stride(from: places.lowerBound, to: places.upperBound, by: 1024) {
      let range = start..<min(start + 1024, places.upperBound)
      for number in numbers(range, columns: columns, seed: seed) {
        elements.append(Element(number))
      }
    }
    return elements
  }

  /// Returns a range of elements, counted row by row, before they are rounded to their type.
  private func numbers(_ range: Range<Int>, columns: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed, after: UInt64(range.lowerBound))
    switch self {
    case .integers:
      return range.map { _ in Float(Int(generator.next() % 9) - 4) }
    case .normal:
      let scale = scale(columns: columns)
      return range.map { _ in generator.nextNormal() * scale }
    case .uniform:
      return range.map { _ in Float(2 * generator.nextUnit() - 1) }
    case .positions:
      var first = SeededGenerator(seed: seed)
      let shift = Int(first.next() % 13)
      return range.map { index in
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        return Float((row * 5 + column * 7 + shift) % 13 - 6)
      }
    }
  }

  /// Returns the factor of normally distributed numbers; 1 for all others.
  func scale(columns: Int) -> Float {
    self == .normal ? Float(1 / Double(max(columns, 1)).squareRoot()) : 1
  }

  /// Whether every product and sum is exact in f32, as long as k is at most 2²⁴ / 36.
  public var isExact: Bool {
    switch self {
    case .integers, .positions: true
    case .normal, .uniform: false
    }
  }
}
