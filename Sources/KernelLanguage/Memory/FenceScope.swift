// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The set of threads for which a fence orders accesses.
public enum FenceScope: String, Sendable {
  /// The block.
  case block = "cta"

  /// The cluster.
  case cluster

  /// The device.
  case device = "gpu"

  /// The device, the host and other devices.
  case system = "sys"

  /// The scope as an instruction names it.
  var scope: MemoryScope {
    switch self {
    case .block: .block
    case .cluster: .cluster
    case .device: .gpu
    case .system: .system
    }
  }
}
