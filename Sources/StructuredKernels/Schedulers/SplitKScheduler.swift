import KernelLanguage

/// As many clusters as run at a time, with the tiles of the last turn split along k into equal parts.
///
/// With `persistent` scheduling the last turn keeps some clusters busy and leaves the rest idle. Here all clusters
/// share its tiles: every one is split into parts, and the parts are dealt out in rounds, the first part of each tile,
/// then the second of each, and so on. The clusters of a round read the same stages along k, as those of a turn do,
/// and so share them in the second-level cache. Parts come last, since clusters that had fallen out of step would read
/// what the others no longer leave there.
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

  /// The parts of a tile that is split; there are no more than stages.
  private let partCount: Int

  /// Creates a scheduler.
  ///
  /// - `numbering`: Which tile has which number.
  /// - `kTileCount`: The stages of a tile along k.
  /// - `partCount`: The parts of a tile that is split; there are no more than stages. `SplitKPlan` says how many
  ///   clusters a launch has.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    partCount: Int
  ) {
    precondition(partCount > 0, "A tile has at least one part.")
    self.k = k
    self.numbering = numbering
    self.kTileCount = kTileCount
    self.partCount = partCount
  }

  /// Records a loop over the cluster's whole tiles, and then its parts of tiles.
  public func forEachTile(
    of grid: TileGrid, as reader: TileReader, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.part(calledAt: file, line) {
      let clusterCount = k.clusterCount.x
      let tileCount = grid.rows * grid.columns
      let splitCount = tileCount % clusterCount
      let wholeCount = tileCount - splitCount
      let partCount = k.min(k.constant(UInt32(partCount)), k.max(kTileCount, k.constant(1)))
      k.loop(
        from: k.clusterIndex.x, to: wholeCount + splitCount * partCount, by: clusterCount
      ) { item in
        let isWhole = item < wholeCount
        let slot = item - wholeCount
        let part = k.select(isWhole, k.constant(0), slot / k.max(splitCount, k.constant(1)))
        let number = item - part * splitCount
        let end = (part + 1) * kTileCount / partCount
        let otherCount = k.select(isWhole, k.constant(0), partCount - 1)
        // Of a whole tile the only part is its last as well.
        let completesTile = part == otherCount
        var tile = numbering.tile(number, of: grid, k)
        tile.share = TileShare(
          firstStage: part * kTileCount / partCount,
          endStage: k.select(isWhole, kTileCount, end),
          completesTile: completesTile, otherCount: otherCount,
          waitCount: k.select(completesTile, otherCount, k.constant(0)), slot: slot,
          firstSlot: number - wholeCount, slotStep: splitCount)
        body(tile)
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

  /// The other parts, if the tile is split.
  let otherCount: DeviceValue<UInt32>

  /// Those that this part waits for: all others, if it completes the tile.
  let waitCount: DeviceValue<UInt32>

  /// Where the sums of this part go, if it does not complete the tile.
  let slot: DeviceValue<UInt32>

  /// Where the sums of the tile's first part are.
  let firstSlot: DeviceValue<UInt32>

  /// How far those of the next are from there.
  let slotStep: DeviceValue<UInt32>
}
