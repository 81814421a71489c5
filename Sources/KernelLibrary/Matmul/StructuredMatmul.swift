import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The production matmul of Hopper: persistent, warp-specialised, multistage, with clusters.
///
/// C[m, n] = A[m, k] · B[n, k]ᵀ with f32 sums. One warp loads, two warpgroups multiply 64 rows each of a tile and
/// store them; blocks of a cluster lie below one another and share the tile of B.
public struct StructuredMatmul<Element: TensorCoreElement>: Sendable {
  /// The extents of tiles and rings.
  public struct Configuration: Hashable, Sendable {
    /// The columns of an output tile.
    public var tileN = 256

    /// The extent of a stage along k, in elements.
    public var tileK = 64

    /// The stages of A and B.
    public var stageCount = 4

    /// The blocks of a cluster, below one another.
    public var clusterM = 2

    /// The boxes through which each warp stores.
    public var storeBoxCount = 2

    /// The rows of tiles, of whole clusters, that are computed before the next column.
    public var bandRows = 8

    /// Creates the configuration that the library ships.
    public init() {}

    /// The rows of an output tile: 64 for each of two warpgroups.
    public var tileM: Int { 128 }
  }

  /// The configuration.
  public let configuration: Configuration

  /// The kernel.
  let kernel:
    Kernel<
      Hopper, TensorMap<Element>, TensorMap<Element>, TensorMap<Element>, UInt32, UInt32, UInt32
    >

  /// The tiles.
  let aTile: SharedTile<Element>, bTile: SharedTile<Element>, cTile: SharedTile<Element>

  /// Creates the kernel of a configuration.
  public init(_ configuration: Configuration = Configuration()) throws(CanonicalLayoutError) {
    self.configuration = configuration
    let (tileM, tileN, tileK) = (configuration.tileM, configuration.tileN, configuration.tileK)
    let clusterM = configuration.clusterM
    let aTile = try SharedTile<Element>(
      "a", rows: tileM, columns: tileK, swizzle: .bytes128, stages: configuration.stageCount)
    let bTile = try SharedTile<Element>(
      "b", rows: tileN, columns: tileK, swizzle: .bytes128, stages: configuration.stageCount,
      slices: clusterM)
    let cTile = try WarpTileStore<Element>.boxes(
      "c", warps: 8, boxCount: configuration.storeBoxCount)
    (self.aTile, self.bTile, self.cTile) = (aTile, bTile, cTile)
    kernel = Kernel(
      "matmul_\(Element.name)_\(configuration)",
      parameters: ["a_map", "b_map", "c_map", "m", "n", "k"],
      cluster: Dimensions(clusterM)
    ) { k, aMap, bMap, cMap, m, n, depth in
      let tiles = OperandTiles(a: k.shared(aTile), b: k.shared(bTile))
      let output = k.shared(cTile)
      let pipeline = TilePipeline(k, tiles, consumers: 2, sharingBlocks: clusterM)
      let aLoader = TileLoader(k, from: aMap, filling: aTile)
      let bLoader = TileLoader(k, from: bMap, filling: bTile)
      let scheduler = PersistentScheduler(bandRows: configuration.bandRows)
      let grid = TileGrid(m: m, n: n, tileM: tileM * clusterM, tileN: tileN)
      let kTileCount = (depth + (tileK - 1)) / tileK
      let rank = k.clusterRank

      let leader = LeaderThread(k)
      leader {
        pipeline.initialize()
        k.fenceBarrierInitialization()
        aLoader.prefetchMap()
        bLoader.prefetchMap()
        k.prefetchTensorMap(cMap)
      }
      k.synchronizeCluster()

      k.roles {
        Role("load", warps: 4, registers: 40) { warps in
          k.if(warps.warpIndex == 0) {
            k.elected {
              let everyBlock = k.constant(UInt16((1 << clusterM) - 1))
              pipeline.withProducer { producer in
                scheduler.forEachTile(k, of: grid) { tile in
                  let aRow = (tile.row * clusterM + rank) * tileM
                  let bRow = tile.column * tileN
                  k.loop(kTileCount) { kTile in
                    producer.withStage { stage, barrier in
                      let column = kTile * tileK
                      aLoader.load(stage.a, row: aRow, column: column, signalling: barrier)
                      if clusterM > 1 {
                        bLoader.load(
                          stage.b, slice: rank, row: bRow, column: column, signalling: barrier,
                          multicastTo: everyBlock)
                      } else {
                        bLoader.load(stage.b, row: bRow, column: column, signalling: barrier)
                      }
                    }
                  }
                }
              }
            }
          }
        }
        Role("multiply", warps: 8, registers: 232) { warps in
          let sums = WarpgroupAccumulators(k, of: tiles, rowBlock: warps.warpgroupIndex)
          let store = WarpTileStore(
            k, to: cMap, through: output, warp: warps.warpIndex, warpCount: 8)
          pipeline.withConsumer(warps) { consumer in
            scheduler.forEachTile(k, of: grid) { tile in
              k.loop(kTileCount) { kTile in
                consumer.withStage { stage in sums.multiply(stage, accumulates: kTile > 0) }
              }
              consumer.finish()
              let row = (tile.row * clusterM + rank) * tileM + warps.warpIndex * 16
              store.store(sums.registers, row: row, column: tile.column * tileN)
            }
          }
          store.finish()
        }
      }
    }
  }
}

extension StructuredMatmul.Configuration: CustomStringConvertible {
  /// The configuration as entry names have it.
  public var description: String {
    """
    \(tileM)x\(tileN)x\(tileK)_stages\(stageCount)_cluster\(clusterM)_boxes\(storeBoxCount)\
    _band\(bandRows)
    """
  }
}
