// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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
}
