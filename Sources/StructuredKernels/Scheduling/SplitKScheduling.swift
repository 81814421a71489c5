// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Persistent clusters that split the tiles of the last wave along k: `SplitKScheduler`, and the
/// workspace of `PartialSums`.
public struct SplitKScheduling<Machine: HasTMA & HasClusters>: TileScheduling {
  /// The number of splits of each split tile.
  private let splitFactor: Int

  /// Creates the choice.
  public init(splitFactor: Int) { self.splitFactor = splitFactor }

  /// Returns the plan by which a launch splits tiles.
  private func plan(_ tiles: ScheduledTiles) -> SplitKPlan {
    SplitKPlan(
      splitFactor: splitFactor, tileCount: tiles.count, depth: tiles.depth,
      clusterLimit: tiles.clusterLimit)
  }

  /// The name in entry names.
  public var name: String { "splitk\(splitFactor)" }

  /// Returns a summary of how clusters get their tiles.
  public func summary(of kernel: ScheduledKernel) -> String {
    "persistent, tiles of the last wave split"
  }

  /// Returns the number of clusters of the plan.
  public func clusterCount(of tiles: ScheduledTiles) -> Int { plan(tiles).clusterCount }

  /// Allocates the workspace, and returns it with the counts of the plan.
  public func arguments(
    for tiles: ScheduledTiles, on device: any Device
  ) throws(DeviceError) -> [any KernelParameter] {
    let kernel = tiles.kernel
    return [
      try PartialSums<Machine>.makeParameters(
        on: device, for: plan(tiles), warpCount: kernel.accumulatorWarpCount * kernel.blockCount,
        registerCount: kernel.accumulatorsPerThread)
    ]
  }

  /// Records the scheduler, whose tiles' partial sums go through the workspace.
  public func scheduler(
    _ k: KernelContext<Machine>, _ parameters: AddedParameters, _ numbering: any TileNumbering,
    kTileCount: DeviceValue<UInt32>, of kernel: ScheduledKernel
  ) -> any TileScheduler<Machine> {
    let partialSums = PartialSums(
      k,
      parameters.declare(
        PartialSums<Machine>.Parameters.self, as: PartialSums<Machine>.parameterNames),
      warpCount: kernel.accumulatorWarpCount)
    return SplitKScheduler(
      k, numbering, kTileCount: kTileCount, partialSums.counts, partialSums: partialSums)
  }
}
