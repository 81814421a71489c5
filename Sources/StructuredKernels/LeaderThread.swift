import KernelLanguage

/// The one thread of a block that issues what the others wait for: the elected lane of warp 0.
///
/// It is the same thread every time, so that it may complete what it began.
public struct LeaderThread<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Whether the thread belongs to warp 0.
  private let isInFirstWarp: Predicate

  /// Finds the leader; all threads of the block do it together.
  public init(_ k: KernelContext<Machine>, file: String = #fileID, line: Int = #line) {
    self.k = k
    isInFirstWarp = k.inlined(at: file, line) { k.warpIndex == 0 }
  }

  /// Records `body` for the leader alone; all threads of warp 0 come here together.
  public func callAsFunction(
    file: String = #fileID, line: Int = #line, _ body: @Sendable () -> Void
  ) {
    k.if(isInFirstWarp, file: file, line: line) {
      k.elected(file: file, line: line, body)
    }
  }
}
