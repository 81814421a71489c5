// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

extension KernelContext where Machine: HasClusters {
  /// Returns whether the block is the leader of its group: the one whose thread issues for the
  /// whole group.
  public func isLeader(
    of group: CTAGroup, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    group == .one
      ? always : inlined(at: file, line) { clusterRank % group.rawValue == 0 }
  }
}
