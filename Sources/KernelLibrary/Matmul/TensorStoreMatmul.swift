// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

/// Step 4: the loop of step 3, with C collected in shared memory and stored by TMA.
///
/// Warps round their accumulators and store them by `stmatrix` to a swizzled tile, which one thread
/// then stores by TMA. Larger tiles are the same kernel: A and B are loaded less often.
public struct TensorStoreMatmul<Machine: HasTileOp, Element: TensorCoreElement>: Sendable {
  /// The tunable parameters.
  public typealias Configuration = TensorCoreConfiguration

  /// The configuration.
  public let configuration: Configuration

  /// The loop along k.
  let product: TileProduct<Machine, Element>

  /// The tile of C: [tileM, tileN].
  let output: SharedTile<Element>

  /// The kernel, with tensor maps of A, B and C, then k.
  public let kernel:
    Kernel<Machine, TensorMap<Element>, TensorMap<Element>, TensorMap<Element>, UInt32>

  /// Creates the kernel of a configuration.
  ///
  /// - Throws: The first rule that the configuration breaks.
  public init(
    _ configuration: Configuration = Configuration(swizzle: .bytes128)
  ) throws(ConfigurationError) {
    try configuration.check(elementByteCount: Element.elementType.byteCount, stagesOutput: true)
    self.configuration = configuration
    let product = TileProduct<Machine, Element>(configuration)
    self.product = product
    let (tileM, tileN, shape) = (configuration.tileM, configuration.tileN, configuration.shape)
    // The widest swizzle whose span divides the rows, for the smallest number of boxes.
    let swizzle: SwizzleMode =
      tileN % 64 == 0 ? .bytes128 : tileN % 32 == 0 ? .bytes64 : .bytes32
    let output = makeTile(
      "c", rows: tileM, columns: tileN, swizzle: swizzle, of: Element.self)
    self.output = output
    kernel = Kernel(
      "matmul_\(Element.name)_\(configuration)_tma_store",
      parameters: ["a_map", "b_map", "c_map", "k"], block: Dimensions(shape.threadCount)
    ) { k, aMap, bMap, cMap, depth in
      let tile = k.shared(output)
      let row = k.blockIndex.y * tileM
      let column = k.blockIndex.x * tileN
      let accumulators = product.accumulate(k, aMap, bMap, row: row, column: column, depth: depth)

      let storer = TileStorer(k, of: output, to: cMap)
      Machine.Operation.warpTile(k, of: tile, shape).storeMatrices(k, rounding: accumulators)
      // TMA sees the writes that each thread has fenced before the barrier.
      k.fenceProxyAsync(.sharedBlock)
      k.synchronize()
      let leader = LeaderThread(k)
      leader { storer.store(tile, row: row, column: column) }
    }
  }
}
