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
    return try Self.composition(of: coalesced().leaves, with: inner)
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

  /// Returns the composition of coalesced leaves after a layout, leaf by leaf of the latter.
  private static func composition(
    of outer: [LayoutLeaf], with inner: Layout
  ) throws(LayoutError) -> Layout {
    switch (inner.shape, inner.stride) {
    case (.leaf(let extent), .leaf(let stride)):
      return try composition(of: outer, with: LayoutLeaf(extent: extent, stride: stride))
    default:
      return Layout(
        modes: try inner.modes.map { (mode) throws(LayoutError) in
          try composition(of: outer, with: mode)
        })
    }
  }

  /// Returns the composition of coalesced leaves after one leaf that stays inside of them.
  private static func composition(
    of outer: [LayoutLeaf], with inner: LayoutLeaf
  ) throws(LayoutError) -> Layout {
    var rest = inner
    var result: [LayoutLeaf] = []
    for mode in outer {
      if (rest.extent - 1) * rest.stride < mode.extent {
        result.append(LayoutLeaf(extent: rest.extent, stride: rest.stride * mode.stride))
        break
      }
      if let part = try rest.removePart(in: mode) {
        result.append(part)
      }
    }
    return Layout(leaves: result)
  }
}

extension LayoutLeaf {
  /// Removes the coordinates that run through an outer mode, and returns the leaf they make there.
  ///
  /// What remains counts in units of the whole outer mode. There is no part where the stride steps
  /// over the mode.
  fileprivate mutating func removePart(in mode: LayoutLeaf) throws(LayoutError) -> LayoutLeaf? {
    if stride % mode.extent == 0 {
      stride /= mode.extent
      return nil
    }
    let count = mode.extent / stride
    guard mode.extent % stride == 0, extent % count == 0 else {
      throw .compositionNotDivisible(
        innerExtent: extent, innerStride: stride, outerExtent: mode.extent)
    }
    let part = LayoutLeaf(extent: count, stride: stride * mode.stride)
    extent /= count
    stride = 1
    return part
  }
}
