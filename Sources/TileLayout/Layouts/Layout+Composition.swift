extension Layout {
  /// Returns the composition of this layout after another: `result(c) == self(inner(c))`.
  ///
  /// The result has the nesting of the inner layout, with a list in place of a leaf that spans
  /// several modes of this one.
  ///
  /// - Parameter inner: A layout whose offsets are linear indices of this one.
  /// - Returns: The composition.
  /// - Throws: `LayoutError` if an offset is no index, or the composition is no layout.
  public func composition(with inner: Layout) throws(LayoutError) -> Layout {
    guard inner.cosize <= size else {
      throw .compositionPastEnd(innerCosize: inner.cosize, outerSize: size)
    }
    var composer = LayoutComposer(outer: coalesced().leaves)
    return try composer.composition(with: inner)
  }

  /// Returns this layout with its modes composed with those of a tiler, one by one.
  ///
  /// - Parameter tiler: A layout for each of the first modes; further modes stay as they are.
  /// - Returns: The composition by mode.
  /// - Throws: `LayoutError` if there are too many, or one of them does not compose.
  public func composition(byMode tiler: [Layout]) throws(LayoutError) -> Layout {
    try transformed(by: tiler) { (mode, tile) throws(LayoutError) in
      try mode.composition(with: tile)
    }
  }

  /// Returns this layout with its first modes replaced by what the closure makes of them and the
  /// tiler's.
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

/// Composes the coalesced leaves of an outer layout with the leaves of an inner one, one by one.
private struct LayoutComposer {
  /// The leaves of the outer layout.
  let outer: [LayoutLeaf]

  /// For each outer leaf the greatest index into it that the inner leaves so far add up to.
  var reached: [Int]

  /// Creates a composer that has seen no inner leaf.
  init(outer: [LayoutLeaf]) {
    self.outer = outer
    reached = Array(repeating: 0, count: outer.count)
  }

  /// Returns the composition after an inner layout, leaf by leaf of the latter.
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

  /// Returns the leaves that an inner leaf becomes, which are one for each outer leaf that it
  /// enters.
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

  /// Notes how far an inner leaf reaches into an outer one.
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
  /// What remains counts in units of the whole outer mode. There is no part where the stride steps
  /// over the mode.
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
