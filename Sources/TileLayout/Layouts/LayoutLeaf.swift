// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// One leaf of a layout: an extent and its stride, CuTe's `extent:stride`.
struct LayoutLeaf: Hashable {
  /// The number of coordinates.
  var extent: Int

  /// The distance between the offsets of neighbouring coordinates.
  var stride: Int
}

extension Layout {
  /// The leaves from left to right, which is from the fastest to the slowest.
  var leaves: [LayoutLeaf] {
    zip(shape.flattened, stride.flattened).map(LayoutLeaf.init)
  }

  /// Creates the flat layout of the given leaves: `1:0` for none, a leaf for one.
  init(leaves: [LayoutLeaf]) {
    switch leaves.count {
    case 0:
      self.init(1, stride: 0)
    case 1:
      self.init(.leaf(leaves[0].extent), stride: .leaf(leaves[0].stride))
    default:
      self.init(
        .nested(leaves.map { .leaf($0.extent) }), stride: .nested(leaves.map { .leaf($0.stride) }))
    }
  }
}
