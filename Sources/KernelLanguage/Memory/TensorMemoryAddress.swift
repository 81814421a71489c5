// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// An address in Tensor Memory: lane and column in one 32-bit value.
public struct TensorMemoryAddress: Sendable {
  /// The register that holds the address, without the offset.
  let base: DeviceValue<UInt32>

  /// The constant offset: lanes in the upper half, columns in the lower.
  let offset: Int

  /// Creates the address that a value holds, as `tcgen05.alloc` gives it.
  public init(_ value: DeviceValue<UInt32>) {
    base = value
    offset = 0
  }

  /// Creates the address at a distance from a value.
  private init(_ base: DeviceValue<UInt32>, offset: Int) {
    self.base = base
    self.offset = offset
  }

  /// Returns the address advanced by lanes and columns.
  public func advanced(lanes: Int = 0, columns: Int = 0) -> TensorMemoryAddress {
    let recorder = base.recorder
    let distance = recorder.offset(
      recorder.byteCount(of: lanes, elementByteCount: 1 << 16), plus: columns)
    return TensorMemoryAddress(base, offset: recorder.offset(offset, plus: distance))
  }

  /// Returns the address advanced by columns.
  public func advanced(byColumns columns: DeviceValue<UInt32>) -> TensorMemoryAddress {
    TensorMemoryAddress(base + columns, offset: offset)
  }

  /// Returns the address advanced by lanes.
  public func advanced(byLanes lanes: DeviceValue<UInt32>) -> TensorMemoryAddress {
    advanced(by: lanes << 16)
  }

  /// Returns the address advanced by a distance with lanes in its upper half and columns in its
  /// lower half.
  func advanced(by distance: DeviceValue<UInt32>) -> TensorMemoryAddress {
    TensorMemoryAddress(base + distance, offset: offset)
  }

  /// The address in an instruction.
  var operand: Operand { .memory(base.register, offset: Int64(offset)) }
}
