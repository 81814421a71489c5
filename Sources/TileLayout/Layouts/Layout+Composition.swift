// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Layout {
  /// Returns the composition of this layout with an inner one: `result(c) == self(inner(c))`.
  ///
  /// The result has the nesting of the inner layout, with a list in place of each leaf that spans
  /// several modes of this layout.
  ///
  /// - Parameter inner: A layout whose offsets are linear indices of this one.
  /// - Returns: The composition.
  /// - Throws: `LayoutError` if an offset is not an index of this layout, or the composition is not
  ///   a layout.
  public func composition(with inner: Layout) throws(LayoutError) -> Layout {
    guard inner.cosize <= size else {
      throw .compositionPastEnd(innerCosize: inner.cosize, outerSize: size)
    }
    var composer = LayoutComposer(outer: coalesced().leaves)
    return try composer.composition(with: inner)
  }

  /// Returns this layout with each mode composed with the corresponding mode of a tiler.
  ///
  /// - Parameter tiler: A layout for each of the first modes; the other modes do not change.
  /// - Returns: The composition by mode.
  /// - Throws: `LayoutError` if the tiler has too many modes, or one of them does not compose.
  public func composition(byMode tiler: [Layout]) throws(LayoutError) -> Layout {
    try transformed(by: tiler) { (mode, tile) throws(LayoutError) in
      try mode.composition(with: tile)
    }
  }

  /// Returns this layout with its first modes replaced by the closure's results for each of them
  /// and the tiler's mode.
  func transformed(
    by tiler: [Layout], _ transform: (Layout, Layout) throws(LayoutError) -> Layout
  ) throws(LayoutError) -> Layout {
    var result = modes
    guard tiler.count <= result.count else {
      throw .tilerTooLong(tilerRank: tiler.count, layoutRank: result.count)
    }
    for (mode, tile) in tiler.enumerated() {
      result[mode] = try transform(result[mode], tile)
    }
    return Layout(modes: result)
  }
}

/// Composes the coalesced leaves of an outer layout with the leaves of an inner one, in order.
private struct LayoutComposer {
  /// The leaves of the outer layout.
  let outer: [LayoutLeaf]

  /// For each outer leaf, the largest index into it that the inner leaves so far add up to.
  var reached: [Int]

  /// Creates a composer that has seen no inner leaf.
  init(outer: [LayoutLeaf]) {
    self.outer = outer
    reached = Array(repeating: 0, count: outer.count)
  }

  /// Returns the composition with an inner layout, leaf by leaf.
  mutating func composition(with inner: Layout) throws(LayoutError) -> Layout {
    if case (.leaf(let extent), .leaf(let stride)) = (inner.shape, inner.stride) {
      return Layout(leaves: try parts(of: LayoutLeaf(extent: extent, stride: stride)))
    }
    var modes: [Layout] = []
    for mode in inner.modes {
      modes.append(try composition(with: mode))
    }
    return Layout(modes: modes)
  }

  /// Returns the leaves into which an inner leaf is split, one for each outer leaf that it enters.
  private mutating func parts(of inner: LayoutLeaf) throws(LayoutError) -> [LayoutLeaf] {
    var rest = inner
    var result: [LayoutLeaf] = []
    for (number, mode) in outer.enumerated() {
      guard let part = try rest.removePart(in: mode) else { continue }
      try reach(by: (part.extent - 1) * part.stride, in: number)
      result.append(LayoutLeaf(extent: part.extent, stride: part.stride * mode.stride))
      if rest.extent == 1 { break }
    }
    return result
  }

  /// Records the range of an outer leaf that an inner leaf reaches.
  private mutating func reach(by distance: Int, in number: Int) throws(LayoutError) {
    reached[number] += distance
    guard reached[number] < outer[number].extent else {
      throw .compositionCarries(reached: reached[number], outerExtent: outer[number].extent)
    }
  }
}

extension LayoutLeaf {
  /// Removes the coordinates that run through an outer mode, and returns them as indices into it.
  ///
  /// The rest counts in units of the whole outer mode. The result is `nil` if the stride steps over
  /// the mode.
  fileprivate mutating func removePart(in mode: LayoutLeaf) throws(LayoutError) -> LayoutLeaf? {
    if (extent - 1) * stride < mode.extent {
      defer { extent = 1 }
      return self
    }
    if stride % mode.extent == 0 {
      stride /= mode.extent
      return nil
    }
    let count = mode.extent / stride
    guard mode.extent % stride == 0, extent % count == 0 else {
      throw .compositionNotDivisible(
        innerExtent: extent, innerStride: stride, outerExtent: mode.extent)
    }
    let part = LayoutLeaf(extent: count, stride: stride)
    extent /= count
    stride = 1
    return part
  }
}
