// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// An address in the shared memory of some block of the cluster.
public struct ClusterAddress: AddressOperand {
  /// The recorder of the kernel.
  package let recorder: Recorder

  /// The register that holds the address, without the offset.
  package let register: RegisterID

  /// The bytes added to the register.
  package var byteOffset = 0

  /// The recording.
  public var owner: KernelRecording { KernelRecording(recorder: recorder) }

  /// The address in an instruction.
  public var operand: Operand { .memory(register, offset: Int64(byteOffset)) }

  /// The address as a 32-bit value.
  public var value: DeviceValue<UInt32> {
    DeviceValue<UInt32>(recorder, register) + byteOffset
  }

  /// Returns the address advanced by a number of bytes.
  public func advanced(byByteCount byteCount: Int) -> ClusterAddress {
    ClusterAddress(
      recorder: recorder, register: register,
      byteOffset: recorder.offset(byteOffset, plus: byteCount))
  }

  /// Returns the address advanced by `index` elements.
  public func advanced(
    by index: DeviceValue<UInt32>, elementByteCount byteCount: Int
  ) -> ClusterAddress {
    let distance = index * byteCount
    if let constant = distance.constantValue { return advanced(byByteCount: Int(constant)) }
    let sum = DeviceValue<UInt32>(recorder, register) + distance
    return ClusterAddress(recorder: recorder, register: sum.register, byteOffset: byteOffset)
  }
}
