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
  /// The kernel, with A, B and D as tensor maps, the extents, the parameters of the epilogue, and
  /// those of the numbering and of the scheduler.
  typealias MatmulKernelType = Kernel<
    Machine, TensorMap<Element>, TensorMap<Element>, TensorMap<Output>, UInt32, UInt32, UInt32,
    Post.Parameters, AddedArguments
  >

  /// The configuration.
  public let configuration: StructuredConfiguration

  /// The scheduler, as the host sees it.
  let scheduling: any TileScheduling<Machine>

  /// The kernel.
  let kernel: MatmulKernelType

  /// The tiles of A and of B.
  let aTile: SharedTile<Element>, bTile: SharedTile<Element>

  /// The box through which accumulators are stored.
  let box: SharedTile<Output>

  /// Creates the kernel of a configuration.
  ///
  /// - `scheduling`: A scheduler in place of the one that the configuration chooses.
  /// - Throws: A `ConfigurationError` for the first rule that the configuration breaks.
  public init(
    _ configuration: StructuredConfiguration = Machine.defaultConfiguration,
    output: Output.Type = Output.self, epilogue: Post.Type = Post.self,
    scheduling custom: (any TileScheduling<Machine>)? = nil
  ) throws(ConfigurationError) {
    let rules = Machine.structuredRules(
      for: configuration, readingMatrix: Post.readsMatrix)
    try configuration.check(
      rules, elementByteCount: Element.elementType.byteCount,
      outputByteCount: Output.elementType.byteCount)
    self.configuration = configuration
    let scheduling = custom ?? Machine.scheduling(for: configuration)
    self.scheduling = scheduling
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
      "matmul_\(Element.name)_\(Output.storedName)\(Post.name)_\(configuration)\(custom.map { "_\($0.name)" } ?? "")",
      parameters: ["a_map", "b_map", "d_map", "m", "n", "k"],
      cluster: Dimensions(configuration.clusterBlockCount)
    ) { k, aMap, bMap, dMap, m, n, depth, postParameters, parameters in
      let tiles = OperandTiles(
        a: k.shared(aTile, stages: configuration.stageCount),
        b: k.shared(bTile, stages: configuration.stageCount))
      let tileIO = TileIO(
        k, from: aMap, bMap, filling: tiles, rank: k.clusterRank, group: configuration.group)
      let pipeline = Machine.pipeline(k, tiles, configuration)
      let kTileCount = (depth + (configuration.tileK - 1)) / configuration.tileK
      let numbering = configuration.ordering.numbering(parameters)
      Machine.record(
        MatmulComponents(
          k: k, configuration: configuration, tiles: tiles, boxes: k.shared(box, stages: boxCount),
          tileIO: tileIO, pipeline: pipeline,
          scheduler: scheduling.scheduler(
            k, parameters, numbering, kTileCount: kTileCount,
            of: Machine.scheduledKernel(configuration)),
          dMap: dMap, m: m, n: n, kTileCount: kTileCount,
          post: EpilogueArguments<Post>(parameters: postParameters)))
    }
  }
}
