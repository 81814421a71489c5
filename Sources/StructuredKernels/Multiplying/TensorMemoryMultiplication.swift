// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// Multiplies the tiles of a stage into an accumulator in Tensor Memory; one thread issues.
///
/// In a CTA pair each block holds half of A's rows and half of B's, and one thread of the pair
/// issues.
public struct TensorMemoryMultiplication<Element: TensorCoreElement>: StageMultiplication {
  /// The kernel.
  private let k: KernelContext<Blackwell>

  /// The tiles.
  private let payload: OperandTiles<Element>

  /// The descriptors of the tiles of stage 0.
  private let a: MatrixDescriptor, b: MatrixDescriptor

  /// The instruction descriptor: types and shape.
  private let instruction: TensorCoreInstructionDescriptor?

  /// The CTA group: one block, or a CTA pair.
  private let group: CTAGroup

  /// Prepares the multiplications of a payload's tiles.
  public init(
    _ k: KernelContext<Blackwell>, of payload: OperandTiles<Element>, group: CTAGroup = .one,
    file: String = #fileID,
    line: Int = #line
  ) {
    self.k = k
    self.payload = payload
    self.group = group
    let (m, n) = (payload.a.tile.rows * group.rawValue, payload.b.tile.rows * group.rawValue)
    do {
      instruction = try TensorCoreInstructionDescriptor(
        Element.tensorCoreOperands, m: m, n: n, aMajorness: payload.a.tile.layout.majorness,
        bMajorness: payload.b.tile.layout.majorness, use: .group(group))
    } catch {
      instruction = nil
      k.findings(at: file, line).reject("there is no such instruction: \(error)")
    }
    (a, b) = k.inlined(at: file, line) {
      (k.matrixDescriptor(of: payload.a[0]), k.matrixDescriptor(of: payload.b[0]))
    }
  }

  /// Issues the multiplications of one stage, over its whole extent along k.
  ///
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  public func multiply(
    _ stage: OperandTiles<Element>.Stage, into accumulator: TensorMemoryAddress,
    accumulates: Predicate, file: String = #fileID, line: Int = #line
  ) {
    // Without an instruction the kernel has a finding.
    guard let instruction else { return }
    k.inlined(at: file, line) {
      let (aLayout, bLayout) = (payload.a.tile.layout, payload.b.tile.layout)
      let aStage = a.advanced(by: stage.index, elementByteCount: payload.a.tile.byteCount)
      let bStage = b.advanced(by: stage.index, elementByteCount: payload.b.tile.byteCount)
      for step in 0..<min(aLayout.stepCount, bLayout.stepCount) {
        k.tcgen05Mma(
          accumulator,
          a: aStage.advanced(byByteCount: aLayout.descriptorByteOffset(step: step)),
          b: bStage.advanced(byByteCount: bLayout.descriptorByteOffset(step: step)),
          instruction, accumulates: step == 0 ? accumulates : k.always, group: group)
      }
    }
  }
}
