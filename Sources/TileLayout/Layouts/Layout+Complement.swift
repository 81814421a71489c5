// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

extension Layout {
  /// Returns the layout of the offsets that, added to this layout's, cover every offset below a
  /// bound exactly once.
  ///
  /// `Layout(modes: [a, a.complement(upTo: m)])` is a bijection onto `0..<n`, where `n` is `m`
  /// rounded up to a multiple of the smallest period of `a`. Leaves of extent 1 or stride 0 do not
  /// count.
  ///
  /// - Parameter bound: The number of offsets to cover, positive.
  /// - Returns: The complement, coalesced, in ascending order.
  /// - Throws: `LayoutError.complementUndefined` if a stride is not a multiple of the range that
  ///   smaller ones cover.
  public func complement(upTo bound: Int) throws(LayoutError) -> Layout {
    require(bound > 0, "A complement needs a positive bound, not \(bound).")
    var covered = 1
    var result: [LayoutLeaf] = []
    for leaf in leavesByStride where leaf.extent > 1 && leaf.stride > 0 {
      guard leaf.stride % covered == 0 else {
        throw .complementUndefined(stride: leaf.stride, covered: covered)
      }
      result.append(LayoutLeaf(extent: leaf.stride / covered, stride: covered))
      covered = leaf.stride * leaf.extent
    }
    result.append(LayoutLeaf(extent: (bound - 1) / covered + 1, stride: covered))
    return Layout(leaves: result).coalesced()
  }

  /// Returns a layout `r` with `self(r(i)) == i` for the longest possible range of `i` from zero.
  public func rightInverse() -> Layout {
    let coalescedLeaves = coalesced().leaves
    var indexStride = 1
    var sources: [(leaf: LayoutLeaf, indexStride: Int)] = []
    for leaf in coalescedLeaves {
      sources.append((leaf, indexStride))
      indexStride *= leaf.extent
    }
    var covered = 1
    var result: [LayoutLeaf] = []
    for source in sources.sorted(by: { $0.leaf.stride < $1.leaf.stride })
    where source.leaf.stride == covered {
      result.append(LayoutLeaf(extent: source.leaf.extent, stride: source.indexStride))
      covered *= source.leaf.extent
    }
    return Layout(leaves: result).coalesced()
  }

  /// The leaves in ascending order of stride.
  private var leavesByStride: [LayoutLeaf] {
    leaves.sorted { ($0.stride, $0.extent) < ($1.stride, $1.extent) }
  }
}
