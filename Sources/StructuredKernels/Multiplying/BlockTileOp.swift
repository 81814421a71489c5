// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// A block whose threads multiply together, without roles: its accumulators, and when they read a
/// stage.
///
/// The accumulators are those of one output tile, which the warpgroups of the block divide among
/// themselves. All threads of the block call every method together.
public protocol BlockTileOp: Sendable {
  /// The architecture.
  associatedtype Machine: HasTMA

  /// The accumulators.
  associatedtype Target: Accumulators

  /// Returns the number of arrivals by which a stage is released.
  static func arrivalCount(of shape: AccumulatorShape) -> Int

  /// Records `body` with accumulators for a tile.
  static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (Self) -> Result
  ) -> Result

  /// Returns the operation that multiplies stages of tiles of A, `rows` by k, and of B, `columns` by
  /// k.
  func tileOp<Element: TensorCoreElement>(
    of type: Element.Type
  ) -> any TileOp<OperandTiles<Element>.Stage, Target>

  /// Waits for a stage, and multiplies it.
  ///
  /// - Parameters:
  ///   - stage: The tiles.
  ///   - tileOp: The operation on them.
  ///   - loaded: The barrier whose phase completes when the stage has been loaded.
  ///   - parity: The parity of that phase.
  ///   - accumulates: Whether the products are added to the accumulators, or replace them.
  ///   - barrier: The barrier that receives `arrivalCount` arrivals when the stage has been read.
  ///   - file: The file of the author's call.
  ///   - line: The line of the author's call.
  func multiply<Stage: Sendable>(
    _ stage: Stage, by tileOp: any TileOp<Stage, Target>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, releasing barrier: SharedBarrier,
    file: String, line: Int)

  /// Waits for the last multiplications, and returns the accumulators that the thread holds.
  ///
  /// They belong to the warp's rows and columns of the tile (`warpTile`): of each 8 × 8
  /// accumulators a lane holds two neighbours, lane by lane along the rows. They are variables,
  /// which the next multiplication changes.
  ///
  /// - `isEmpty`: Whether there was none, so that the values are zeros.
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

extension BlockTileOp {
  /// Records `body` with accumulators for a tile.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, _ shape: AccumulatorShape, _ body: (Self) -> Result,
    file: String = #fileID, line: Int = #line
  ) -> Result {
    withAccumulators(k, shape, file: file, line: line, body)
  }

  /// Waits for a stage, and multiplies it.
  public func multiply<Stage: Sendable>(
    _ stage: Stage, by tileOp: any TileOp<Stage, Target>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, releasing barrier: SharedBarrier,
    _ file: String = #fileID, _ line: Int = #line
  ) {
    multiply(
      stage, by: tileOp, once: loaded, parity: parity, accumulates: accumulates, releasing: barrier,
      file: file, line: line)
  }

  /// Waits for the last multiplications, and returns the accumulators that the thread holds.
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

/// An architecture with tensor cores for kernels without roles.
public protocol HasTileOp: HasTMA {
  /// How a block multiplies.
  associatedtype Operation: BlockTileOp where Operation.Machine == Self
}
