// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The division of a launch's last wave of tiles along k among its clusters.
public struct SplitKPlan: Hashable, Sendable {
  /// The number of clusters of the launch.
  public let clusterCount: Int

  /// The number of splits of each split tile, at least 1.
  public let splitFactor: Int

  /// The number of tiles that are not split.
  public let wholeTileCount: Int

  /// The number of tiles that are split.
  public let splitTileCount: Int

  /// The number of splits that hand off partial sums, each of which needs a slot.
  public var slotCount: Int { splitTileCount.saturatingProduct(splitFactor - 1) }

  /// Plans a launch.
  ///
  /// - Parameters:
  ///   - requested: The number of splits of each split tile; no more than there are stages.
  ///   - tileCount: The number of output tiles.
  ///   - depth: The number of stages of each tile along k.
  ///   - clusterLimit: The number of clusters that the device runs at the same time.
  public init(splitFactor requested: Int, tileCount: Int, depth: Int, clusterLimit: Int) {
    let tileCount = min(max(tileCount, 0), Int(Int32.max))
    splitFactor = max(1, min(requested, depth))
    // A few tiles may have fewer splits than there are clusters.
    clusterCount = max(1, min(clusterLimit, tileCount.saturatingProduct(splitFactor)))
    splitTileCount = tileCount % clusterCount
    wholeTileCount = tileCount - splitTileCount
  }
}
