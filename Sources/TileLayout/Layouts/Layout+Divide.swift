// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Layout {
  /// Returns this layout divided into tiles: mode 0 runs through a tile, mode 1 through the tiles.
  ///
  /// - Parameter tile: The linear indices of the first tile.
  /// - Returns: `(tile, rest)`.
  /// - Throws: `LayoutError` if the tile has no complement in this layout, or does not divide it.
  public func logicalDivide(by tile: Layout) throws(LayoutError) -> Layout {
    let rest = try tile.complement(upTo: size)
    return try composition(with: Layout(modes: [tile, rest]))
  }

  /// Returns this layout with each of its first modes divided by its own tile.
  ///
  /// - Parameter tiler: A tile for each of the first modes.
  /// - Returns: `((tile0, rest0), (tile1, rest1), …)`.
  /// - Throws: `LayoutError` if there are too many tiles, or one does not divide its mode.
  public func logicalDivide(by tiler: [Layout]) throws(LayoutError) -> Layout {
    try transformed(by: tiler) { (mode, tile) throws(LayoutError) in
      try mode.logicalDivide(by: tile)
    }
  }

  /// Returns this layout divided by mode, with the parts of a tile in mode 0 and the tiles in mode
  /// 1.
  ///
  /// - Parameter tiler: A tile for each of the first modes.
  /// - Returns: `((tile0, tile1, …), (rest0, rest1, …))`.
  /// - Throws: `LayoutError` if there are too many tiles, or one does not divide its mode.
  public func zippedDivide(by tiler: [Layout]) throws(LayoutError) -> Layout {
    let divided = try logicalDivide(by: tiler).modes
    let tiles = divided[..<tiler.count].map { $0[0] }
    let rests = divided[..<tiler.count].map { $0[1] }
    return Layout(modes: [Layout(modes: tiles), Layout(modes: rests + divided[tiler.count...])])
  }

  /// Returns this layout divided by mode, with the parts of a tile in mode 0 and one mode for each
  /// rest.
  ///
  /// - Parameter tiler: A tile for each of the first modes.
  /// - Returns: `((tile0, tile1, …), rest0, rest1, …)`.
  /// - Throws: `LayoutError` if there are too many tiles, or one does not divide its mode.
  public func tiledDivide(by tiler: [Layout]) throws(LayoutError) -> Layout {
    let zipped = try zippedDivide(by: tiler)
    return Layout(modes: [zipped[0]] + zipped[1].modes)
  }

  /// Returns this layout divided into contiguous tiles of the given extents, as `zippedDivide(by:)`
  /// does.
  ///
  /// - Parameter extents: The tile's extent along each of the first modes.
  /// - Returns: `((tile0, tile1, …), (rest0, rest1, …))`.
  /// - Throws: `LayoutError` if there are too many extents, or one does not divide its mode.
  public func zippedDivide(intoTilesOf extents: Int...) throws(LayoutError) -> Layout {
    try zippedDivide(by: extents.map(Layout.contiguous))
  }

  /// Returns this layout distributed over threads: mode 0 runs through the threads, mode 1 through
  /// their values.
  ///
  /// The threads repeat over this layout in blocks of the thread layout's shape.
  ///
  /// - Parameter threads: The index of the thread for each position of a block, such as
  ///   `Layout.rowMajor(8, 4)`.
  /// - Returns: `(thread, values)`, with the values nested by mode.
  /// - Throws: `LayoutError` if threads are not numbered from zero without gaps, or blocks do not
  ///   fit.
  public func distributed(over threads: Layout) throws(LayoutError) -> Layout {
    let positions = threads.rightInverse()
    guard positions.size == threads.size else {
      throw .threadsNotCompact(size: threads.size, numbered: positions.size)
    }
    let zipped = try zippedDivide(by: threads.shape.modes.map { .contiguous($0.product) })
    return Layout(modes: [try zipped[0].composition(with: positions), zipped[1]])
  }
}
