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

  /// How the launch splits tiles.
  private let counts: SplitKCounts

  /// Creates a scheduler.
  ///
  /// - `numbering`: Which tile has which number.
  /// - `kTileCount`: The stages of a tile along k.
  /// - `counts`: How the launch splits tiles.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    _ counts: SplitKCounts
  ) {
    self.k = k
    self.numbering = numbering
    self.kTileCount = kTileCount
    self.counts = counts
  }

  /// Records a loop over the cluster's whole tiles, and then its parts of tiles.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.inlined(at: file, line) {
      let splitFactor = counts.splitFactor
      k.loop(
        from: k.clusterIndex.x, to: counts.wholeTileCount + counts.splitTileCount * splitFactor,
        by: k.clusterCount.x
      ) { number in
        // Lanes wait apart where a tile is completed. Behind that `ptxas` takes nothing for the same in all of them,
        // unless it is told so; and what is the same stays in uniform registers, as descriptors must.
        let workIndex = reader == .warps ? k.shuffle(number, .index, 0) : number
        let isWhole = workIndex < counts.wholeTileCount
        let slot = workIndex - counts.wholeTileCount
        let round = slot / k.max(counts.splitTileCount, k.constant(1))
        let index = k.select(isWhole, k.constant(0), round)
        var tile = numbering.tile(workIndex - index * counts.splitTileCount, of: grid, k)
        let end = (index + 1) * kTileCount / splitFactor
        tile.split = TileSplit(
          firstStage: index * kTileCount / splitFactor,
          endStage: k.select(isWhole, kTileCount, end), index: index, workIndex: workIndex,
          counts: counts)
        body(tile)
      }
    }
  }
}

/// The part of an output tile that a cluster multiplies: some of its stages along k, or all.
///
/// What it does not hold is recorded where it is asked for, behind the multiplications: sums leave few registers.
public struct TileSplit: Sendable {
  /// The first stage.
  public let firstStage: DeviceValue<UInt32>

  /// The one behind the last.
  public let endStage: DeviceValue<UInt32>

  /// Which part of the tile it is.
  let index: DeviceValue<UInt32>

  /// Its number among the whole tiles and then all parts.
  let workIndex: DeviceValue<UInt32>

  /// How the launch splits tiles.
  let counts: SplitKCounts

  /// Returns the other parts of the tile, none if it is not split.
  func otherCount<Machine: Architecture>(_ k: KernelContext<Machine>) -> DeviceValue<UInt32> {
    k.select(workIndex < counts.wholeTileCount, k.constant(0), counts.splitFactor - 1)
  }

  /// Returns whether the cluster completes the tile, and does not hand its sums over: it has the last part, which of a
  /// whole tile is the only one.
  public func completesTile<Machine: Architecture>(_ k: KernelContext<Machine>) -> Predicate {
    index == otherCount(k)
  }

  /// Where the sums of this part go, if it does not complete the tile.
  var slot: DeviceValue<UInt32> { workIndex - counts.wholeTileCount }

  /// Returns where the sums of another part of the tile are.
  func slot(ofSplit other: DeviceValue<UInt32>) -> DeviceValue<UInt32> {
    slot - (index - other) * counts.splitTileCount
  }
}

/// How a launch splits tiles, as its kernel knows it: `SplitKPlan` in arguments.
public struct SplitKCounts: Sendable {
  /// The tiles that are not split.
  public let wholeTileCount: DeviceValue<UInt32>

  /// The tiles that are.
  public let splitTileCount: DeviceValue<UInt32>

  /// The parts of each of them.
  public let splitFactor: DeviceValue<UInt32>

  /// Creates counts.
  public init(
    wholeTileCount: DeviceValue<UInt32>, splitTileCount: DeviceValue<UInt32>,
    splitFactor: DeviceValue<UInt32>
  ) {
    self.wholeTileCount = wholeTileCount
    self.splitTileCount = splitTileCount
    self.splitFactor = splitFactor
  }
}
