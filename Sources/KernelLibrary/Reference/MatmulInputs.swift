import DeviceRuntime
import NumberFormats

/// How the elements of A and B are made.
public enum MatmulInputs: String, CaseIterable, Hashable, Sendable {
  /// Integers from -4 to 4: all sums are exact, in any order.
  case integers

  /// Normally distributed, times k^(-1/2), so that C is about 1.
  case normal

  /// Evenly distributed from -1 to 1.
  case uniform

  /// A small integer that depends on the element's place alone, so that a wrong place shows.
  case positions

  /// Returns a matrix of `rows` by `columns` elements, row-major.
  ///
  /// - Parameters:
  ///   - type: The element type.
  ///   - rows: The rows.
  ///   - columns: The columns, which are k.
  ///   - seed: The seed; A and B have different ones.
  /// - Returns: The elements.
  public func matrix<Element: NumberFormat>(
    of type: Element.Type, rows: Int, columns: Int, seed: UInt64
  ) -> [Element] {
    var generator = SeededGenerator(seed: seed)
    switch self {
    case .integers:
      return (0..<rows * columns).map { _ in Element(Float(Int(generator.next() % 9) - 4)) }
    case .normal:
      let scale = 1 / Double(max(columns, 1)).squareRoot()
      return (0..<rows * columns).map { _ in Element(Float(generator.nextNormal() * scale)) }
    case .uniform:
      return (0..<rows * columns).map { _ in
        Element(Float(2 * generator.nextUnit() - 1))
      }
    case .positions:
      let shift = Int(generator.next() % 13)
      return (0..<rows * columns).map { index in
        let (row, column) = (index / columns, index % columns)
        return Element(Float((row * 5 + column * 7 + shift) % 13 - 6))
      }
    }
  }

  /// Whether every product and sum is exact in f32, as long as k is at most 2²⁴ / 36.
  public var isExact: Bool {
    switch self {
    case .integers, .positions: true
    case .normal, .uniform: false
    }
  }
}
