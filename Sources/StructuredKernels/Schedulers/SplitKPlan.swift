/// How a launch splits the tiles of the last turn, and among how many clusters.
public struct SplitKPlan: Hashable, Sendable {
  /// The clusters of the launch.
  public let clusterCount: Int

  /// The parts of a tile that is split, at least 1.
  public let splitFactor: Int

  /// The tiles that are not split.
  public let wholeTileCount: Int

  /// The tiles that are.
  public let splitTileCount: Int

  /// The parts whose sums are handed over, each of which needs a slot.
  public var slotCount: Int { splitTileCount * (splitFactor - 1) }

  /// Plans a launch.
  ///
  /// - Parameters:
  ///   - requested: The splits into which tiles are split; there are no more than stages.
  ///   - tileCount: The output tiles.
  ///   - depth: The stages of each along k.
  ///   - clusterLimit: The clusters that the device runs at a time.
  public init(splitFactor requested: Int, tileCount: Int, depth: Int, clusterLimit: Int) {
    splitFactor = max(1, min(requested, depth))
    // Of few tiles there may be fewer parts than clusters.
    clusterCount = max(1, min(clusterLimit, tileCount * splitFactor))
    splitTileCount = tileCount % clusterCount
    wholeTileCount = tileCount - splitTileCount
  }
}
