// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// Accumulators in Tensor Memory, and the `tcgen05.mma` that add to them; one thread issues.
///
/// In a CTA pair each block has the accumulators of half the rows, and one thread of the pair
/// issues for both.
public struct TensorMemoryAccumulators<Machine: HasTensorMemory>: Accumulators {
  /// The first cell of A: its rows are in the lanes of the accumulators' rows, and two elements
  /// along k in each column.
  public typealias LocalOperand = TensorMemoryAddress

  /// The kernel.
  private let k: KernelContext<Machine>

  /// The address of the first accumulator.
  public let address: TensorMemoryAddress

  /// The number of rows of a block.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The CTA group: one block, or a CTA pair.
  public let group: CTAGroup

  /// Creates accumulators at an address.
  public init(
    _ k: KernelContext<Machine>, at address: TensorMemoryAddress, rows: Int, columns: Int,
    group: CTAGroup = .one
  ) {
    self.k = k
    self.address = address
    self.rows = rows
    self.columns = columns
    self.group = group
  }

  /// Issues the multiplications of A by B, step by step.
  public func multiply<Element: TensorCoreElement>(
    _ a: LeftOperand<TensorMemoryAddress>, by b: OperandDescriptors, of type: Element.Type,
    accumulates: Predicate, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      var (aMajorness, stepCount) = (Majorness.k, b.layout.stepCount)
      if case .shared(let tile) = a {
        aMajorness = tile.layout.majorness
        stepCount = min(stepCount, tile.layout.stepCount)
      }
      guard
        let instruction = k.instruction(
          of: type, m: rows * group.rawValue, n: columns, aMajorness, b.layout.majorness, group)
      else { return }
      k.forEachStep(stepCount, accumulates: accumulates) { step, accumulates in
        switch a {
        case .shared(let tile):
          k.tcgen05Mma(
            address, a: tile.descriptor(step: step), b: b.descriptor(step: step), instruction,
            accumulates: accumulates, group: group)
        case .local(let first):
          k.tcgen05Mma(
            address, a: first.advanced(columns: 8 * step), b: b.descriptor(step: step), instruction,
            accumulates: accumulates, group: group)
        }
      }
    }
  }
}

extension KernelContext where Machine: HasTensorMemory {
  /// Returns the instruction descriptor of a multiplication; nil, and a finding, if there is none.
  func instruction<Element: TensorCoreElement>(
    of type: Element.Type, m: Int, n: Int, _ aMajorness: Majorness, _ bMajorness: Majorness,
    _ group: CTAGroup
  ) -> TensorCoreInstructionDescriptor? {
    do {
      return try TensorCoreInstructionDescriptor(
        Element.tensorCoreOperands, m: m, n: n, aMajorness: aMajorness, bMajorness: bMajorness,
        use: .group(group))
    } catch {
      recorder.reject(.misuse("there is no such instruction: \(error)"))
      return nil
    }
  }
}
