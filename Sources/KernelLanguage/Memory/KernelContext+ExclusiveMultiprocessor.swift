// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension KernelContext {
  /// Reserves more than half of the shared memory of a multiprocessor (SM), so that no other block
  /// of the kernel runs on it at the same time.
  ///
  /// Use it if blocks need another resource of the SM exclusively, such as all of its
  /// Tensor Memory. Call it after the last declaration in shared memory.
  public func claimMultiprocessor() {
    recorder.sharedMemory.reserve(byteCount: SharedMemoryLayout.limit / 2)
  }
}
