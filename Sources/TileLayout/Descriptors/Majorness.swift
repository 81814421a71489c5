// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The index of a matrix operand that is contiguous in memory.
public enum Majorness: String, Hashable, Sendable, CaseIterable {
  /// `k` is contiguous: A stored `[m, k]`, B stored `[n, k]`.
  case k = "K-major"

  /// `m` or `n` is contiguous: A stored `[k, m]`, B stored `[k, n]`.
  case mn = "MN-major"
}
