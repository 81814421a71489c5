// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

extension Layout {
  /// Returns the offset of a linear index.
  ///
  /// As in CuTe, an index at or past `size` continues along the last leaf.
  ///
  /// - Parameter index: The index, not negative.
  /// - Returns: The offset.
  public func callAsFunction(_ index: Int) -> Int {
    require(index >= 0, "A layout has no offset for the negative index \(index).")
    var rest = index
    return Self.offset(ofRest: &rest, shape, stride, isLast: true)
  }

  /// Returns the offset of a coordinate, given as one linear index for each of two or more modes.
  ///
  /// - Parameters:
  ///   - first: The index into the first mode.
  ///   - second: The index into the second mode.
  ///   - others: One index for each of the other modes.
  /// - Returns: The offset.
  public func callAsFunction(_ first: Int, _ second: Int, _ others: Int...) -> Int {
    let indices = [first, second] + others
    return self(.nested(indices.map(IntTuple.leaf)))
  }

  /// Returns the offset of a coordinate.
  ///
  /// - Parameter coordinate: A tuple nested like the shape; an integer in place of a list is a
  ///   linear index.
  /// - Returns: The offset.
  public func callAsFunction(_ coordinate: IntTuple) -> Int {
    switch coordinate {
    case .leaf(let index):
      return self(index)
    case .nested(let coordinates):
      require(
        coordinates.count == rank && shape.depth > 0,
        "The coordinate \(coordinate) does not fit the shape \(shape).")
      return zip(modes, coordinates).reduce(0) { sum, pair in sum + pair.0(pair.1) }
    }
  }

  /// Returns the coordinate, nested like the shape, of a linear index.
  ///
  /// - Parameter index: The index, in `0..<size`.
  /// - Returns: The coordinate.
  public func coordinate(of index: Int) -> IntTuple {
    require(
      (0..<size).contains(index), "The index \(index) is outside a layout of size \(size).")
    var rest = index
    return Self.coordinate(ofRest: &rest, shape)
  }

  /// The offsets of all linear indices, in order.
  public var offsets: [Int] { (0..<size).map { self($0) } }

  /// Returns the contribution of these modes to an offset, and divides `rest` by their size.
  private static func offset(
    ofRest rest: inout Int, _ shape: IntTuple, _ stride: IntTuple, isLast: Bool
  ) -> Int {
    switch (shape, stride) {
    case (.leaf(let extent), .leaf(let stride)):
      let index = isLast ? rest : rest % extent
      rest /= extent
      return index * stride
    case (.nested(let shapes), .nested(let strides)):
      var sum = 0
      for mode in shapes.indices {
        let isLastMode = isLast && mode == shapes.count - 1
        sum += offset(ofRest: &rest, shapes[mode], strides[mode], isLast: isLastMode)
      }
      return sum
    case (.leaf, .nested), (.nested, .leaf):
      fatalError("The shape \(shape) and the stride \(stride) are nested differently.")
    }
  }

  /// Returns the coordinate in these modes, and divides `rest` by their size.
  private static func coordinate(ofRest rest: inout Int, _ shape: IntTuple) -> IntTuple {
    switch shape {
    case .leaf(let extent):
      defer { rest /= extent }
      return .leaf(rest % extent)
    case .nested(let shapes):
      var coordinates: [IntTuple] = []
      for mode in shapes {
        coordinates.append(coordinate(ofRest: &rest, mode))
      }
      return .nested(coordinates)
    }
  }
}
