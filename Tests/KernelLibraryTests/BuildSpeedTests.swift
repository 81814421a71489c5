// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Returns the CPU time of the calling thread, which is the time of a build on a machine that does
/// nothing else.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

@Suite(.serialized) struct BuildSpeedTests {
  /// The first kernel of a process also builds the table of instruction descriptions.
  init() throws { _ = try LibraryKernel.all[0].module().ptx() }

  @Test(arguments: LibraryKernel.all)
  func `a kernel is recorded and printed in milliseconds`(kernel: LibraryKernel) throws {
    // Ten milliseconds, or six microseconds for each instruction if that is more.
    let module = try kernel.module()
    let count = module.functions.flatMap { $0.blocks ?? [] }.map(\.instructions.count).reduce(0, +)
    let limit = max(0.010, 6e-6 * Double(count))
    // The least of several times: other tests use the same caches, and one quiet moment is enough.
    var shortest = 1.0
    for _ in 0..<20 where shortest >= limit {
      let fresh = try #require(LibraryKernel.all.first { $0.name == kernel.name })
      let start = threadSeconds()
      _ = try fresh.module().ptx()
      shortest = min(shortest, threadSeconds() - start)
    }
    #expect(shortest < limit, "\(kernel.name): \(shortest) s")
    print("built \(kernel.name) in \(shortest * 1000) ms")
  }
}
