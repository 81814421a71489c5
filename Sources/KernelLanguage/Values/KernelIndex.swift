// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An index or a count in a kernel: a device value, or an integer that the host knows.
public protocol KernelIndex: Sendable {
  /// Returns the index as a value of the context's kernel.
  func deviceValue<Machine: Architecture>(
    in context: KernelContext<Machine>
  ) -> DeviceValue<UInt32>
}
