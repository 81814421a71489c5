// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// Multiplies tiles in shared memory with an architecture's tensor cores, and holds the
/// accumulators.
///
/// The accumulators are those of one output tile, which the warpgroups of a block divide among
/// themselves. All threads of the block call every method together.
public protocol TileOp: Sendable {
  /// The architecture.
  associatedtype Machine: HasTMA

  /// Returns the number of arrivals by which one `multiply` signals that its tiles may be
  /// overwritten.
  static func arrivalCount(of shape: AccumulatorShape) -> Int

  /// Records `body` with accumulators for a tile.
  static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (Self) -> Result
  ) -> Result

  /// Multiplies A's rows by B's rows, over the tiles' whole extent along k.
  ///
  /// - `a`: A, `rows` by k.
  /// - `b`: B, `columns` by k.
  /// - `loaded`: The barrier whose phase completes when the tiles have been loaded.
  /// - `parity`: The parity of that phase.
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  /// - `barrier`: The barrier that receives `arrivalCount` arrivals when the tiles have been read.
  func multiply<Element: TensorCoreElement>(
    _ a: TileTensor<Element, Shared>, _ b: TileTensor<Element, Shared>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, signalling barrier: SharedBarrier,
    file: String, line: Int)

  /// Waits for the last `multiply`, and returns the accumulators that the thread holds.
  ///
  /// They belong to the warp's rows and columns of the tile (`warpTile`): of each 8 × 8
  /// accumulators a lane holds two neighbours, lane by lane along the rows. They are variables,
  /// which the next `multiply` changes.
  ///
  /// - `isEmpty`: Whether there was no `multiply`, so that the values are zeros.
  func values(isEmpty: Predicate, file: String, line: Int) -> TileTensor<Float, Registers>

  /// Returns the subtile of an output tile, in any memory, whose accumulators the caller's warp
  /// holds.
  static func warpTile<Element, Space>(
    _ k: KernelContext<Machine>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    file: String, line: Int
  ) -> TileTensor<Element, Space>

  /// Returns the index of the warp that holds an accumulator.
  static func warp(row: Int, column: Int, of shape: AccumulatorShape) -> Int
}

extension TileOp {
  /// Records `body` with accumulators for a tile.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, _ shape: AccumulatorShape, _ body: (Self) -> Result,
    file: String = #fileID, line: Int = #line
  ) -> Result {
    withAccumulators(k, shape, file: file, line: line, body)
  }

  /// Multiplies A's rows by B's rows, over the tiles' whole extent along k.
  public func multiply<Element: TensorCoreElement>(
    _ a: TileTensor<Element, Shared>, _ b: TileTensor<Element, Shared>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, signalling barrier: SharedBarrier,
    _ file: String = #fileID, _ line: Int = #line
  ) {
    multiply(
      a, b, once: loaded, parity: parity, accumulates: accumulates, signalling: barrier,
      file: file, line: line)
  }

  /// Waits for the last `multiply`, and returns the accumulators that the thread holds.
  public func values(
    isEmpty: Predicate, _ file: String = #fileID, _ line: Int = #line
  ) -> TileTensor<Float, Registers> {
    values(isEmpty: isEmpty, file: file, line: line)
  }

  /// Returns the subtile of an output tile, in any memory, whose accumulators the caller's warp
  /// holds.
  public static func warpTile<Element, Space>(
    _ k: KernelContext<Machine>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    _ file: String = #fileID, _ line: Int = #line
  ) -> TileTensor<Element, Space> {
    warpTile(k, of: tile, shape, file: file, line: line)
  }
}

/// An architecture whose tensor cores a `TileOp` drives.
public protocol HasTileOp: HasTMA {
  /// The operation on tiles.
  associatedtype Operation: TileOp where Operation.Machine == Self
}
