/// Into how many parts the tiles of the last turn are split, and among how many clusters.
public struct SplitKPlan: Hashable, Sendable {
  /// The clusters of the launch.
  public let clusterCount: Int

  /// The parts of a tile that is split; 1 where none is.
  public let partCount: Int

  /// The tiles that are split, and whose parts need a slot.
  public let splitCount: Int

  /// The parts whose sums are handed over.
  public var slotCount: Int { splitCount * (partCount - 1) }

  /// The time until the last cluster has done its parts, in stages.
  public let splitStages: Double

  /// The most parts of a tile.
  private static let mostParts = 16

  /// What a part costs besides its stages, in stages.
  private static let partCost = 2.0

  /// What it costs to add the sums of a part, in stages.
  private static let sumCost = 2.0

  /// Finds the split that is done first.
  ///
  /// - Parameters:
  ///   - tileCount: The output tiles.
  ///   - depth: The stages of each along k.
  ///   - clusterLimit: The clusters that the device runs at a time.
  public init(tileCount: Int, depth: Int, clusterLimit: Int) {
    let limit = max(1, clusterLimit)
    let rest = tileCount % limit
    /// The time that the last turn takes with its tiles in so many parts.
    func stages(_ parts: Int) -> Double {
      let rounds = (rest * parts + limit - 1) / limit
      let length = Double((depth + parts - 1) / parts)
      return Double(rounds) * (length + Self.partCost) + Double(parts - 1) * Self.sumCost
    }
    let most = rest == 0 ? 1 : max(1, min(Self.mostParts, depth / 2))
    let parts = (1...most).min { stages($0) < stages($1) } ?? 1
    partCount = parts
    splitCount = rest
    splitStages = rest == 0 ? 0 : stages(parts)
    // Of fewer tiles than clusters, some clusters may have no part.
    clusterCount = tileCount >= limit ? limit : max(1, min(limit, rest * parts))
  }
}
