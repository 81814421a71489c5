import DeviceRuntime
import KernelLanguage
import TileLayout

/// Multiplies tiles in shared memory and holds the sums, by the tensor cores of an architecture.
///
/// The sums are those of one output tile, which the warpgroups of a block share. All threads of the
/// block call every method together.
public protocol TileOp: Sendable {
  /// The architecture.
  associatedtype Machine: HasTMA

  /// Returns the arrivals by which one `multiply` signals that its tiles may be overwritten.
  static func arrivalCount(of shape: AccumulatorShape) -> Int

  /// Records `body` with accumulators for the sums of a tile.
  static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (Self) -> Result
  ) -> Result

  /// Multiplies A's rows by B's rows, all along the tiles' k.
  ///
  /// - `a`: A, `rows` by k.
  /// - `b`: B, `columns` by k.
  /// - `loaded`: The barrier whose phase says that the tiles are there.
  /// - `parity`: The parity of that phase.
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  /// - `barrier`: The barrier that gets `arrivalCount` arrivals when the tiles have been read.
  func multiply<Element: TensorCoreElement>(
    _ a: TileTensor<Element, Shared>, _ b: TileTensor<Element, Shared>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, signalling barrier: SharedBarrier,
    file: String, line: Int)

  /// Waits for the last `multiply`, and returns the sums that the thread holds.
  ///
  /// They are those of its warp's part of the tile: of each 8 rows and 8 columns a lane has two
  /// neighbours, lane by lane along the rows. They are variables: whoever multiplies again, changes
  /// them.
  ///
  /// - `isEmpty`: Whether there was no `multiply`, so that the sums are zeros.
  func values(isEmpty: Predicate, file: String, line: Int) -> TileTensor<Float, Registers>

  /// Returns the part of an output tile, wherever it lies, of which the caller's warp holds the sums.
  static func warpTile<Element, Space>(
    _ k: KernelContext<Machine>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    file: String, line: Int
  ) -> TileTensor<Element, Space>

  /// Returns the number of the warp that holds a sum.
  static func warp(row: Int, column: Int, of shape: AccumulatorShape) -> Int
}

extension TileOp {
  /// Records `body` with accumulators for the sums of a tile.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, _ shape: AccumulatorShape, _ body: (Self) -> Result,
    file: String = #fileID, line: Int = #line
  ) -> Result {
    withAccumulators(k, shape, file: file, line: line, body)
  }

  /// Multiplies A's rows by B's rows, all along the tiles' k.
  public func multiply<Element: TensorCoreElement>(
    _ a: TileTensor<Element, Shared>, _ b: TileTensor<Element, Shared>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, signalling barrier: SharedBarrier,
    _ file: String = #fileID, _ line: Int = #line
  ) {
    multiply(
      a, b, once: loaded, parity: parity, accumulates: accumulates, signalling: barrier,
      file: file, line: line)
  }

  /// Waits for the last `multiply`, and returns the sums that the thread holds.
  public func values(
    isEmpty: Predicate, _ file: String = #fileID, _ line: Int = #line
  ) -> TileTensor<Float, Registers> {
    values(isEmpty: isEmpty, file: file, line: line)
  }

  /// Returns the part of an output tile, wherever it lies, of which the caller's warp holds the sums.
  public static func warpTile<Element, Space>(
    _ k: KernelContext<Machine>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    _ file: String = #fileID, _ line: Int = #line
  ) -> TileTensor<Element, Space> {
    warpTile(k, of: tile, shape, file: file, line: line)
  }
}

/// An architecture whose tensor cores a `TileOp` drives.
public protocol HasTileOp: HasTMA {
  /// The operation.
  associatedtype Operation: TileOp where Operation.Machine == Self
}
