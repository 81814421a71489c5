// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// The assignment of output tiles to clusters.
///
/// Each role iterates on its own, and all roles get the same tiles in the same order.
public protocol TileScheduler<Machine>: Sendable {
  /// The architecture of the kernel.
  associatedtype Machine: HasTMA & HasClusters

  /// The roles of the scheduler itself.
  var roles: [Role] { get }

  /// Initializes the scheduler's barriers; one thread of the block does it, and then fences.
  func initialize()

  /// Records `body` for each tile of the cluster.
  ///
  /// - `reader`: The threads that call it.
  func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void)

  /// Begins what happens to a warp's accumulators of a tile before they are stored; nil if nothing
  /// does.
  ///
  /// - `warp`: The warp's index among those of its block that hold the tile's accumulators.
  /// - `count`: The number of accumulators of each thread.
  func exchange(
    _ tile: OutputTile, warp: DeviceValue<UInt32>, accumulatorCount count: Int
  ) -> (any AccumulatorExchange)?
}

/// What happens to a warp's accumulators between the last multiplication of a tile and its store.
public protocol AccumulatorExchange: Sendable {
  /// Records `body` for accumulators that are complete, and hands off others.
  ///
  /// - `accumulators`: Registers of each thread.
  /// - `first`: The index of the first among all accumulators of the thread.
  func handOff(_ accumulators: [Variable<Float>], first: Int, _ body: @Sendable () -> Void)

  /// Ends the exchange, after all accumulators have been handed off.
  func finish()
}

/// The threads that ask a scheduler for tiles together.
public enum SchedulerClient: Sendable {
  /// Whole warps.
  case warps

  /// One thread of a warp.
  case thread

  /// The thread of each block that loads: when it starts a tile, the next may be requested.
  case loadingThread
}

extension TileScheduler {
  /// No roles: each role computes its own tiles.
  public var roles: [Role] { [] }

  /// Does nothing, since there are no barriers.
  public func initialize() {}

  /// Nothing: the accumulators of every tile are complete.
  public func exchange(
    _ tile: OutputTile, warp: DeviceValue<UInt32>, accumulatorCount count: Int
  ) -> (any AccumulatorExchange)? { nil }

  /// Records `body` for each tile of the cluster.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient = .warps, _ body: @Sendable (OutputTile) -> Void,
    file: String = #fileID, line: Int = #line
  ) {
    forEachTile(of: grid, as: reader, file: file, line: line, body)
  }
}
