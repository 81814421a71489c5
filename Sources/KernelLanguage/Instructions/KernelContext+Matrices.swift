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
    emit(
      .loadMatrix, matrixWords(count, transposed),
      [.vector(registers.map(Operand.register)), address.operand])
    return registers.map { DeviceValue(recorder, $0) }
  }

  /// Returns the words of a matrix load or store.
  fileprivate func matrixWords(_ count: Int, _ transposed: Bool) -> [Modifier] {
    recorder.expect(
      [1, 2, 4].contains(count),
      "ldmatrix and stmatrix move one, two or four matrices, not \(count)")
    let shape: [Modifier] = ["sync", "aligned", "m8n8", Modifier(rawValue: "x\(count)")]
    return shape + (transposed ? ["trans"] : []) + ["shared", "b16"]
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
    emit(
      .storeMatrix, matrixWords(values.count, transposed),
      [address.operand, .vector(values.map { .register($0.register) })])
  }
}
