// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

extension KernelContext where Machine: HasTensorMemory & HasTMA & HasClusters {
  /// Records `body` with columns of Tensor Memory that are freed after it.
  ///
  /// Warp 0 allocates, publishes the address to the block, and gives up its permit, so that other
  /// blocks of the multiprocessor may allocate. After the body it waits for the block and frees.
  /// All threads of the block call this together.
  ///
  /// - `name`: The name of the columns in reports.
  /// - `columns`: 32, 64, 128, 256 or 512.
  /// - `group`: One block, or a CTA pair. A pair allocates the same columns in both blocks, and
  ///   frees them when all blocks of the cluster have finished: so no block exits while another
  ///   still arrives at its barriers.
  /// - `body`: Uses the columns; its argument is their address.
  public func withTensorMemory<Result>(
    _ name: String, columns: Int, group: CTAGroup = .one, file: String = #fileID, line: Int = #line,
    _ body: (TensorMemoryAddress) -> Result
  ) -> Result {
    let isInFirstWarp = inlined(at: file, line) { warpIndex == 0 }
    let memory = inlined(at: file, line) {
      let place = sharedField(name + "_address", of: UInt32.self)
      declareTensorMemory(name, columns: columns)
      self.if(isInFirstWarp) {
        tcgen05Alloc(columns: columns, to: place, group: group)
        tcgen05RelinquishAllocPermit(group: group)
      }
      tcgen05FenceBeforeThreadSync()
      synchronize()
      tcgen05FenceAfterThreadSync()
      return TensorMemoryAddress(place.load())
    }
    let result = body(memory)
    inlined(at: file, line) {
      tcgen05FenceBeforeThreadSync()
      if group == .two { synchronizeCluster() } else { synchronize() }
      self.if(isInFirstWarp) { tcgen05Dealloc(memory, columns: columns, group: group) }
    }
    return result
  }
}
