// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// The accumulators of one warpgroup in its registers, for a multiple of 64 rows, and the `wgmma`
/// that add to them.
public struct WarpgroupAccumulators<Element: TensorCoreElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The accumulators of each block of 64 rows, laid out as `WarpgroupAccumulator` says.
  public let blocks: [[Variable<Float>]]

  /// The descriptor of this warpgroup's rows of A at stage 0.
  private let a: MatrixDescriptor

  /// The descriptor of B at stage 0.
  private let b: MatrixDescriptor

  /// The tiles.
  private let payload: OperandTiles<Element>

  /// The index of this warpgroup's rows within the tile of A.
  private let part: DeviceValue<UInt32>

  /// Creates the accumulators, all zero, and the descriptors of the tiles.
  ///
  /// - `payload`: The tiles; the rows of B, a multiple of 8 up to 256, are the columns of the
  ///   accumulators.
  /// - `rowBlockCount`: The number of blocks of 64 rows of A that the warpgroup multiplies.
  /// - `part`: The index of this warpgroup's rows within the tile of A.
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
      let isShare = k.recorder.expect(
        rowBlockCount > 0 && rowBlockCount <= layout.rows / 64
          && layout.rows % (64 * rowBlockCount) == 0,
        "\(layout.rows) rows of a tile cannot be divided into \(rowBlockCount) blocks of 64 rows for each warpgroup"
      )
      let rowBlockCount = isShare ? rowBlockCount : 1
      let blocks = (0..<rowBlockCount).map { _ in
        (0..<WarpgroupAccumulator.registerCount(n: columns)).map { _ in k.variable(Float(0)) }
      }
      let first = k.matrixDescriptor(of: payload.a[0])
      let nextRow = 64 * rowBlockCount
      // A warpgroup that has all rows begins at the first.
      let a =
        nextRow >= payload.a.tile.rows
        ? first
        : first.advanced(
          by: part, elementByteCount: layout.descriptorByteOffset(step: 0, row: nextRow))
      return (blocks, a, k.matrixDescriptor(of: payload.b[0]))
    }
  }

  /// Returns the first of a warp's 16 rows in a block of 64, counted from the first row of the
  /// output tile.
  public func firstRow(ofBlock index: Int, of warps: RoleWarps) -> DeviceValue<UInt32> {
    // With one block each, the rows of all warps of all warpgroups are consecutive.
    if blocks.count == 1, payload.a.tile.rows > 64 { return warps.warpIndex * 16 }
    let row = part * (64 * blocks.count) + 64 * index
    return row + warps.warpIndexInWarpgroup * 16
  }

  /// Issues the multiplications of one stage, over its whole extent along k.
  ///
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  public func multiply(
    _ stage: OperandTiles<Element>.Stage, accumulates: Predicate, file: String = #fileID,
    line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let (aLayout, bLayout) = (payload.a.tile.layout, payload.b.tile.layout)
      let aStage = a.advanced(by: stage.index, elementByteCount: payload.a.tile.byteCount)
      let bStage = b.advanced(by: stage.index, elementByteCount: payload.b.tile.byteCount)
      for step in 0..<min(aLayout.stepCount, bLayout.stepCount) {
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
