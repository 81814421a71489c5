// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The work of a host thread.
private final class ThreadBody {
  /// The index of the thread.
  let thread: Int
  /// The work.
  let body: (Int) -> Void

  /// Creates the body of a thread.
  init(thread: Int, body: @escaping (Int) -> Void) {
    self.thread = thread
    self.body = body
  }
}

/// Runs `body` with the numbers below `count`, each on its own thread including the caller's, and
/// returns when all have ended.
///
/// Threads of tasks are not used, because a simulation would occupy them for a long time. The data
/// that `body` accesses must be separate for each thread, or atomic.
func runOnThreads(_ count: Int, _ body: (Int) -> Void) {
  guard count > 1 else {
    body(0)
    return
  }
  withoutActuallyEscaping(body) { body in
    var threads: [pthread_t] = []
    for thread in 1..<count {
      let work = Unmanaged.passRetained(ThreadBody(thread: thread, body: body))
      #if canImport(Darwin)
        var handle: pthread_t?
        let status = pthread_create(&handle, nil, startThread, work.toOpaque())
        if status == 0, let handle { threads.append(handle) }
      #else
        var handle = pthread_t()
        let status = pthread_create(&handle, nil, startThread, work.toOpaque())
        if status == 0 { threads.append(handle) }
      #endif
      // If a thread cannot be created, the others do its work.
      if status != 0 { work.release() }
    }
    body(0)
    for thread in threads { pthread_join(thread, nil) }
  }
}

#if canImport(Darwin)
  /// Runs the body that a thread was created with.
  private func startThread(_ work: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let body = Unmanaged<ThreadBody>.fromOpaque(work).takeRetainedValue()
    body.body(body.thread)
    return nil
  }
#else
  /// Runs the body that a thread was created with.
  private func startThread(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let work else { return nil }
    let body = Unmanaged<ThreadBody>.fromOpaque(work).takeRetainedValue()
    body.body(body.thread)
    return nil
  }
#endif
