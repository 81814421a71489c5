// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Multiplies the tiles of a stage with the tensor cores, and adds the products to accumulators.
///
/// It knows the payload and the instruction: `WarpgroupTileOp` and `TensorMemoryTileOp` multiply a
/// tile of A by a tile of B, `ScaledTileOp` multiplies by their scales as well. Who may read the
/// stage, and when it is released, is the business of the pipeline.
public protocol TileOp<Stage, Target>: Sendable {
  /// The tiles of one stage.
  associatedtype Stage: Sendable

  /// The accumulators: in registers, or in Tensor Memory.
  associatedtype Target: Accumulators

  /// Issues the multiplications of one stage, over its whole extent along k.
  ///
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  func multiply(
    _ stage: Stage, into accumulators: Target, accumulates: Predicate, file: String, line: Int)
}

extension TileOp {
  /// Issues the multiplications of one stage, over its whole extent along k.
  public func multiply(
    _ stage: Stage, into accumulators: Target, accumulates: Predicate, _ file: String = #fileID,
    _ line: Int = #line
  ) {
    multiply(stage, into: accumulators, accumulates: accumulates, file: file, line: line)
  }
}
