// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension CanonicalLayout {
  /// The function from (row, column) to byte offsets before the swizzle, with leaves for atoms and
  /// boxes.
  public var layout: Layout {
    let span = swizzleMode.spanByteCount
    let width = spanElementCount
    let contiguous: (extents: IntTuple, strides: IntTuple) = (
      [.leaf(width), .leaf(boxCount)], [.leaf(elementByteCount), .leaf(boxByteCount)]
    )
    let other: (extents: IntTuple, strides: IntTuple) = (
      [8, .leaf(boxOuterExtent / 8)], [.leaf(span), .leaf(8 * span)]
    )
    switch majorness {
    case .k:
      return Layout(
        [other.extents, contiguous.extents], stride: [other.strides, contiguous.strides])
    case .mn:
      return Layout(
        [contiguous.extents, other.extents], stride: [contiguous.strides, other.strides])
    }
  }

  /// The function from (row, column) to byte offsets in an aligned tile.
  public var swizzledLayout: SwizzledLayout {
    SwizzledLayout(swizzle: swizzleMode.swizzle, layout: layout)
  }

  /// Returns the offset of an element's first byte from the start of an aligned tile.
  public func byteOffset(row: Int, column: Int) -> Int { swizzledLayout(row, column) }
}

extension CanonicalLayout {
  /// The number of elements of a box along the contiguous index.
  public var boxInnerExtent: Int { spanElementCount }

  /// The number of elements of a box along the other index.
  public var boxOuterExtent: Int { majorness == .k ? rows : columns }

  /// The number of boxes that fill the tile.
  public var boxCount: Int { (majorness == .k ? columns : rows) / spanElementCount }

  /// The bytes of a box.
  public var boxByteCount: Int { boxOuterExtent * swizzleMode.spanByteCount }

  /// The boxes that fill the tile, in order of their bytes.
  public var boxes: [TensorBox] {
    (0..<boxCount).map { index in
      let origin = index * spanElementCount
      return TensorBox(
        innerExtent: boxInnerExtent, outerExtent: boxOuterExtent,
        row: majorness == .k ? 0 : origin, column: majorness == .k ? origin : 0,
        byteOffset: index * boxByteCount, byteCount: boxByteCount)
    }
  }
}
