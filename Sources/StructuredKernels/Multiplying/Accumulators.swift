// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The accumulators of an output tile, and the tensor-core instructions that add to them.
///
/// They are in registers (`RegisterAccumulators`) or in Tensor Memory (`TensorMemoryAccumulators`).
/// B is in shared memory. A is there too, or where the accumulators are, so that a kernel can
/// multiply what it has just computed.
public protocol Accumulators: Sendable {
  /// A, if it is not in shared memory.
  associatedtype LocalOperand: Sendable

  /// Issues the multiplications of A by B over their whole extent along k.
  ///
  /// - Parameters:
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - type: The type of the elements of both.
  ///   - accumulates: Whether the products are added to the accumulators, or replace them.
  ///   - file: The file of the author's call.
  ///   - line: The line of the author's call.
  func multiply<Element: TensorCoreElement>(
    _ a: LeftOperand<LocalOperand>, by b: OperandDescriptors, of type: Element.Type,
    accumulates: Predicate, file: String, line: Int)
}

/// A of a multiplication.
public enum LeftOperand<Local: Sendable>: Sendable {
  /// A tile in shared memory.
  case shared(OperandDescriptors)

  /// A tile where the accumulators are.
  case local(Local)
}

extension KernelContext {
  /// Records `body` for each step along k of a multiplication: the first adds to the accumulators
  /// if the predicate holds, and the others always.
  func forEachStep(
    _ stepCount: Int, accumulates: Predicate,
    _ body: (_ step: Int, _ accumulates: Predicate) -> Void
  ) {
    for step in 0..<stepCount { body(step, step == 0 ? accumulates : always) }
  }
}
