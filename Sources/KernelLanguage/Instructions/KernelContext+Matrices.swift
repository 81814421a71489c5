// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext {
  /// Loads one, two or four 8 × 8 matrices of 16-bit elements from shared memory.
  ///
  /// All lanes of the warp call it together. Lane `8m + r` gives the address of row `r` of matrix
  /// `m`, a multiple of 16 bytes; `EightByEightMatrix` says which elements each lane gets.
  ///
  /// - SeeAlso: PTX ISA, "ldmatrix".
  public func ldmatrix(
    count: Int, from address: SharedAddress, transposed: Bool = false, file: String = #fileID,
    line: Int = #line
  ) -> [DeviceValue<UInt32>] {
    at(file, line)
    recorder.check(address.recorder)
    let registers = (0..<recorder.standInCount(count)).map { _ in recorder.makeRegister(.b32) }
    emit(MatrixMove.load(transfer(count, transposed, registers, address)))
    return registers.map { DeviceValue(recorder, $0) }
  }

  /// Returns a load or store of matrices, after checking their number.
  fileprivate func transfer(
    _ count: Int, _ transposed: Bool, _ registers: [RegisterID], _ address: SharedAddress
  ) -> MatrixTransfer {
    recorder.expect(
      [1, 2, 4].contains(count),
      "ldmatrix and stmatrix move one, two or four matrices, not \(count)")
    return MatrixTransfer(
      count: count, isTransposed: transposed,
      registers: .vector(registers.map(Operand.register)), address: address.operand)
  }
}

extension KernelContext where Machine: HasTMA {
  /// Stores one, two or four 8 × 8 matrices of 16-bit elements to shared memory.
  ///
  /// All lanes of the warp call it together. Lane `8m + r` gives the address of row `r` of matrix
  /// `m`, a multiple of 16 bytes; `EightByEightMatrix` says which elements each lane has.
  ///
  /// - SeeAlso: PTX ISA, "stmatrix".
  public func stmatrix(
    _ values: [DeviceValue<UInt32>], to address: SharedAddress, transposed: Bool = false,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(address.recorder)
    for value in values { recorder.check(value.recorder) }
    emit(MatrixMove.store(transfer(values.count, transposed, values.map(\.register), address)))
  }
}
