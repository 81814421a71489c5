// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// Multiplies the tiles of a stage by their block scales into an accumulator in Tensor Memory; one
/// thread issues.
///
/// Each stage has its own columns of Tensor Memory for scale factors. A stage is refilled only when
/// its multiplications have completed, so no copy overwrites scale factors that are still being
/// read, in whatever order the hardware runs copies and multiplications.
public struct ScaledTileOp<Element: BlockScaledElement>: TileOp {
  /// The kernel.
  private let k: KernelContext<Blackwell>

  /// The tiles and scale factors.
  private let payload: ScaledOperandTiles<Element>

  /// The descriptors of the tiles of stage 0.
  private let a: OperandDescriptors, b: OperandDescriptors

  /// The descriptors of the scale factors of stage 0.
  private let aScales: MatrixDescriptor, bScales: MatrixDescriptor

  /// The columns of Tensor Memory for the scale factors of stage 0.
  private let columns: TensorMemoryAddress

  /// One instruction descriptor for each step along k: types, shape, and the index of the scale it
  /// uses.
  private let instructions: [BlockScaledInstructionDescriptor]

  /// Returns the number of columns of Tensor Memory for the scale factors of a stage.
  public static func columnCount(_ a: ScaleFactorTile, _ b: ScaleFactorTile) -> Int {
    a.columnCount + b.columnCount
  }

  /// Prepares the multiplications of a payload's tiles.
  ///
  /// - `columns`: The columns for the scale factors, `columnCount` for each stage.
  public init(
    _ k: KernelContext<Blackwell>, of payload: ScaledOperandTiles<Element>,
    scalesIn columns: TensorMemoryAddress, file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.payload = payload
    self.columns = columns
    let (a, b) = (payload.operands.a, payload.operands.b)
    do {
      let stepCount = a.tile.layout.stepCount
      if stepCount != ScaleFactorLayout.blockScaleCount {
        k.findings(at: file, line).reject(
          """
          a stage must have \(ScaleFactorLayout.blockScaleCount) steps along k, with a scale of \
          each row for each, not \(stepCount)
          """)
      }
      let type = Element.narrowFloat
      let first = try BlockScaledInstructionDescriptor(
        .mxf8f6f4(a: type, b: type), m: a.tile.rows, n: b.tile.rows,
        aMajorness: a.tile.layout.majorness, bMajorness: b.tile.layout.majorness)
      let steps = min(stepCount, b.tile.layout.stepCount, ScaleFactorLayout.blockScaleCount)
      instructions = try (0..<steps).map {
        try first.selecting(scaleFactorA: $0, scaleFactorB: $0)
      }
    } catch {
      instructions = []
      k.findings(at: file, line).reject("there is no such instruction: \(error)")
    }
    (self.a, self.b, aScales, bScales) = k.inlined(at: file, line) {
      (
        OperandDescriptors(k.matrixDescriptor(of: a[0]), layout: a.tile.layout),
        OperandDescriptors(k.matrixDescriptor(of: b[0]), layout: b.tile.layout),
        k.scaleFactorDescriptor(at: payload.aScales.address),
        k.scaleFactorDescriptor(at: payload.bScales.address)
      )
    }
  }

  /// Copies the scale factors of one stage to Tensor Memory, and issues its multiplications.
  ///
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  public func multiply(
    _ stage: ScaledOperandTiles<Element>.Stage,
    into accumulators: TensorMemoryAccumulators<Blackwell>, accumulates: Predicate,
    file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let (aTile, bTile) = (payload.aScales.tile, payload.bScales.tile)
      let aColumns = columns.advanced(
        byColumns: stage.index * Self.columnCount(aTile, bTile))
      let bColumns = aColumns.advanced(columns: aTile.columnCount)
      copy(aScales, aTile, of: stage, to: aColumns)
      copy(bScales, bTile, of: stage, to: bColumns)
      let (aStage, bStage) = (a.stage(stage.index), b.stage(stage.index))
      k.forEachStep(instructions.count, accumulates: accumulates) { step, accumulates in
        k.tcgen05Mma(
          accumulators.address, a: aStage.descriptor(step: step), b: bStage.descriptor(step: step),
          instructions[step], aScales: aColumns, bScales: bColumns, accumulates: accumulates)
      }
    }
  }

  /// Copies the blocks of scale factors of a stage to Tensor Memory.
  private func copy(
    _ scales: MatrixDescriptor, _ tile: ScaleFactorTile,
    of stage: ScaledOperandTiles<Element>.Stage, to columns: TensorMemoryAddress
  ) {
    let first = scales.advanced(by: stage.index, elementByteCount: tile.byteCount)
    for block in 0..<tile.blockCount {
      k.tcgen05Cp(
        to: columns.advanced(columns: block * ScaleFactorLayout.blockColumnCount),
        from: first.advanced(byByteCount: block * ScaleFactorLayout.blockByteCount),
        shape: .rows32Bytes16)
    }
  }
}
