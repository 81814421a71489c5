// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Persistent scheduling with split-K: the tiles of the last wave are split along k into equal
/// ranges.
///
/// With `persistent` scheduling some clusters are idle in the last wave. Here all clusters work on
/// its tiles: each tile is divided into splits, which are distributed in rounds: the first split of
/// each tile, then the second of each, and so on. The clusters of a round read the same stages
/// along k, as those of a wave do, and so share them in L2. Splits come after the whole tiles: the
/// other way round, clusters would be out of step for the rest of the launch, and would find less
/// in L2.
///
/// The cluster with the last split of a tile completes it with the partial sums of the others
/// (`PartialSums`). Last splits come in the last rounds. So the other partial sums have arrived, or
/// are being computed, when they are waited for, and no cluster that waits is waited for. All
/// clusters must run at the same time.
///
/// The assignment of stages depends only on the numbers of clusters and splits, and partial sums
/// are added in a fixed order. So results are reproducible.
public struct SplitKScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The numbering of the tiles.
  private let numbering: any TileNumbering

  /// The number of stages of a tile along k.
  private let kTileCount: DeviceValue<UInt32>

  /// The counts by which the launch splits tiles.
  private let counts: SplitKCounts

  /// The workspace through which accumulators are handed off; nil if no role holds any.
  private let partialSums: PartialSums<Machine>?

  /// Creates a scheduler.
  ///
  /// - `numbering`: The numbering of the tiles.
  /// - `kTileCount`: The number of stages of a tile along k.
  /// - `counts`: The counts by which the launch splits tiles.
  /// - `partialSums`: The workspace through which accumulators are handed off; nil if no role holds
  ///   any.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    _ counts: SplitKCounts, partialSums: PartialSums<Machine>? = nil
  ) {
    self.k = k
    self.numbering = numbering
    self.kTileCount = kTileCount
    self.counts = counts
    self.partialSums = partialSums
  }

  /// Begins the exchange of a warp's accumulators with the other splits of the tile.
  public func exchange(
    _ tile: OutputTile, warp: DeviceValue<UInt32>, accumulatorCount count: Int
  ) -> (any AccumulatorExchange)? {
    tile.split.flatMap { partialSums?.exchange($0, warp: warp, sumCount: count) }
  }

  /// Records a loop over the cluster's whole tiles, and then its splits.
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
        // Lanes diverge where they wait for partial sums. After that `ptxas` takes no value to be
        // uniform unless it comes from a shuffle; and uniform values stay in uniform registers,
        // which descriptors need.
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

/// The range of an output tile's stages along k that a cluster multiplies: all of them, if the tile
/// is whole.
///
/// Derived values are recorded where they are used, after the multiplications, since accumulators
/// leave few registers.
public struct TileSplit: Sendable {
  /// The first stage.
  public let firstStage: DeviceValue<UInt32>

  /// The stage after the last.
  public let endStage: DeviceValue<UInt32>

  /// The index of the split in its tile; 0 for a whole tile.
  let index: DeviceValue<UInt32>

  /// The index among all whole tiles, followed by all splits.
  let workIndex: DeviceValue<UInt32>

  /// The counts by which the launch splits tiles.
  let counts: SplitKCounts

  /// Returns the number of other splits of the tile: 0 if it is not split.
  func otherCount<Machine: Architecture>(_ k: KernelContext<Machine>) -> DeviceValue<UInt32> {
    k.select(workIndex < counts.wholeTileCount, k.constant(0), counts.splitFactor - 1)
  }

  /// Returns whether the cluster completes the tile: it has the last split, or the tile is whole.
  public func completesTile<Machine: Architecture>(_ k: KernelContext<Machine>) -> Predicate {
    index == otherCount(k)
  }

  /// The slot for the partial sums of this split, if it does not complete the tile.
  var slot: DeviceValue<UInt32> { workIndex - counts.wholeTileCount }

  /// Returns the slot of another split of the tile.
  func slot(ofSplit other: DeviceValue<UInt32>) -> DeviceValue<UInt32> {
    slot - (index - other) * counts.splitTileCount
  }
}

/// The counts of a `SplitKPlan` in the kernel.
public struct SplitKCounts: Sendable {
  /// The number of tiles that are not split.
  public let wholeTileCount: DeviceValue<UInt32>

  /// The number of tiles that are split.
  public let splitTileCount: DeviceValue<UInt32>

  /// The number of splits of each of them.
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
