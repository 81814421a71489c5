// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats

/// A component that is chosen by a value and brings what it needs of a launch.
///
/// While the kernel is recorded it adds its parameters (`AddedParameters`), and for each launch it
/// makes their arguments, in the same order.
public protocol KernelComponent: Sendable {
  /// Makes the arguments of a launch.
  func arguments(
    for tiles: ScheduledTiles, on device: any Device
  ) throws(DeviceError) -> [any KernelParameter]
}

extension KernelComponent {
  /// Returns no arguments.
  public func arguments(
    for tiles: ScheduledTiles, on device: any Device
  ) throws(DeviceError) -> [any KernelParameter] { [] }
}

/// The tiles that a launch computes, each by one cluster.
public struct ScheduledTiles: Sendable {
  /// The number of tiles along m.
  public var rows: Int

  /// The number of tiles along n.
  public var columns: Int

  /// The number of stages of a tile along k.
  public var depth: Int

  /// The number of clusters that the device runs at the same time.
  public var clusterLimit: Int

  /// The kernel.
  public var kernel: ScheduledKernel

  /// Creates the tiles of a launch.
  public init(
    rows: Int, columns: Int, depth: Int, clusterLimit: Int,
    kernel: ScheduledKernel = ScheduledKernel()
  ) {
    self.rows = rows
    self.columns = columns
    self.depth = depth
    self.clusterLimit = clusterLimit
    self.kernel = kernel
  }

  /// The number of tiles.
  public var count: Int { rows.saturatingProduct(columns) }
}

/// The facts about a kernel that its scheduler may depend on.
public struct ScheduledKernel: Sendable {
  /// The number of blocks of a cluster.
  public var blockCount: Int

  /// The number of warps of a block that hold a tile's accumulators.
  public var accumulatorWarpCount: Int

  /// The number of accumulators that each of their threads holds.
  public var accumulatorsPerThread: Int

  /// Creates the facts about a kernel.
  public init(
    blockCount: Int = 1, accumulatorWarpCount: Int = 4, accumulatorsPerThread: Int = 4
  ) {
    self.blockCount = blockCount
    self.accumulatorWarpCount = accumulatorWarpCount
    self.accumulatorsPerThread = accumulatorsPerThread
  }
}
