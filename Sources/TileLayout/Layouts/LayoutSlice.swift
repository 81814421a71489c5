// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A slice of a layout: the modes that were kept, and the offset of its start.
///
/// The offset of a coordinate of the slice is `layout(coordinate)`, plus `offset`, plus the values
/// of all `terms`, which a kernel computes from its dynamic coordinates.
public struct LayoutSlice: Hashable, Sendable {
  /// The modes that were kept whole, in order; `1:0` if there are none.
  public let layout: Layout

  /// The part of the start offset that is known while recording.
  public let offset: Int

  /// The terms that dynamic coordinates add to the start offset.
  public let terms: [SliceTerm]

  /// Returns the offset of the start for given values of the dynamic coordinates.
  public func start(at dynamicCoordinates: [Int]) -> Int {
    terms.reduce(offset) { $0 + $1(dynamicCoordinates[$1.coordinate]) }
  }
}

/// The term that a dynamic coordinate adds to an offset: `coordinate / divisor % extent * stride`.
public struct SliceTerm: Hashable, Sendable {
  /// The number of the dynamic coordinate.
  public let coordinate: Int

  /// The divisor of the coordinate, 1 if there is no division.
  public let divisor: Int

  /// The modulus of the quotient, or `nil` if the quotient is always smaller.
  public let extent: Int?

  /// The factor of the remainder, never 0.
  public let stride: Int

  /// Returns the value of the term for a value of its coordinate.
  public func callAsFunction(_ value: Int) -> Int {
    let quotient = value / divisor
    guard let extent else { return quotient * stride }
    return quotient % extent * stride
  }
}
