// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// One cluster for each tile.
public struct SingleTileScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The numbering of the tiles.
  private let numbering: any TileNumbering

  /// Creates a scheduler.
  public init(_ k: KernelContext<Machine>, _ numbering: any TileNumbering) {
    self.k = k
    self.numbering = numbering
  }

  /// Records `body` once.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.inlined(at: file, line) { body(numbering.tile(k.clusterIndex.x, of: grid, k)) }
  }
}

/// One cluster for each tile: `SingleTileScheduler`.
public struct SingleTileScheduling<Machine: HasTMA & HasClusters>: TileScheduling {
  /// Creates the choice.
  public init() {}

  /// The name in entry names.
  public var name: String { "single" }

  /// Returns a summary of how clusters get their tiles.
  public func summary(of kernel: ScheduledKernel) -> String {
    kernel.blockCount > 1 ? "one cluster per tile" : "one block per tile"
  }

  /// Returns the number of tiles.
  public func clusterCount(of tiles: ScheduledTiles) -> Int { max(1, tiles.count) }

  /// Records the scheduler.
  public func scheduler(
    _ k: KernelContext<Machine>, _ parameters: AddedParameters, _ numbering: any TileNumbering,
    kTileCount: DeviceValue<UInt32>, of kernel: ScheduledKernel
  ) -> any TileScheduler<Machine> { SingleTileScheduler(k, numbering) }
}
