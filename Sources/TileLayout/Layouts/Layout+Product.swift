// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Layout {
  /// Returns this layout repeated in the order of another one: mode 0 is this layout, mode 1 its
  /// repetitions.
  ///
  /// - Parameter tiler: The number and the order of the repetitions.
  /// - Returns: `(self, repetitions)`.
  /// - Throws: `LayoutError` if this layout has no complement, or its complement does not compose
  ///   with the tiler.
  public func logicalProduct(with tiler: Layout) throws(LayoutError) -> Layout {
    let repetitions = try complement(upTo: size * tiler.cosize)
    return Layout(modes: [self, try repetitions.composition(with: tiler)])
  }

  /// Returns this layout repeated in blocks: along each mode, first the block and then its
  /// repetitions.
  ///
  /// - Parameter tiler: The repetitions along each mode.
  /// - Returns: `((block0, repetitions0), …)`, with the larger of the two ranks.
  /// - Throws: `LayoutError`, as `logicalProduct(with:)` does.
  public func blockedProduct(with tiler: Layout) throws(LayoutError) -> Layout {
    let (block, repetitions) = try productModes(with: tiler)
    return Layout(modes: zip(block, repetitions).map { Layout(modes: [$0, $1]) })
  }

  /// Returns this layout repeated and interleaved: along each mode, first the repetitions and then
  /// the block.
  ///
  /// - Parameter tiler: The repetitions along each mode.
  /// - Returns: `((repetitions0, block0), …)`, with the larger of the two ranks.
  /// - Throws: `LayoutError`, as `logicalProduct(with:)` does.
  public func rakedProduct(with tiler: Layout) throws(LayoutError) -> Layout {
    let (block, repetitions) = try productModes(with: tiler)
    return Layout(modes: zip(block, repetitions).map { Layout(modes: [$1, $0]) })
  }

  /// Returns the modes of block and repetitions in the product, the same number of each.
  private func productModes(
    with tiler: Layout
  ) throws(LayoutError) -> (block: [Layout], repetitions: [Layout]) {
    let rank = max(rank, tiler.rank)
    let product = try padded(toRank: rank).logicalProduct(with: tiler.padded(toRank: rank))
    return (product[0].modes, product[1].modes)
  }

  /// Returns this layout as a list, with modes `1:0` appended up to the given rank.
  private func padded(toRank count: Int) -> Layout {
    let padding = Array(repeating: Layout(1, stride: 0), count: count - rank)
    return Layout(modes: modes + padding)
  }
}
