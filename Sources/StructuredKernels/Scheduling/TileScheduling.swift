// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The choice of a scheduler, with all that it needs: parameters, buffers, the grid.
///
/// The value is the host's; `scheduler` makes what the kernel's roles ask for tiles.
public protocol TileScheduling<Machine>: KernelComponent {
  /// The architecture of the kernel.
  associatedtype Machine: HasTMA & HasClusters

  /// The name in entry names.
  var name: String { get }

  /// Returns a summary of how clusters get their tiles.
  func summary(of kernel: ScheduledKernel) -> String

  /// Returns the number of clusters of a launch, at least 1.
  func clusterCount(of tiles: ScheduledTiles) -> Int

  /// Records the scheduler of a kernel.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - parameters: The parameters of the kernel, to which the scheduler adds its own.
  ///   - numbering: The numbering of the tiles.
  ///   - kTileCount: The number of stages of a tile along k.
  ///   - kernel: The facts about the kernel.
  /// - Returns: The scheduler.
  func scheduler(
    _ k: KernelContext<Machine>, _ parameters: AddedParameters, _ numbering: any TileNumbering,
    kTileCount: DeviceValue<UInt32>, of kernel: ScheduledKernel
  ) -> any TileScheduler<Machine>
}

/// The choice of a numbering of tiles, with the tables that it needs.
public protocol TileOrdering: KernelComponent {
  /// Returns the numbering in a kernel, to whose parameters it adds its own.
  func numbering(_ parameters: AddedParameters) -> any TileNumbering
}
