import KernelLanguage
import TileLayout

/// The sums of one warpgroup in its registers: 64 rows, and `wgmma` that adds to them.
public struct WarpgroupAccumulators<Element: TensorCoreElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The sums, placed as `WarpgroupAccumulator` says.
  public let registers: [Variable<Float>]

  /// How A's rows of this warpgroup lie at stage 0.
  private let a: MatrixDescriptor

  /// How B lies at stage 0.
  private let b: MatrixDescriptor

  /// The tiles.
  private let payload: OperandTiles<Element>

  /// Creates sums of zero, and the descriptors of the tiles.
  ///
  /// - `columns`: The columns, which are the rows of B: a multiple of 8 up to 256.
  /// - `rowBlock`: Which 64 rows of A the warpgroup multiplies.
  public init(
    _ k: KernelContext<Hopper>, of payload: OperandTiles<Element>,
    rowBlock: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.payload = payload
    let columns = payload.b.tile.rows
    (registers, a, b) = k.part(calledAt: file, line) {
      let bytesOfRows = payload.a.tile.layout.descriptorByteOffset(step: 0, row: 0)
      let rowByteCount = payload.a.tile.layout.swizzleMode.spanByteCount
      precondition(bytesOfRows == 0, "A tile begins at its first row.")
      return (
        (0..<WarpgroupAccumulator.registerCount(n: columns)).map { _ in k.variable(Float(0)) },
        k.matrixDescriptor(of: payload.a[0]).advanced(
          by: rowBlock, elementByteCount: 64 * rowByteCount),
        k.matrixDescriptor(of: payload.b[0])
      )
    }
  }

  /// Issues the multiplications of one stage: all of its k.
  ///
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  public func multiply(
    _ stage: OperandTiles<Element>.Stage, accumulates: Predicate, file: String = #fileID,
    line: Int = #line
  ) {
    k.part(calledAt: file, line) {
      let (aLayout, bLayout) = (payload.a.tile.layout, payload.b.tile.layout)
      let aStage = a.advanced(by: stage.index, elementByteCount: payload.a.tile.byteCount)
      let bStage = b.advanced(by: stage.index, elementByteCount: payload.b.tile.byteCount)
      for step in 0..<aLayout.stepCount {
        k.wgmmaMmaAsync(
          registers,
          a: aStage.advanced(byByteCount: aLayout.descriptorByteOffset(step: step)),
          b: bStage.advanced(byByteCount: bLayout.descriptorByteOffset(step: step)),
          of: Element.self, accumulates: step == 0 ? accumulates : k.always)
      }
    }
  }
}
