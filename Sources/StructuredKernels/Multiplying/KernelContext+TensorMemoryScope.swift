// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

extension KernelContext where Machine: HasTensorMemory & HasTMA & HasClusters {
  /// Records `body` with the columns of Tensor Memory of a plan, which are freed after it.
  ///
  /// Warp 0 allocates, publishes the address to the block, and gives up its permit, so that other
  /// blocks of the multiprocessor may allocate. After the body it waits for the block and frees.
  /// All threads of the block call this together.
  ///
  /// - `plan`: The columns by name.
  /// - `columns`: The number to allocate: 32, 64, 128, 256 or 512; nil for the smallest that holds
  ///   those of the plan.
  /// - `group`: One block, or a CTA pair. A pair allocates the same columns in both blocks, and
  ///   frees them when all blocks of the cluster have finished: so no block exits while another
  ///   still arrives at its barriers.
  /// - `body`: Uses the columns; its argument has their addresses.
  public func withTensorMemory<Result>(
    _ plan: TensorMemoryPlan, columns: Int? = nil, group: CTAGroup = .one, file: String = #fileID,
    line: Int = #line, _ body: (TensorMemoryColumns) -> Result
  ) -> Result {
    let columns = columns ?? plan.allocatedColumnCount
    let names = plan.regions.map(\.name)
    if Set(names).count < names.count || plan.columnCount > columns {
      findings(at: file, line).reject(
        """
        regions of Tensor Memory must have different names and fit into \(columns) allocated columns, \
        not \(names) with \(plan.columnCount)
        """)
    }
    let isInFirstWarp = inlined(at: file, line) { warpIndex == 0 }
    let memory = inlined(at: file, line) {
      let place = sharedField("tensor_memory_address", of: UInt32.self)
      for region in plan.regions { declareTensorMemory(region.name, columns: region.columnCount) }
      let rest = columns.subtractingReportingOverflow(plan.columnCount).partialValue
      if rest > 0 { declareTensorMemory("unused", columns: rest) }
      self.if(isInFirstWarp) {
        tcgen05Alloc(columns: columns, to: place, group: group)
        tcgen05RelinquishAllocPermit(group: group)
      }
      tcgen05FenceBeforeThreadSync()
      synchronize()
      tcgen05FenceAfterThreadSync()
      return TensorMemoryAddress(place.load())
    }
    let result = body(TensorMemoryColumns(address: memory))
    inlined(at: file, line) {
      tcgen05FenceBeforeThreadSync()
      if group == .two { synchronizeCluster() } else { synchronize() }
      self.if(isInFirstWarp) { tcgen05Dealloc(memory, columns: columns, group: group) }
    }
    return result
  }
}
