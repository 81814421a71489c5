// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Layout {
  /// Returns the flat layout with the fewest leaves that is the same function on `0..<size`.
  public func coalesced() -> Layout {
    var result: [LayoutLeaf] = []
    for leaf in leaves where leaf.extent != 1 {
      if let last = result.last, last.extent * last.stride == leaf.stride {
        result[result.count - 1].extent *= leaf.extent
      } else {
        result.append(leaf)
      }
    }
    return Layout(leaves: result)
  }

  /// Returns the layout with each of its modes coalesced, which keeps the rank.
  public func coalescedByMode() -> Layout {
    guard depth > 0 else { return self }
    return Layout(modes: modes.map { $0.coalesced() })
  }
}
