/// A part of a layout: the modes that were kept, and where they begin.
///
/// The offset of a coordinate of the part is `layout(coordinate)`, plus `offset`, plus the values
/// of all `terms`, which a kernel computes from its dynamic coordinates.
public struct LayoutSlice: Hashable, Sendable {
  /// The modes that were taken whole, in order; `1:0` if there are none.
  public let layout: Layout

  /// The part of the beginning that is known now.
  public let offset: Int

  /// What dynamic coordinates add to the beginning.
  public let terms: [SliceTerm]

  /// Returns the offset at which the part begins for given values of the dynamic coordinates.
  public func start(at dynamicCoordinates: [Int]) -> Int {
    terms.reduce(offset) { $0 + $1(dynamicCoordinates[$1.coordinate]) }
  }
}

/// What a dynamic coordinate adds to an offset: `coordinate / divisor % extent * stride`.
public struct SliceTerm: Hashable, Sendable {
  /// The number of the dynamic coordinate.
  public let coordinate: Int

  /// What to divide the coordinate by: 1 where nothing is to be done.
  public let divisor: Int

  /// What to reduce the quotient by, or `nil` where it cannot be as large.
  public let extent: Int?

  /// What to multiply the remainder by, never 0.
  public let stride: Int

  /// Returns the value of the term for a value of its coordinate.
  public func callAsFunction(_ value: Int) -> Int {
    let quotient = value / divisor
    guard let extent else { return quotient * stride }
    return quotient % extent * stride
  }
}
