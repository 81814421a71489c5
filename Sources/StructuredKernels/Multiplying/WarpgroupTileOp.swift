// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// Multiplies a warpgroup's rows of a tile of A by a tile of B, by `wgmma`.
public struct WarpgroupTileOp<Machine: HasWGMMA, Element: TensorCoreElement>: TileOp {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The warpgroup's rows of A.
  private let rows: WarpgroupRows

  /// The descriptors of stage 0; nil if those of each stage are made from its address.
  private let first: (a: OperandDescriptors, b: OperandDescriptors)?

  /// Prepares the multiplications of a payload's tiles.
  ///
  /// The descriptors of stage 0 are in registers from here on, and those of other stages follow by
  /// one addition.
  public init(
    _ k: KernelContext<Machine>, of payload: OperandTiles<Element>, rows: WarpgroupRows,
    file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.rows = rows
    first = k.inlined(at: file, line) {
      let a = OperandDescriptors(
        k.matrixDescriptor(of: payload.a[0]), layout: payload.a.tile.layout)
      return (
        a.rows(rows.count, at: rows.index),
        OperandDescriptors(k.matrixDescriptor(of: payload.b[0]), layout: payload.b.tile.layout)
      )
    }
  }

  /// Creates an operation for a block without roles: it makes the descriptors of each stage from its
  /// address, and fences the accumulators, which no pipeline does.
  init(_ k: KernelContext<Machine>, of type: Element.Type, rows: WarpgroupRows) {
    self.k = k
    self.rows = rows
    first = nil
  }

  /// Issues the multiplications of one stage, over its whole extent along k.
  public func multiply(
    _ stage: OperandTiles<Element>.Stage, into accumulators: RegisterAccumulators<Machine>,
    accumulates: Predicate, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      if let first {
        return accumulators.multiply(
          .shared(first.a.stage(stage.index)), by: first.b.stage(stage.index), of: Element.self,
          accumulates: accumulates)
      }
      let aRows = stage.a.tile(rows.count, stage.a.columns, at: rows.index, 0)
      guard let a = descriptors(of: aRows), let b = descriptors(of: stage.b) else { return }
      k.wgmmaFence()
      accumulators.multiplyBlockByBlock(a, by: b, of: Element.self, accumulates: accumulates)
    }
  }

  /// Returns the descriptors of a tile; nil, and a finding, if `wgmma` cannot read it.
  private func descriptors(of tile: TileTensor<Element, Shared>) -> OperandDescriptors? {
    let first = k.matrixDescriptor(of: tile)
    return tile.operandLayout.map { OperandDescriptors(first, layout: $0) }
  }
}
