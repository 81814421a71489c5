import KernelLanguage
import TileLayout

extension KernelContext where Machine: HasTensorMemory & HasTMA & HasClusters {
  /// Records `body` with columns of Tensor Memory that are freed behind it.
  ///
  /// Warp 0 allocates: it publishes the address to the block, and gives up its permit, so that other
  /// blocks of the multiprocessor may allocate. Behind the body it waits for the block, and frees.
  /// All threads of the block come here together.
  ///
  /// - `name`: What reports call the columns.
  /// - `columns`: 32, 64, 128, 256 or 512.
  /// - `group`: Whose columns they are. A pair of blocks has the same in both, and frees them when all blocks of
  ///   the cluster have come to the end: so none ends while another still arrives at its barriers.
  /// - `body`: What is done with the columns; it is given their address.
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
