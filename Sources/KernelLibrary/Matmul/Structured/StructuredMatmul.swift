import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The production matmul: persistent, warp-specialised, multistage, with clusters and an epilogue.
///
/// D[m, n] = epilogue(A[m, k] · B[n, k]ᵀ) with f32 sums. One warp loads; what multiplies and what stores is the
/// architecture's (`StructuredMachine`). The blocks of a cluster lie below one another and share the tile of B.
public struct StructuredMatmul<
  Machine: StructuredMachine, Element: TensorCoreElement, Output: StoredElement, Post: Epilogue
>: Sendable {
  /// What the kernel is made of: A, B and D as tensor maps, the extents, and what the epilogue takes.
  typealias MatmulKernelType = Kernel<
    Machine, TensorMap<Element>, TensorMap<Element>, TensorMap<Output>, UInt32, UInt32, UInt32,
    Post.Parameters
  >

  /// The configuration.
  public let configuration: StructuredConfiguration

  /// The kernel.
  let kernel: MatmulKernelType

  /// The tiles of A and of B.
  let aTile: SharedTile<Element>, bTile: SharedTile<Element>

  /// The box through which sums are stored.
  let box: SharedTile<Output>

  /// Creates the kernel of a configuration.
  ///
  /// - Throws: The first rule that the configuration breaks.
  public init(
    _ configuration: StructuredConfiguration = Machine.shippedConfiguration,
    output: Output.Type = Output.self, epilogue: Post.Type = Post.self
  ) throws(ConfigurationError) {
    try configuration.check(
      Machine.structuredRules, elementByteCount: Element.elementType.byteCount,
      outputByteCount: Output.elementType.byteCount)
    self.configuration = configuration
    let aTile: SharedTile<Element>
    let bTile: SharedTile<Element>
    do {
      aTile = try SharedTile(
        "a", rows: configuration.tileM, columns: configuration.tileK, swizzle: .bytes128)
      bTile = try SharedTile(
        "b", rows: configuration.tileN, columns: configuration.tileK, swizzle: .bytes128,
        slices: configuration.clusterM)
    } catch {
      preconditionFailure("A legal configuration has legal tiles: \(error).")
    }
    let box = TileStore<Machine, Output>.box("d")
    (self.aTile, self.bTile, self.box) = (aTile, bTile, box)
    let boxCount = configuration.storeBoxCount * Machine.structuredRules.storingWarpCount
    kernel = Kernel(
      "matmul_\(Element.name)_\(Output.storedName)\(Post.name)_\(configuration)",
      parameters: ["a_map", "b_map", "d_map", "m", "n", "k"],
      cluster: Dimensions(configuration.clusterM)
    ) { k, aMap, bMap, dMap, m, n, depth, postParameters in
      let tiles = OperandTiles(
        a: k.shared(aTile, stages: configuration.stageCount),
        b: k.shared(bTile, stages: configuration.stageCount))
      let tileIO = TileIO(k, from: aMap, bMap, filling: tiles, rank: k.clusterRank)
      let pipeline = TilePipeline(
        k, tiles, consumers: Machine.structuredRules.consumerCount,
        sharingBlocks: configuration.clusterM)
      Machine.record(
        MatmulParts(
          k: k, configuration: configuration, tiles: tiles, boxes: k.shared(box, stages: boxCount),
          tileIO: tileIO, pipeline: pipeline, dMap: dMap, m: m, n: n,
          kTileCount: (depth + (configuration.tileK - 1)) / configuration.tileK,
          post: PostProcessing<Post>(parameters: postParameters)))
    }
  }
}

/// An architecture that the production matmul is written for.
public protocol StructuredMachine: HasTMA, HasClusters {
  /// The configuration that the library ships.
  static var shippedConfiguration: StructuredConfiguration { get }

  /// What configurations must keep.
  static var structuredRules: StructuredRules { get }

  /// Records the roles of the block.
  static func record<Element: TensorCoreElement, Output, Post>(
    _ parts: MatmulParts<Self, TileIO<Self, Element>, Output, Post>)
}

/// What the epilogue of a kernel has of a launch.
public struct PostProcessing<Post: Epilogue>: Sendable {
  /// What the kernel has of the epilogue's arguments.
  let parameters: Post.Parameters.InKernel
}

/// The parts of a production matmul, as the roles use them.
///
/// What travels through the stages, and what fills them, is the loader's word.
public struct MatmulParts<
  Machine: StructuredMachine, Loader: StageLoader, Output: StoredElement, Post: Epilogue
>: Sendable where Loader.Machine == Machine {
  /// The kernel.
  let k: KernelContext<Machine>

  /// The configuration.
  let configuration: StructuredConfiguration

  /// What the stages hold.
  let tiles: Loader.Payload

  /// The boxes through which sums are stored.
  let boxes: SharedTileRing<Output>

  /// What fills the tiles.
  let tileIO: Loader

  /// Who may touch the tiles when.
  let pipeline: TilePipeline<Machine, Loader.Payload>

  /// D, [m, n].
  let dMap: DeviceTensorMap<Output>

  /// The rows of A and D.
  let m: DeviceValue<UInt32>

  /// The rows of B and the columns of D.
  let n: DeviceValue<UInt32>

  /// The tiles along k.
  let kTileCount: DeviceValue<UInt32>

  /// The epilogue.
  let post: PostProcessing<Post>
}

extension MatmulParts {
  /// Records `body` for each output tile of the cluster.
  func forEachTile(_ body: @Sendable (OutputTile) -> Void) {
    let grid = TileGrid(
      m: m, n: n, tileM: configuration.tileM * configuration.clusterM,
      tileN: configuration.tileN)
    configuration.scheduler.forEachTile(k, of: grid, body)
  }

  /// Records the role that loads: one thread fills one stage after another.
  func load() {
    k.elected {
      pipeline.withProducer { producer in
        forEachTile { tile in
          k.loop(kTileCount) { kTile in
            producer.withStage { stage, barrier in
              tileIO.load(stage, of: tile, kTile, signalling: barrier)
            }
          }
        }
      }
    }
  }

  /// Records what one thread does before any other: barriers and maps are made ready.
  ///
  /// - `further`: Initializes what else there is.
  func initialize(_ further: @Sendable () -> Void = {}) {
    let leader = LeaderThread(k)
    leader {
      pipeline.initialize()
      further()
      k.fenceBarrierInitialization()
      tileIO.prefetchMaps()
      k.prefetchTensorMap(dMap)
    }
    // The other blocks of the cluster copy into this one's tiles, and arrive at its barriers.
    if configuration.clusterM > 1 { k.synchronizeCluster() } else { k.synchronize() }
  }

  /// Stores 16 rows of sums, as wide as a box, after the epilogue.
  ///
  /// - `store`: The warp's boxes.
  /// - `sums`: The sums.
  /// - `box`: Which box of the tile, from the left.
  /// - `index`: Which of all boxes that the warp stores.
  /// - `row`: The first row in D.
  /// - `tile`: The output tile.
  func store(
    _ store: TileStore<Machine, Output>, _ sums: [DeviceValue<Float>], box: Int, index: Int,
    row: DeviceValue<UInt32>, of tile: OutputTile
  ) {
    let column = tileIO.firstColumn(of: tile) + box * TileStore<Machine, Output>.boxColumns
    store.store(sums, box: index, row: row, column: column) { pair, offset in
      // The identity asks for no place, and should not pay for one.
      if Post.self == Identity.self { return pair }
      let place = offset.place(row: row, column: column, rowCount: m, columnCount: n)
      return Post.transform(pair, at: place, post.parameters, k)
    }
  }
}
