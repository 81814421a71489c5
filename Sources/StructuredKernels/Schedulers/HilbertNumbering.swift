import KernelLanguage

/// Numbers tiles along a curve of Hilbert's kind, by a table in global memory.
///
/// Any run of numbers covers a compact patch of tiles, whatever its length. So what is computed at the same
/// time shares rows of A and B at every size, without a supergroup height to tune. The host makes the table for each
/// grid (`HilbertCurve`); a kernel spends one load on a tile, and issues it a tile ahead.
public struct HilbertNumbering: TileNumbering {
  /// The row and column of each tile.
  private let places: DevicePointer<UInt32, Global>

  /// Creates the numbering.
  ///
  /// - `places`: What `HilbertCurve.coordinates` gives for the grid, at a multiple of 8 bytes.
  public init(_ places: DevicePointer<UInt32, Global>) { self.places = places }

  /// Returns the tile with a number.
  public func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile {
    let place = places.advanced(by: number * 2).loadVector(count: 2)
    return OutputTile(row: place[0], column: place[1])
  }

  /// Records a loop that looks up the next tile before it does this one.
  public func forEachTile<Machine: Architecture>(
    from start: DeviceValue<UInt32>, to count: DeviceValue<UInt32>, by step: DeviceValue<UInt32>,
    of grid: TileGrid, _ k: KernelContext<Machine>, _ body: @Sendable (OutputTile) -> Void
  ) {
    k.if(start < count) {
      let first = tile(start, of: grid, k)
      let (row, column) = (k.variable(first.row), k.variable(first.column))
      k.loop(from: start, to: count, by: step) { number in
        // Behind the last there is none; it is looked up once more.
        let next = tile(k.min(number + step, count - 1), of: grid, k)
        body(OutputTile(row: row.current, column: column.current))
        // Nothing uses what was loaded before this place, so nobody waits for it.
        row.value = next.row
        column.value = next.column
      }
    }
  }
}
