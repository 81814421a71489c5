extension Layout {
  /// Returns this layout repeated as another one says: mode 0 is this layout, mode 1 its
  /// repetitions.
  ///
  /// - Parameter tiler: The number and the order of the repetitions.
  /// - Returns: `(self, repetitions)`.
  /// - Throws: `LayoutError` if this layout has no complement, or that does not compose with the
  ///   tiler.
  public func logicalProduct(with tiler: Layout) throws(LayoutError) -> Layout {
    let repetitions = try complement(upTo: size * tiler.cosize)
    return Layout(modes: [self, try repetitions.composition(with: tiler)])
  }

  /// Returns this layout repeated in blocks: along each mode, first the block and then its
  /// repetitions.
  ///
  /// - Parameter tiler: The repetitions along each mode.
  /// - Returns: `((block0, repetitions0), …)`, with the rank of the higher ranked of the two.
  /// - Throws: `LayoutError` as `logicalProduct(with:)` does.
  public func blockedProduct(with tiler: Layout) throws(LayoutError) -> Layout {
    let (block, repetitions) = try productModes(with: tiler)
    return Layout(modes: zip(block, repetitions).map { Layout(modes: [$0, $1]) })
  }

  /// Returns this layout repeated interleaved: along each mode, first the repetitions and then the
  /// block.
  ///
  /// - Parameter tiler: The repetitions along each mode.
  /// - Returns: `((repetitions0, block0), …)`, with the rank of the higher ranked of the two.
  /// - Throws: `LayoutError` as `logicalProduct(with:)` does.
  public func rakedProduct(with tiler: Layout) throws(LayoutError) -> Layout {
    let (block, repetitions) = try productModes(with: tiler)
    return Layout(modes: zip(block, repetitions).map { Layout(modes: [$1, $0]) })
  }

  /// Returns the modes of block and repetitions in the product, as many of the one as of the other.
  private func productModes(
    with tiler: Layout
  ) throws(LayoutError) -> (block: [Layout], repetitions: [Layout]) {
    let rank = max(rank, tiler.rank)
    let product = try padded(toRank: rank).logicalProduct(with: tiler.padded(toRank: rank))
    return (product[0].modes, product[1].modes)
  }

  /// Returns this layout as a list, with modes `1:0` added at the end.
  private func padded(toRank count: Int) -> Layout {
    let padding = Array(repeating: Layout(1, stride: 0), count: count - rank)
    return Layout(modes: modes + padding)
  }
}
