// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Multiplies the tiles of a stage into an accumulator in Tensor Memory; one thread issues.
public protocol StageMultiplication: Sendable {
  /// The tiles of one stage.
  associatedtype Stage: Sendable

  /// Issues the multiplications of one stage, over its whole extent along k.
  ///
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  func multiply(
    _ stage: Stage, into accumulator: TensorMemoryAddress, accumulates: Predicate, file: String,
    line: Int)
}

extension StageMultiplication {
  /// Issues the multiplications of one stage, over its whole extent along k.
  public func multiply(
    _ stage: Stage, into accumulator: TensorMemoryAddress, accumulates: Predicate,
    _ file: String = #fileID, _ line: Int = #line
  ) {
    multiply(stage, into: accumulator, accumulates: accumulates, file: file, line: line)
  }
}
