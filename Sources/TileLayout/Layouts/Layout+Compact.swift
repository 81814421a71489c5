// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Layout {
  /// Returns the layout of the given shape without gaps in which the leftmost extent is contiguous.
  public static func columnMajor(_ shape: IntTuple) -> Layout {
    var next = 1
    return Layout(shape, stride: compactStride(shape, order: { $0 }, next: &next))
  }

  /// Returns the layout of the given shape without gaps in which the rightmost extent is
  /// contiguous.
  public static func rowMajor(_ shape: IntTuple) -> Layout {
    var next = 1
    return Layout(shape, stride: compactStride(shape, order: { $0.reversed() }, next: &next))
  }

  /// Returns the layout of the given extents without gaps in which the first is contiguous.
  public static func columnMajor(_ extents: Int...) -> Layout {
    columnMajor(.nested(extents.map(IntTuple.leaf)))
  }

  /// Returns the layout of the given extents without gaps in which the last is contiguous.
  public static func rowMajor(_ extents: Int...) -> Layout {
    rowMajor(.nested(extents.map(IntTuple.leaf)))
  }

  /// Returns the layout `extent:1`.
  public static func contiguous(_ extent: Int) -> Layout {
    Layout(.leaf(extent), stride: 1)
  }

  /// Returns strides that number the shape starting at `next`, with the modes in the given order.
  private static func compactStride(
    _ shape: IntTuple, order: ([IntTuple]) -> [IntTuple], next: inout Int
  ) -> IntTuple {
    switch shape {
    case .leaf(let extent):
      defer { next *= extent }
      return .leaf(next)
    case .nested(let modes):
      var strides: [IntTuple] = []
      for mode in order(modes) {
        strides.append(compactStride(mode, order: order, next: &next))
      }
      return .nested(order(strides))
    }
  }
}
