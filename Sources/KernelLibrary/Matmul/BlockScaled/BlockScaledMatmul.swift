// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The production matmul of 8-bit floats with block scales, on Blackwell.
///
/// D[m, n] = epilogue(Σₖ (A[m, k] · scaleA[m, k / 32]) · (B[n, k] · scaleB[n, k / 32])) with f32
/// accumulators. It is `StructuredMatmul` with another payload and its multiplications: roles,
/// pipeline, scheduler, accumulators and stores are the same.
public struct BlockScaledMatmul<Element: BlockScaledElement, Output: StoredElement, Post: Epilogue>:
  Sendable
{
  /// The kernel, with A, its scales, B, its scales and D as tensor maps, the extents, and the
  /// parameters of the epilogue, the numbering and the scheduler.
  typealias MatmulKernelType = Kernel<
    Blackwell, TensorMap<Element>, TensorMap<UInt32>, TensorMap<Element>, TensorMap<UInt32>,
    TensorMap<Output>, UInt32, UInt32, UInt32, Post.Parameters,
    AddedArguments
  >

  /// The configuration.
  public let configuration: StructuredConfiguration

  /// The scheduler, as the host sees it.
  let scheduling: any TileScheduling<Blackwell>

  /// The kernel.
  let kernel: MatmulKernelType

  /// The tiles of a stage, and the box for stores.
  let tiles: BlockScaledTiles<Element, Output>

  /// 128 × 128 tiles in clusters of two, six stages, three accumulators.
  public static var defaultConfiguration: StructuredConfiguration {
    StructuredConfiguration(tileN: 128, tileK: 128, stageCount: 6)
  }

  /// Creates the kernel of a configuration.
  ///
  /// - Throws: A `ConfigurationError` for the first rule that the configuration breaks.
  public init(
    _ configuration: StructuredConfiguration = Self.defaultConfiguration,
    output: Output.Type = Output.self, epilogue: Post.Type = Post.self
  ) throws(ConfigurationError) {
    try configuration.checkBlockScaled(
      outputByteCount: Output.elementType.byteCount, readingMatrix: Post.readsMatrix)
    self.configuration = configuration
    let scheduling = Blackwell.scheduling(for: configuration)
    self.scheduling = scheduling
    let tiles = BlockScaledTiles<Element, Output>(configuration)
    self.tiles = tiles
    kernel = Kernel(
      "matmul_mx\(Element.name)_\(Output.storedName)\(Post.name)_\(configuration)",
      parameters: ["a_map", "a_scales_map", "b_map", "b_scales_map", "d_map", "m", "n", "k"],
      cluster: Dimensions(configuration.clusterM)
    ) {
      k, aMap, aScalesMap, bMap, bScalesMap, dMap, m, n, depth, postParameters,
      parameters in
      let stageCount = configuration.stageCount
      let operands = OperandTiles(
        a: k.shared(tiles.a, stages: stageCount), b: k.shared(tiles.b, stages: stageCount))
      let boxes = k.shared(tiles.box, stages: configuration.storeBoxCount * 4)
      let payload = ScaledOperandTiles(
        operands, aScales: k.shared(tiles.aScales, stages: stageCount),
        bScales: k.shared(tiles.bScales, stages: stageCount))
      let rank = k.clusterRank
      let tileIO = ScaledTileIO(
        k, TileIO(k, from: aMap, bMap, filling: operands, rank: rank),
        scales: aScalesMap, bScalesMap, filling: payload, rank: rank)
      let kTileCount = (depth + (configuration.tileK - 1)) / configuration.tileK
      let numbering = configuration.ordering.numbering(parameters)
      let components = MatmulComponents(
        k: k, configuration: configuration, tiles: payload, boxes: boxes, tileIO: tileIO,
        pipeline: Blackwell.pipeline(k, payload, configuration),
        scheduler: scheduling.scheduler(
          k, parameters, numbering, kTileCount: kTileCount,
          of: Blackwell.scheduledKernel(configuration)),
        dMap: dMap, m: m, n: n, kTileCount: kTileCount,
        post: EpilogueArguments<Post>(parameters: postParameters))
      var plan = TensorMemoryPlan()
      let accumulators = plan.region(
        "accumulators", columns: tiles.accumulatorCount(stages: stageCount) * tiles.b.rows)
      let scales = plan.region("scales", columns: stageCount * tiles.scaleColumnCount)
      components.recordRoles(plan, accumulatingIn: accumulators) {
        ScaledTileOp(k, of: payload, scalesIn: $0[scales])
      }
    }
  }
}

/// The tiles of a block-scaled product's stages, and the box for its stores.
struct BlockScaledTiles<Element: BlockScaledElement, Output: StoredElement>: Sendable {
  /// The tiles of A and of B.
  let a: SharedTile<Element>, b: SharedTile<Element>

  /// The scale factors of A and of B.
  let aScales: ScaleFactorTile, bScales: ScaleFactorTile

  /// The box through which accumulators are stored.
  let box = AccumulatorStore<Blackwell, Output>.box("d")

  /// Creates the tiles of a legal configuration.
  init(_ configuration: StructuredConfiguration) {
    do {
      a = try SharedTile(
        "a", rows: configuration.tileM, columns: configuration.tileK, swizzle: .bytes128)
      b = try SharedTile(
        "b", rows: configuration.tileN, columns: configuration.tileK, swizzle: .bytes128,
        slices: configuration.clusterM)
      aScales = try ScaleFactorTile("a_scales", rows: configuration.tileM)
      bScales = try ScaleFactorTile(
        "b_scales", rows: configuration.tileN, slices: configuration.clusterM)
    } catch {
      fatalError("A legal configuration has legal tiles: \(error).")
    }
  }

  /// Returns the number of accumulators that fit into Tensor Memory with the scale factors of all
  /// stages.
  func accumulatorCount(stages: Int) -> Int {
    (Blackwell.accumulatorColumns - stages * scaleColumnCount) / b.rows
  }

  /// The number of columns of Tensor Memory for the scale factors of a stage.
  var scaleColumnCount: Int { ScaledTileOp<Element>.columnCount(aScales, bScales) }
}
