import MachineIR
import TileLayout

extension KernelContext where Machine: HasTensorMemory {
  /// Copies rows of shared memory to Tensor Memory, asynchronously; one thread calls it, of a pair one thread
  /// of one block.
  ///
  /// A multiplication that the same thread issues behind it finds the cells written; for everything else
  /// `tcgen05Commit` says when they are. Of a pair each block copies from its own shared memory to its own Tensor
  /// Memory.
  ///
  /// - `address`: The first cell, in lane 0 but for `rows4Bytes32`.
  /// - `source`: The rows, as a descriptor of rows along k names them.
  /// - `shape`: Which rows go to which lanes.
  /// - `packing`: How 16 elements lie in 16 bytes, where each is to get a byte of its own.
  /// - SeeAlso: PTX ISA, "tcgen05.cp".
  public func tcgen05Cp(
    to address: TensorMemoryAddress, from source: MatrixDescriptor, shape: TensorMemoryCopyShape,
    unpacking packing: PackedElements? = nil, group: CTAGroup = .one, file: String = #fileID,
    line: Int = #line
  ) {
    at(file, line)
    recorder.check(address.base.recorder)
    recorder.check(source.value.recorder)
    let words = shape.rawValue.split(separator: ".").map { Modifier(rawValue: String($0)) }
    var format: [Modifier] = []
    if let packing { format = ["b8x16", Modifier(rawValue: packing.rawValue)] }
    emit(
      .tensorCopy, [group.word] + words + format,
      [address.operand, .register(source.value.register)])
  }

  /// Returns the descriptor of 32 rows of 16 bytes that lie one behind the other, 512 bytes in all: a block of
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
