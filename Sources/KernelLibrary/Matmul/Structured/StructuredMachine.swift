// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// An architecture that the production matmul is written for.
public protocol StructuredMachine: HasTMA, HasClusters, HasDependentLaunch {
  /// The default configuration.
  static var defaultConfiguration: StructuredConfiguration { get }

  /// Returns the configuration that suits a product best.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The number of multiprocessors (SMs) of the device.
  /// - Returns: The configuration.
  static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration

  /// Returns the rules that a configuration must keep.
  ///
  /// - `readingMatrix`: Whether the epilogue reads a matrix, which may be the output matrix itself.
  static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules

  /// Returns the number of warps of a block that hold a tile's accumulators.
  static func accumulatorWarpCount(_ configuration: StructuredConfiguration) -> Int

  /// Returns which thread holds the sum of an element of the output matrix, as the roles of
  /// `record` have it.
  static func owner(
    row: Int, column: Int, in configuration: StructuredConfiguration
  ) -> ElementOwner

  /// Returns the pipeline of a kernel's operand tiles.
  static func pipeline<Payload>(
    _ k: KernelContext<Self>, _ tiles: Payload, _ configuration: StructuredConfiguration
  ) -> TilePipeline<Self, Payload>

  /// Returns the scheduler that a configuration chooses.
  static func scheduling(
    for configuration: StructuredConfiguration
  ) -> any TileScheduling<Self>

  /// Records the roles of the block.
  static func record<Element: TensorCoreElement, Output, Post>(
    _ components: MatmulComponents<Self, TileIO<Self, Element>, Output, Post>)
}

extension StructuredMachine {
  /// Returns a pipeline whose stages each block consumes itself.
  public static func pipeline<Payload>(
    _ k: KernelContext<Self>, _ tiles: Payload, _ configuration: StructuredConfiguration
  ) -> TilePipeline<Self, Payload> {
    TilePipeline(
      k, tiles, consumers: configuration.consumers.warpgroupsPerTile,
      sharingBlocks: configuration.clusterBlockCount)
  }

  /// Returns the facts about a kernel that its scheduler may depend on.
  static func scheduledKernel(_ configuration: StructuredConfiguration) -> ScheduledKernel {
    let warpCount = accumulatorWarpCount(configuration)
    return ScheduledKernel(
      blockCount: configuration.clusterBlockCount, accumulatorWarpCount: warpCount,
      accumulatorsPerThread: configuration.tileM * configuration.tileN / (32 * warpCount))
  }
}

extension StructuredConfiguration {
  /// Returns which thread holds the sum of an element, given the warps that do.
  ///
  /// The lanes are the same on every architecture: those of a `wgmma` accumulator, which
  /// `tcgen05.ld` reproduces.
  public func owner(
    row: Int, column: Int, warp: Int, alternateWarp: Int? = nil
  ) -> ElementOwner {
    let slot = WarpgroupAccumulator.slot(row: row % tileM % 16, column: column % tileN)
    return ElementOwner(
      tileRow: row / tileM, tileColumn: column / tileN, warp: warp, alternateWarp: alternateWarp,
      lane: slot.thread % 32)
  }
}
