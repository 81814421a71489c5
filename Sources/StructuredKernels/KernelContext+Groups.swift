import KernelLanguage
import TileLayout

extension KernelContext where Machine: HasClusters {
  /// Returns whether the block is the one of its group that multiplies for all.
  public func isLeader(
    of group: CTAGroup, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    group == .one
      ? always : inlined(at: file, line) { clusterRank % group.rawValue == 0 }
  }
}
