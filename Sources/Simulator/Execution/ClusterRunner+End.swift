// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What must hold when a cluster has ended: its warps, and what they had in flight.
extension ClusterRunner {
  /// Checks that each block has left its barriers and Tensor Memory as it must.
  func checkEnd() throws(Trap) {
    for block in blocks {
      for barrier in block.mbarriers where barrier.isLive {
        guard let trap = unbalancedBytes(of: barrier) else { continue }
        throw atEnd(of: block, trap)
      }
      guard let left = block.tensorAllocations.first else { continue }
      throw atEnd(
        of: block,
        Trap(
          .tensorMemory,
          "The block exited while it still holds \(left.count) columns of Tensor Memory from column \(left.column)."
        ))
    }
  }

  /// Describes bytes that were announced to a barrier and did not come, or came and were not announced.
  func unbalancedBytes(of barrier: MBarrier) -> Trap? {
    let count = barrier.transactionBytes
    guard count != 0 else { return nil }
    let name = kernel.nameOfShared(barrier.offset)
    return Trap(
      .barrierMisuse,
      count > 0
        ? "\(count) bytes that were announced to \(name) never arrived."
        : "\(-count) bytes arrived at \(name) that were never announced.")
  }

  /// Returns a trap with the block at whose end it was found.
  private func atEnd(of block: BlockState, _ trap: Trap) -> Trap {
    var trap = trap
    trap.context = ["at the end of \(blockText(block))"]
    return trap
  }
}
