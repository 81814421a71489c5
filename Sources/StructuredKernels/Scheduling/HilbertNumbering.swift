// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Numbers tiles along a generalized Hilbert curve, by a table in global memory.
///
/// Any run of consecutive numbers is a compact patch of tiles, whatever its length. So tiles that
/// are computed at the same time share rows of A and B in L2 at every size, without a supergroup
/// height to tune. The host makes the table for each grid (`HilbertCurve`); the kernel issues one
/// load for each tile, one tile in advance.
public struct HilbertNumbering: TileNumbering {
  /// The coordinates of the tiles.
  private let places: DevicePointer<UInt32, Global>

  /// Creates the numbering.
  ///
  /// - `places`: The grid's `HilbertCurve.coordinates`, at a multiple of 8 bytes.
  public init(_ places: DevicePointer<UInt32, Global>) { self.places = places }

  /// Returns the tile with a number.
  public func tile<Machine: Architecture>(
    _ number: DeviceValue<UInt32>, of grid: TileGrid, _ k: KernelContext<Machine>
  ) -> OutputTile {
    let place = places.advanced(by: number * 2).loadVector(count: 2)
    return OutputTile(row: place[0], column: place[1])
  }

  /// Records a loop that loads the coordinates of the next tile before it executes `body` for the
  /// current one.
  public func forEachTile<Machine: Architecture>(
    from start: DeviceValue<UInt32>, to count: DeviceValue<UInt32>, by step: DeviceValue<UInt32>,
    of grid: TileGrid, _ k: KernelContext<Machine>, _ body: @Sendable (OutputTile) -> Void
  ) {
    k.if(start < count) {
      let first = tile(start, of: grid, k)
      let (row, column) = (k.variable(first.row), k.variable(first.column))
      k.loop(from: start, to: count, by: step) { number in
        // After the last tile there is no next; the last is loaded again.
        let next = tile(k.min(number + step, count - 1), of: grid, k)
        body(OutputTile(row: row.current, column: column.current))
        // This is the first use of the loaded values, so the loads overlap the body.
        row.value = next.row
        column.value = next.column
      }
    }
  }
}

/// The numbering of tiles along a generalized Hilbert curve, with its table: `HilbertNumbering`.
public struct HilbertOrdering: TileOrdering {
  /// Creates the choice.
  public init() {}

  /// Makes the table of tile coordinates.
  public func arguments(
    for tiles: ScheduledTiles, on device: any Device
  ) throws(DeviceError) -> [any KernelParameter] {
    let curve = HilbertCurve(rows: tiles.rows, columns: tiles.columns)
    return [try device.makeBuffer(curve.coordinates)]
  }

  /// Returns the numbering, which reads the table.
  public func numbering(_ parameters: AddedParameters) -> any TileNumbering {
    HilbertNumbering(
      parameters.declare(GlobalBuffer<UInt32>.self, as: ["tile_coordinates"]))
  }
}
