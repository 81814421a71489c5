// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

/// Steps 2 and 3: TMA and tensor cores, one tile of C for each block.
///
/// Step 3 is step 2 with a swizzle. Each thread stores the accumulators that it holds, two
/// neighbours at a time.
public struct TensorCoreMatmul<Machine: HasTileOp, Element: TensorCoreElement>: Sendable {
  /// The tunable parameters.
  public typealias Configuration = TensorCoreConfiguration

  /// The configuration.
  public let configuration: Configuration

  /// The loop along k.
  let product: TileProduct<Machine, Element>

  /// The kernel, with tensor maps of A and B, then C, m, n and k.
  public let kernel:
    Kernel<
      Machine, TensorMap<Element>, TensorMap<Element>, GlobalBuffer<Element>, UInt32, UInt32, UInt32
    >

  /// Creates the kernel of a configuration.
  ///
  /// - Throws: The first rule that the configuration breaks.
  public init(_ configuration: Configuration = Configuration()) throws(ConfigurationError) {
    try configuration.check(
      elementByteCount: Element.elementType.byteCount, stagesOutput: false)
    self.configuration = configuration
    let product = TileProduct<Machine, Element>(configuration)
    self.product = product
    let (tileM, tileN, shape) = (configuration.tileM, configuration.tileN, configuration.shape)
    kernel = Kernel(
      "matmul_\(Element.name)_\(configuration)",
      parameters: ["a_map", "b_map", "c", "m", "n", "k"], block: Dimensions(shape.threadCount)
    ) { k, aMap, bMap, c, m, n, depth in
      let (tileRow, tileColumn) = (k.blockIndex.y, k.blockIndex.x)
      let accumulators = product.accumulate(
        k, aMap, bMap, row: tileRow * tileM, column: tileColumn * tileN, depth: depth)

      // C, the block's tile of it, the warp's subtile of that, and the lane's pairs of neighbours.
      let tile = TileTensor(c, rows: m, columns: n).tile(tileM, tileN, at: tileRow, tileColumn)
      let fragment = Machine.Operation.warpTile(k, of: tile, shape)
        .vectorized(1, 2)
        .distributed(over: .rowMajor(8, 4), at: k.laneIndex)
      fragment.store(k, rounding: accumulators.vectorized(1, 2))
    }
  }
}
