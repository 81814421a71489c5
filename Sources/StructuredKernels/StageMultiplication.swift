import KernelLanguage

/// Multiplies what a stage holds into an accumulator in Tensor Memory; one thread issues.
public protocol StageMultiplication: Sendable {
  /// What is multiplied.
  associatedtype Stage: Sendable

  /// Issues the multiplications of one stage: all of its k.
  ///
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  func multiply(
    _ stage: Stage, into accumulator: TensorMemoryAddress, accumulates: Predicate, file: String,
    line: Int)
}

extension StageMultiplication {
  /// Issues the multiplications of one stage: all of its k.
  public func multiply(
    _ stage: Stage, into accumulator: TensorMemoryAddress, accumulates: Predicate,
    _ file: String = #fileID, _ line: Int = #line
  ) {
    multiply(stage, into: accumulator, accumulates: accumulates, file: file, line: line)
  }
}
