// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

extension KernelContext where Machine: HasTensorMemory {
  /// Multiplies A by B, each with scales for its blocks along k, over one step along k,
  /// asynchronously; one thread calls it, in a CTA pair one thread of one block.
  ///
  /// - `accumulator`: The accumulator in Tensor Memory, laid out as `TensorMemoryAccumulator` says.
  /// - `a`: A, [m, k] in shared memory.
  /// - `b`: B, [n, k] in shared memory.
  /// - `instruction`: The types, the shape, and which bytes of the cells have this step's scales.
  /// - `aScales`: The cells with the scales of A, as `ScaleFactorLayout` places them: of each
  ///   block's own rows.
  /// - `bScales`: The cells with the scales of B: of all columns of D that the block has.
  /// - `block`: The number of elements along k for each scale.
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  /// - Precondition: The descriptor keeps the rules of its kind for such blocks.
  /// - SeeAlso: PTX ISA, "tcgen05.mma", `.block_scale`.
  public func tcgen05Mma(
    _ accumulator: TensorMemoryAddress, a: MatrixDescriptor, b: MatrixDescriptor,
    _ instruction: BlockScaledInstructionDescriptor, aScales: TensorMemoryAddress,
    bScales: TensorMemoryAddress, block: ScaleBlock = .block32, accumulates: Predicate,
    group: CTAGroup = .one, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(a.value.recorder)
    multiplyScaled(
      accumulator, .register(a.value.register), b, instruction, aScales, bScales, block,
      accumulates, group, file, line)
  }

  /// Multiplies A in Tensor Memory by B, each with scales for its blocks along k.
  ///
  /// - `a`: A, in the lanes of the accumulator's rows: 8 columns for a step. For 128 rows of a CTA
  ///   pair, each block holds its 64 rows twice, in the lower and in the upper lanes.
  /// - SeeAlso: PTX ISA, "tcgen05.mma", `.block_scale`.
  public func tcgen05Mma(
    _ accumulator: TensorMemoryAddress, a: TensorMemoryAddress, b: MatrixDescriptor,
    _ instruction: BlockScaledInstructionDescriptor, aScales: TensorMemoryAddress,
    bScales: TensorMemoryAddress, block: ScaleBlock = .block32, accumulates: Predicate,
    group: CTAGroup = .one, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(a.base.recorder)
    multiplyScaled(
      accumulator, a.operand, b, instruction, aScales, bScales, block, accumulates, group, file,
      line)
  }

  /// Records a multiplication with either form of A.
  private func multiplyScaled(
    _ accumulator: TensorMemoryAddress, _ a: Operand, _ b: MatrixDescriptor,
    _ instruction: BlockScaledInstructionDescriptor, _ aScales: TensorMemoryAddress,
    _ bScales: TensorMemoryAddress, _ block: ScaleBlock, _ accumulates: Predicate,
    _ group: CTAGroup, _ file: String, _ line: Int
  ) {
    at(file, line)
    for address in [accumulator, aScales, bScales] { recorder.check(address.base.recorder) }
    recorder.check(b.value.recorder)
    recorder.check(accumulates.recorder)
    if let finding = instruction.findings(for: group, block: block).first {
      recorder.reject(.misuse("the instruction descriptor is invalid: \(finding)"))
    }
    var product = TensorMultiply(
      group, .scaled(instruction.kind), d: accumulator.operand, a: a,
      b: .register(b.value.register), descriptor: .integer(Int64(instruction.rawValue)),
      accumulates: accumulates.operand)
    product.scaleSize = TensorMultiply.ScaleSize(scaleCount: instruction.kind.scaleCount(block))
    (product.scalesOfA, product.scalesOfB) = (aScales.operand, bScales.operand)
    emit(TensorInstruction.multiply(product))
  }
}
