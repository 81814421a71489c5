// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A family of instructions, for which results are counted.
public enum ConformanceFamily: String, CaseIterable, Codable, Sendable {
  /// Integers, bits and carries.
  case integer
  /// f32 and f64.
  case float
  /// f16, bf16 and pairs of them.
  case halves
  /// Conversions and moves.
  case conversion
  /// Branches, loops and the lanes that execute them.
  case divergence
  /// Shuffles, votes, matches and reductions of a warp.
  case shuffle
  /// Accesses to shared, global and local memory, generic addresses and atomics.
  case memory
  /// `ldmatrix`, `stmatrix` and `movmatrix`.
  case matrixAccess = "matrix-access"
  /// `mbarrier`.
  case barrier = "mbarrier"
  /// Copies of boxes of tensors.
  case tensorCopy = "tensor-copy"
  /// Bulk copies and reductions without a tensor map, and stores that an mbarrier tracks.
  case bulkCopy = "bulk-copy"
  /// Multiplications of a warpgroup.
  case wgmma
  /// Clusters of blocks: `mapa`, remote arrivals, `barrier.cluster`, multicast.
  case cluster
  /// Programs that a device refuses to run to completion.
  case stop
}
