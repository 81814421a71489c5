import KernelLanguage

/// As many clusters as run at a time, with the tiles of the last turn split along k into equal parts.
///
/// With `persistent` scheduling the last turn keeps some clusters busy and leaves the rest idle. Here its tiles come
/// first, and all clusters share them: every tile is split into as many parts as the launch says, and the parts are
/// dealt out in rounds, the first part of each tile, then the second of each, and so on. Clusters of a round read the
/// same stages along k, as those of a turn do, and so share them in the second-level cache. After that each takes
/// whole tiles, equally many.
///
/// Whoever has the last part of a tile completes it, with the sums of the others (`PartialSums`). Last parts come in
/// the last rounds. So other sums are there or on their way when they are waited for, and nobody waits who is waited
/// for: but all clusters must run at the same time.
///
/// Which stages are whose depends on the numbers of clusters and parts alone, and sums are added in the same order
/// each time: so is the result.
public struct SplitKScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Which tile has which number.
  private let numbering: any TileNumbering

  /// The stages of a tile along k.
  private let kTileCount: DeviceValue<UInt32>

  /// The parts of a tile that is split, at least 1.
  private let partCount: DeviceValue<UInt32>

  /// Creates a scheduler.
  ///
  /// - `numbering`: Which tile has which number.
  /// - `kTileCount`: The stages of a tile along k.
  /// - `partCount`: The parts of a tile that is split, at least 1.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    partCount: DeviceValue<UInt32>
  ) {
    self.k = k
    self.numbering = numbering
    self.kTileCount = kTileCount
    self.partCount = partCount
  }

  /// Records a loop over the cluster's parts of tiles, and then its whole tiles.
  public func forEachTile(
    of grid: TileGrid, as reader: TileReader, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.part(calledAt: file, line) {
      let (cluster, clusterCount) = (k.clusterIndex.x, k.clusterCount.x)
      let tileCount = grid.rows * grid.columns
      let splitCount = tileCount % clusterCount
      let itemCount = splitCount * partCount
      let extraCount = itemCount - splitCount
      // Items are numbered: all parts, then the whole tiles, of which each cluster begins at its own.
      let firstWhole = itemCount + cluster
      let item = k.variable(k.select(cluster < itemCount, cluster, firstWhole))
      k.while({ item.alias < tileCount + extraCount }) {
        let isWhole = item.current >= itemCount
        let part = item.current / k.max(splitCount, k.constant(1))
        let number = k.select(isWhole, item.current - extraCount, item.current - part * splitCount)
        var tile = numbering.tile(number, of: grid, k)
        tile.share = TileShare(
          firstStage: k.select(isWhole, k.constant(0), part * kTileCount / partCount),
          endStage: k.select(isWhole, kTileCount, (part + 1) * kTileCount / partCount),
          completesTile: isWhole || part + 1 == partCount,
          otherCount: k.select(isWhole, k.constant(0), partCount - 1), slot: item.current,
          firstSlot: number, slotStep: splitCount)
        body(tile)
        let next = item.current + clusterCount
        item.value = k.select(isWhole || next < itemCount, next, firstWhole)
      }
    }
  }
}

/// The part of an output tile that a cluster multiplies: some of its stages along k, or all.
public struct TileShare: Sendable {
  /// The first stage.
  public let firstStage: DeviceValue<UInt32>

  /// The one behind the last.
  public let endStage: DeviceValue<UInt32>

  /// Whether the cluster completes the tile, and does not hand its sums over.
  public let completesTile: Predicate

  /// The other parts, if this one completes a tile that is split.
  let otherCount: DeviceValue<UInt32>

  /// Where the sums of this part go, if it does not complete the tile.
  let slot: DeviceValue<UInt32>

  /// Where the sums of the tile's first part are.
  let firstSlot: DeviceValue<UInt32>

  /// How far those of the next are from there.
  let slotStep: DeviceValue<UInt32>
}
