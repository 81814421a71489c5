#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a host thread is to do.
private final class ThreadBody {
  /// The thread's number.
  let thread: Int
  /// The work.
  let body: (Int) -> Void

  /// Creates the body of a thread.
  init(thread: Int, body: @escaping (Int) -> Void) {
    self.thread = thread
    self.body = body
  }
}

/// Runs `body` with the numbers below `count`, each on a thread of its own, the caller's among
/// them, and returns when all have ended.
///
/// The threads of tasks are not used: a simulation would hold them for long. What `body` touches
/// must be apart for each thread, or atomic.
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
      // A thread that cannot be had leaves its work to the others.
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
