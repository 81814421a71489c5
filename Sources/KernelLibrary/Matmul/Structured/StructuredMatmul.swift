// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The production matmul: persistent, warp-specialised, multistage, with clusters and an epilogue.
///
/// D[m, n] = epilogue(A[m, k] · B[n, k]ᵀ) with f32 accumulators. One warp loads; the architecture
/// (`StructuredMachine`) decides which warps multiply and store. The blocks of a cluster along M
/// share the tile of B, and those along N the tile of A.
public struct StructuredMatmul<
  Machine: StructuredMachine, Element: TensorCoreElement, Output: StoredElement, Post: Epilogue
>: Sendable {
  /// The kernel, with A, B and D as tensor maps, the extents, the parameters of the epilogue, the
  /// table of tile coordinates, and the workspace for partial sums.
  typealias MatmulKernelType = Kernel<
    Machine, TensorMap<Element>, TensorMap<Element>, TensorMap<Output>, UInt32, UInt32, UInt32,
    Post.Parameters, OptionalParameter<GlobalBuffer<UInt32>>,
    OptionalParameter<PartialSums<Machine>.Parameters>
  >

  /// The configuration.
  public let configuration: StructuredConfiguration

  /// The kernel.
  let kernel: MatmulKernelType

  /// The tiles of A and of B.
  let aTile: SharedTile<Element>, bTile: SharedTile<Element>

  /// The box through which accumulators are stored.
  let box: SharedTile<Output>

  /// Creates the kernel of a configuration.
  ///
  /// - Throws: A `ConfigurationError` for the first rule that the configuration breaks.
  public init(
    _ configuration: StructuredConfiguration = Machine.defaultConfiguration,
    output: Output.Type = Output.self, epilogue: Post.Type = Post.self
  ) throws(ConfigurationError) {
    let rules = Machine.structuredRules(
      for: configuration, readingMatrix: Post.readsMatrix)
    try configuration.check(
      rules, elementByteCount: Element.elementType.byteCount,
      outputByteCount: Output.elementType.byteCount)
    self.configuration = configuration
    let aTile: SharedTile<Element>
    let bTile: SharedTile<Element>
    do {
      aTile = try SharedTile(
        "a", rows: configuration.tileM, columns: configuration.tileK, swizzle: .bytes128,
        slices: configuration.clusterN)
      bTile = try SharedTile(
        "b", rows: configuration.tileN / configuration.ctasPerMMA,
        columns: configuration.tileK, swizzle: .bytes128,
        slices: configuration.clusterM / configuration.ctasPerMMA)
    } catch {
      fatalError("A legal configuration has legal tiles: \(error).")
    }
    let box = AccumulatorStore<Machine, Output>.box("d")
    (self.aTile, self.bTile, self.box) = (aTile, bTile, box)
    let boxCount = configuration.storeBoxCount * rules.storingWarpCount
    kernel = Kernel(
      "matmul_\(Element.name)_\(Output.storedName)\(Post.name)_\(configuration)",
      parameters: ["a_map", "b_map", "d_map", "m", "n", "k"],
      cluster: Dimensions(configuration.clusterBlockCount)
    ) { k, aMap, bMap, dMap, m, n, depth, postParameters, places, splitting in
      let tiles = OperandTiles(
        a: k.shared(aTile, stages: configuration.stageCount),
        b: k.shared(bTile, stages: configuration.stageCount))
      let tileIO = TileIO(
        k, from: aMap, bMap, filling: tiles, rank: k.clusterRank, group: configuration.group)
      let pipeline = Machine.pipeline(k, tiles, configuration)
      let kTileCount = (depth + (configuration.tileK - 1)) / configuration.tileK
      let numbering = configuration.numbering(places: places)
      let partialSums = configuration.partialSums(k, splitting)
      Machine.record(
        MatmulComponents(
          k: k, configuration: configuration, tiles: tiles, boxes: k.shared(box, stages: boxCount),
          tileIO: tileIO, pipeline: pipeline,
          scheduler: Machine.scheduler(
            k, numbering, kTileCount: kTileCount, partialSums?.counts, configuration),
          partialSums: partialSums,
          dMap: dMap, m: m, n: n, kTileCount: kTileCount,
          post: EpilogueArguments<Post>(parameters: postParameters)))
    }
  }
}

/// An architecture that the production matmul is written for.
public protocol StructuredMachine: HasTMA, HasClusters, HasDependentLaunch {
  /// The default configuration.
  static var defaultConfiguration: StructuredConfiguration { get }

  /// Returns the configuration that suits a product best.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The number of multiprocessors (SMs) of the device.
  /// - Returns: The configuration.
  static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration

  /// Returns the rules that a configuration must keep.
  ///
  /// - `readingMatrix`: Whether the epilogue reads a matrix, which may be the output matrix itself.
  static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules

  /// Returns the number of warps of a block that hold a tile's accumulators.
  static func accumulatorWarpCount(_ configuration: StructuredConfiguration) -> Int

  /// Returns which thread holds the sum of an element of the output matrix, as the roles of
  /// `record` have it.
  static func owner(
    row: Int, column: Int, in configuration: StructuredConfiguration
  ) -> ElementOwner

  /// Returns the pipeline of a kernel's operand tiles.
  static func pipeline<Payload>(
    _ k: KernelContext<Self>, _ tiles: Payload, _ configuration: StructuredConfiguration
  ) -> TilePipeline<Self, Payload>

  /// Returns the scheduler of a kernel's output tiles.
  static func scheduler(
    _ k: KernelContext<Self>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    _ splitting: SplitKCounts?, _ configuration: StructuredConfiguration
  ) -> any TileScheduler<Self>

  /// Records the roles of the block.
  static func record<Element: TensorCoreElement, Output, Post>(
    _ components: MatmulComponents<Self, TileIO<Self, Element>, Output, Post>)
}

/// The epilogue's launch arguments, as seen inside the kernel.
public struct EpilogueArguments<Post: Epilogue>: Sendable {
  /// The arguments.
  let parameters: Post.Parameters.InKernel
}

/// The components of a production matmul, which its roles use.
///
/// The loader decides which tiles the stages hold, and how they are loaded.
public struct MatmulComponents<
  Machine: StructuredMachine, Loader: StageLoader, Output: StoredElement, Post: Epilogue
>: Sendable where Loader.Machine == Machine {
  /// The kernel.
  let k: KernelContext<Machine>

  /// The configuration.
  public let configuration: StructuredConfiguration

  /// The operand tiles of the stages.
  let tiles: Loader.Payload

  /// The boxes through which sums are stored.
  let boxes: SharedTileRing<Output>

  /// The loader of the tiles.
  let tileIO: Loader

  /// The pipeline of the tiles.
  let pipeline: TilePipeline<Machine, Loader.Payload>

  /// The scheduler of the output tiles.
  let scheduler: any TileScheduler<Machine>

  /// The workspace for partial sums, if tiles are split.
  let partialSums: PartialSums<Machine>?

  /// D, [m, n].
  let dMap: DeviceTensorMap<Output>

  /// The number of rows of A and D.
  let m: DeviceValue<UInt32>

  /// The number of rows of B, and of columns of D.
  let n: DeviceValue<UInt32>

  /// The number of tiles along k.
  let kTileCount: DeviceValue<UInt32>

  /// The epilogue.
  let post: EpilogueArguments<Post>
}

extension StructuredConfiguration {
  /// Returns which thread holds the sum of an element, given the warps that do.
  ///
  /// The lanes are the same on every architecture: those of a `wgmma` accumulator, which
  /// `tcgen05.ld` reproduces.
  func owner(
    row: Int, column: Int, warp: Int, alternateWarp: Int? = nil
  ) -> ElementOwner {
    let slot = WarpgroupAccumulator.slot(row: row % tileM % 16, column: column % tileN)
    return ElementOwner(
      tileRow: row / tileM, tileColumn: column / tileN, warp: warp, alternateWarp: alternateWarp,
      lane: slot.thread % 32)
  }

  /// Returns the numbering of the tiles.
  ///
  /// - `places`: The table of tile coordinates, which the kernel declares if a curve numbers the
  ///   tiles.
  func numbering(
    places: UndeclaredParameter<GlobalBuffer<UInt32>>
  ) -> any TileNumbering {
    switch order {
    case .supergroups: SupergroupNumbering(rows: supergroupRows)
    case .hilbert: HilbertNumbering(places.declared(as: ["tile_coordinates"]))
    }
  }

  /// Returns the workspace for partial sums, if tiles are split.
  ///
  /// - `parameters`: The slots and flags, which the kernel declares if tiles are split.
  func partialSums<Machine: StructuredMachine>(
    _ k: KernelContext<Machine>,
    _ parameters: UndeclaredParameter<PartialSums<Machine>.Parameters>
  ) -> PartialSums<Machine>? {
    guard scheduler == .splitK else { return nil }
    return PartialSums(
      k, parameters.declared(as: PartialSums<Machine>.parameterNames),
      warpCount: Machine.accumulatorWarpCount(self))
  }
}

extension StructuredMachine {
  /// Returns a pipeline whose stages each block consumes itself.
  public static func pipeline<Payload>(
    _ k: KernelContext<Self>, _ tiles: Payload, _ configuration: StructuredConfiguration
  ) -> TilePipeline<Self, Payload> {
    TilePipeline(
      k, tiles, consumers: configuration.consumers.warpgroupsPerTile,
      sharingBlocks: configuration.clusterBlockCount)
  }

  /// Returns a static scheduler.
  public static func scheduler(
    _ k: KernelContext<Self>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    _ splitting: SplitKCounts?, _ configuration: StructuredConfiguration
  ) -> any TileScheduler<Self> {
    staticScheduler(k, numbering, kTileCount: kTileCount, splitting, configuration)
  }

  /// Returns a static scheduler: each cluster's tiles follow from its index.
  static func staticScheduler(
    _ k: KernelContext<Self>, _ numbering: any TileNumbering, kTileCount: DeviceValue<UInt32>,
    _ splitting: SplitKCounts?, _ configuration: StructuredConfiguration
  ) -> any TileScheduler<Self> {
    switch configuration.scheduler {
    case .singleTile: return SingleTileScheduler(k, numbering)
    case .persistent: return PersistentScheduler(k, numbering)
    case .splitK:
      guard let splitting else { fatalError("A kernel that splits tiles has a plan for it.") }
      return SplitKScheduler(k, numbering, kTileCount: kTileCount, splitting)
    case .launchControl: fatalError("With launch control, clusters request their tiles.")
    }
  }
}

extension MatmulComponents {
  /// Records `body` for each output tile of the cluster.
  func forEachTile(as reader: SchedulerClient = .warps, _ body: @Sendable (OutputTile) -> Void) {
    let grid = TileGrid(
      m: m, n: n, tileM: configuration.tileM * configuration.clusterM,
      tileN: configuration.tileN * configuration.clusterN)
    scheduler.forEachTile(of: grid, as: reader, body)
  }

  /// Returns the range of stages along k that the cluster multiplies of an output tile: the first,
  /// and the one after the last.
  func stages(of tile: OutputTile) -> (first: DeviceValue<UInt32>, end: DeviceValue<UInt32>) {
    guard let split = tile.split else { return (k.constant(0), kTileCount) }
    return (split.firstStage, split.endStage)
  }

  /// Returns the number of stages along k that the cluster multiplies of an output tile.
  func stageCount(of tile: OutputTile) -> DeviceValue<UInt32> {
    guard let split = tile.split else { return kTileCount }
    return split.endStage - split.firstStage
  }

  /// Records the role that loads: one thread fills one stage after another.
  func load() {
    k.elected {
      pipeline.withProducer { producer in
        forEachTile(as: .loadingThread) { tile in
          let stages = stages(of: tile)
          k.loop(from: stages.first, to: stages.end) { kTile in
            producer.withStage { stage, barrier in
              tileIO.load(stage, of: tile, kTile, signalling: barrier)
            }
          }
        }
      }
    }
  }

  /// Records the initialization of barriers and the prefetch of tensor maps by one thread, and
  /// waits for it.
  ///
  /// - `extraInitialization`: Initializes further barriers.
  func initialize(_ extraInitialization: @Sendable () -> Void = {}) {
    if configuration.usesProgrammaticDependentLaunch { k.griddepcontrolLaunchDependents() }
    let leader = LeaderThread(k)
    leader {
      pipeline.initialize()
      scheduler.initialize()
      extraInitialization()
      k.fenceBarrierInitialization()
      tileIO.prefetchMaps()
      k.prefetchTensorMap(dMap)
    }
    // The other blocks of the cluster copy into this one's tiles, and arrive at its barriers.
    if configuration.clusterBlockCount > 1 { k.synchronizeCluster() } else { k.synchronize() }
    // The preceding launch may write A and B, and read D.
    if configuration.usesProgrammaticDependentLaunch { k.griddepcontrolWait() }
  }

  /// Stores 16 rows of accumulators, one box wide, after the epilogue.
  ///
  /// - `store`: The warp's boxes.
  /// - `accumulators`: The accumulators.
  /// - `column`: The first column in the tile.
  /// - `index`: The index among all boxes that the warp stores.
  /// - `row`: The first row in D.
  /// - `tile`: The output tile.
  func store(
    _ store: AccumulatorStore<Machine, Output>, _ accumulators: [DeviceValue<Float>], column: Int,
    index: Int,
    row: DeviceValue<UInt32>, of tile: OutputTile
  ) {
    let column = tileIO.firstColumn(of: tile) + column
    store.store(accumulators, box: index, row: row, column: column) { pair, offset in
      transformed(pair, offset, row: row, column: column)
    }
  }

  /// Applies the epilogue to 16 rows of accumulators, one box wide, and returns the words to store
  /// later.
  func words(
    _ store: AccumulatorStore<Machine, Output>, _ accumulators: [DeviceValue<Float>], column: Int,
    row: DeviceValue<UInt32>, of tile: OutputTile
  ) -> [DeviceValue<Output.Word>] {
    let column = tileIO.firstColumn(of: tile) + column
    return store.words(of: accumulators) { pair, offset in
      transformed(pair, offset, row: row, column: column)
    }
  }

  /// Applies the epilogue to two accumulators.
  private func transformed(
    _ pair: AccumulatorPair, _ offset: AccumulatorOffset, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>
  ) -> AccumulatorPair {
    // The identity needs no position, and should not pay for one.
    if Post.self == Identity.self { return pair }
    let place = offset.place(row: row, column: column, rowCount: m, columnCount: n)
    return Post.transform(pair, at: place, post.parameters, k)
  }
}
