import KernelLanguage
import TileLayout

/// The sums of one warpgroup in its registers, and `wgmma` that adds to them: 64 rows or several times as many.
public struct WarpgroupAccumulators<Element: TensorCoreElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The sums of each 64 rows, placed as `WarpgroupAccumulator` says.
  public let blocks: [[Variable<Float>]]

  /// How A's rows of this warpgroup lie at stage 0.
  private let a: MatrixDescriptor

  /// How B lies at stage 0.
  private let b: MatrixDescriptor

  /// The tiles.
  private let payload: OperandTiles<Element>

  /// Which part of A's rows the warpgroup multiplies.
  private let part: DeviceValue<UInt32>

  /// Creates sums of zero, and the descriptors of the tiles.
  ///
  /// - `payload`: The tiles; B has as many rows as there are columns, a multiple of 8 up to 256.
  /// - `rowBlockCount`: How many times 64 rows of A the warpgroup multiplies.
  /// - `part`: Which so many rows of the tile of A these are.
  public init(
    _ k: KernelContext<Hopper>, of payload: OperandTiles<Element>, rowBlockCount: Int,
    part: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.payload = payload
    self.part = part
    let columns = payload.b.tile.rows
    (blocks, a, b) = k.inlined(at: file, line) {
      let layout = payload.a.tile.layout
      precondition(
        layout.descriptorByteOffset(step: 0, row: 0) == 0, "A tile begins at its first row.")
      let blocks = (0..<rowBlockCount).map { _ in
        (0..<WarpgroupAccumulator.registerCount(n: columns)).map { _ in k.variable(Float(0)) }
      }
      let first = k.matrixDescriptor(of: payload.a[0])
      let nextRow = 64 * rowBlockCount
      // With all rows there is but one part.
      let a =
        nextRow == payload.a.tile.rows
        ? first
        : first.advanced(
          by: part, elementByteCount: layout.descriptorByteOffset(step: 0, row: nextRow))
      return (blocks, a, k.matrixDescriptor(of: payload.b[0]))
    }
  }

  /// Returns the first of the 16 rows of a warp in a block of sums, counted in the output tile.
  public func firstRow(ofBlock index: Int, of warps: RoleWarps) -> DeviceValue<UInt32> {
    // With one block each, the rows follow those of the warp before in the next warpgroup as well.
    if blocks.count == 1, payload.a.tile.rows > 64 { return warps.warpIndex * 16 }
    let row = part * (64 * blocks.count) + 64 * index
    return row + warps.warpIndexInWarpgroup * 16
  }

  /// Issues the multiplications of one stage: all of its k.
  ///
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  public func multiply(
    _ stage: OperandTiles<Element>.Stage, accumulates: Predicate, file: String = #fileID,
    line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let (aLayout, bLayout) = (payload.a.tile.layout, payload.b.tile.layout)
      let aStage = a.advanced(by: stage.index, elementByteCount: payload.a.tile.byteCount)
      let bStage = b.advanced(by: stage.index, elementByteCount: payload.b.tile.byteCount)
      for step in 0..<aLayout.stepCount {
        let bStep = bStage.advanced(byByteCount: bLayout.descriptorByteOffset(step: step))
        for (index, registers) in blocks.enumerated() {
          k.wgmmaMmaAsync(
            registers,
            a: aStage.advanced(
              byByteCount: aLayout.descriptorByteOffset(step: step, row: 64 * index)),
            b: bStep, of: Element.self, accumulates: step == 0 ? accumulates : k.always)
        }
      }
    }
  }
}
