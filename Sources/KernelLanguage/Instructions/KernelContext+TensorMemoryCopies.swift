// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

extension KernelContext where Machine: HasTensorMemory {
  /// Copies rows of shared memory to Tensor Memory, asynchronously; one thread calls it, in a CTA
  /// pair one thread of one block.
  ///
  /// Multiplications that the same thread issues afterwards see the cells; for everything else
  /// `tcgen05Commit` signals completion. In a CTA pair each block copies from its own shared memory
  /// to its own Tensor Memory.
  ///
  /// - `address`: The first cell, in lane 0 except for `rows4Bytes32`.
  /// - `source`: The rows, as a descriptor of rows along k names them.
  /// - `shape`: The mapping of rows to lanes.
  /// - `packing`: The packing of 16 elements in 16 bytes, to be expanded to one byte each.
  /// - SeeAlso: PTX ISA, "tcgen05.cp".
  public func tcgen05Cp(
    to address: TensorMemoryAddress, from source: MatrixDescriptor, shape: TensorMemoryCopyShape,
    unpacking packing: PackedElements? = nil, group: CTAGroup = .one, file: String = #fileID,
    line: Int = #line
  ) {
    at(file, line)
    recorder.check(address.base.recorder)
    recorder.check(source.value.recorder)
    emit(
      TensorInstruction.copy(
        TensorMemoryCopy(
          group, shape, packing, to: address.operand, from: .register(source.value.register))))
  }

  /// Returns the descriptor of 32 consecutive rows of 16 bytes, 512 bytes in total: a block of
  /// scale factors.
  ///
  /// - `address`: The first row, a multiple of 16 bytes.
  /// - SeeAlso: PTX ISA, "Shared memory descriptor" of `tcgen05`.
  public func scaleFactorDescriptor(
    at address: SharedAddress, file: String = #fileID, line: Int = #line
  ) -> MatrixDescriptor {
    at(file, line)
    recorder.check(address.recorder)
    do {
      let fixed = try BlackwellMatrixDescriptor(
        startAddress: 0, leadingByteOffset: 0, strideByteOffset: 128, layout: .none)
      return MatrixDescriptor(fixedBits: fixed.rawValue, at: address)
    } catch {
      fatalError("Rows of 16 bytes have a descriptor: \(error)")
    }
  }
}
