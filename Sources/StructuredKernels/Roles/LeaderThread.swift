// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The one thread of a block that issues asynchronous operations for all: the elected lane of warp
/// 0.
///
/// It is the same thread every time, so it may wait for operations that it issued before.
public struct LeaderThread<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Whether the thread belongs to warp 0.
  private let isInFirstWarp: Predicate

  /// Determines the leader; all threads of the block call it together.
  public init(_ k: KernelContext<Machine>, file: String = #fileID, line: Int = #line) {
    self.k = k
    isInFirstWarp = k.inlined(at: file, line) { k.warpIndex == 0 }
  }

  /// Records `body` for the leader only; all threads of warp 0 call this together.
  public func callAsFunction(
    file: String = #fileID, line: Int = #line, _ body: @Sendable () -> Void
  ) {
    k.if(isInFirstWarp, file: file, line: line) {
      k.elected(file: file, line: line, body)
    }
  }
}
