// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// A tensor map in a kernel: the address of a parameter of 128 bytes.
public struct DeviceTensorMap<Element: BufferElement>: Sendable {
  /// The recorder of the kernel.
  package let recorder: Recorder

  /// The position of the parameter.
  package let position: Int

  /// The register that holds the generic address.
  package let register: RegisterID

  /// Says which boxes the map must have; a launch refuses a map that has others.
  public func require(_ requirement: TensorMapRequirement) {
    recorder.require(requirement, ofParameter: position)
  }

  /// Returns the map and the coordinates of a box as an operand.
  package func operand(_ coordinates: [DeviceValue<UInt32>]) -> Operand {
    .tensor(Operand.Address(register), coordinates: coordinates.map(\.operand))
  }
}
