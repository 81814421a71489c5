import KernelLanguage

/// As many clusters as run at a time, which share all tiles equally: the last turn's are split along k.
///
/// With `persistent` scheduling the last turn keeps some clusters busy and leaves the rest idle. Here the tiles that
/// would make it up come first instead, and their stages are dealt out: each cluster takes a run of equally many, which
/// may end one tile and begin another. After that each takes whole tiles, equally many again.
///
/// Whoever has a tile's first stages completes it, with the sums of those who have the others (`PartialSums`). A
/// cluster does the end of a tile that another began before it begins one itself. So sums are on their way when they
/// are waited for, and no wait waits for another wait: but all clusters must run at the same time.
///
/// Which stages are whose depends on the number of clusters alone, and sums are added in the order of k: the result is
/// the same each time.
///
/// - SeeAlso: Osama, Merrill, Cecka, Garland, Owens, "Stream-K: Work-centric Parallel Decomposition for Dense
///   Matrix-Matrix Multiplication on the GPU", 2023.
public struct StreamKScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Which tile has which number.
  private let numbering: any TileNumbering

  /// The stages of a tile along k.
  private let kTileCount: DeviceValue<UInt32>

  /// Creates a scheduler.
  ///
  /// - `numbering`: Which tile has which number.
  /// - `kTileCount`: The stages of a tile along k.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>
  ) {
    self.k = k
    self.numbering = numbering
    self.kTileCount = kTileCount
  }

  /// Records a loop over the cluster's shares: first those of tiles that are split, then whole tiles.
  public func forEachTile(
    of grid: TileGrid, as reader: TileReader, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.part(calledAt: file, line) {
      let (cluster, clusterCount) = (k.clusterIndex.x, k.clusterCount.x)
      let tileCount = grid.rows * grid.columns
      // A tile without stages must be stored all the same.
      let depth = k.max(kTileCount, k.constant(1))
      let splitCount = tileCount % clusterCount
      let division = StreamKDivision(of: splitCount * depth, among: clusterCount)
      let start = division.start(of: cluster, k)
      let startTile = start / depth
      let number = k.variable(startTile)
      let first = k.variable(start - startTile * depth)
      let left = k.variable(division.start(of: cluster + 1, k) - start)
      let nextWhole = k.variable(splitCount + cluster)
      /// Goes on with a whole tile, where nothing is left of the split ones.
      @Sendable func takeWholeTile() {
        k.if(left.alias == 0) {
          number.value = nextWhole.current
          nextWhole += clusterCount
          left.value = depth
        }
      }
      takeWholeTile()
      k.while({ number.alias < tileCount }) {
        let end = k.min(depth, first.current + left.current)
        var tile = numbering.tile(number.current, of: grid, k)
        tile.share = TileShare(
          firstStage: first.current, endStage: end, depth: depth,
          splitEnd: (number.current + 1) * depth, division: division)
        body(tile)
        left -= end - first.current
        first.value = k.constant(0)
        number += 1
        takeWholeTile()
      }
    }
  }
}

/// The stages of an output tile that a cluster multiplies.
public struct TileShare: Sendable {
  /// The first stage.
  public let firstStage: DeviceValue<UInt32>

  /// The one behind the last; 1 for a tile that has no stage.
  public let endStage: DeviceValue<UInt32>

  /// The stages of the tile, at least 1.
  let depth: DeviceValue<UInt32>

  /// The end of the tile among all stages that are dealt out, if it is split.
  let splitEnd: DeviceValue<UInt32>

  /// Who has which of the stages that are dealt out.
  let division: StreamKDivision

  /// Whether the cluster completes the tile.
  public var completesTile: Predicate { firstStage == 0 }

  /// Whether others have the end of the tile.
  var isContinued: Predicate { endStage < depth }
}

/// How stages are dealt out among clusters: runs of equal length, or of one more for the first clusters.
public struct StreamKDivision: Sendable {
  /// The fewest stages that are worth a cluster of its own.
  static var leastStages: Int { 4 }

  /// The most clusters that one tile is split among, where there are fewer tiles than clusters.
  static var mostParts: Int { 8 }

  /// The length of most runs.
  private let length: DeviceValue<UInt32>

  /// The clusters whose runs have one more.
  private let longerCount: DeviceValue<UInt32>

  /// Deals out stages.
  init(of stageCount: DeviceValue<UInt32>, among clusterCount: DeviceValue<UInt32>) {
    length = stageCount / clusterCount
    longerCount = stageCount - length * clusterCount
  }

  /// Returns the first stage of a cluster's run; that of the cluster behind the last is the end of all.
  func start<Machine: Architecture>(
    of cluster: DeviceValue<UInt32>, _ k: KernelContext<Machine>
  ) -> DeviceValue<UInt32> {
    cluster * length + k.min(cluster, longerCount)
  }
}
