import DeviceRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Two events around work in a stream, by which the GPU takes its time.
///
/// - Precondition: The device's context is current whenever a function of it is called.
final class EventSpan {
  /// The device.
  private let device: CUDADevice

  /// The event before the work.
  private let start: DriverHandle

  /// The event behind the work.
  private let end: DriverHandle

  /// Makes the events.
  init(on device: CUDADevice) throws(DeviceError) {
    self.device = device
    start = try EventSpan.makeEvent(on: device)
    do {
      end = try EventSpan.makeEvent(on: device)
    } catch {
      _ = unsafe device.driver.functions.destroyEvent(start.pointer)
      throw error
    }
  }

  deinit {
    // The driver need not be asked anything while a kernel does not end.
    guard !device.isAbandoned.load(ordering: .acquiring) else { return }
    for event in [start, end] { _ = unsafe device.driver.functions.destroyEvent(event.pointer) }
  }

  /// Puts the first event into a stream.
  func recordStart(in stream: DriverHandle) throws(DeviceError) { try record(start, in: stream) }

  /// Puts the second event into a stream.
  func recordEnd(in stream: DriverHandle) throws(DeviceError) { try record(end, in: stream) }

  /// Waits until the second event is reached.
  ///
  /// - Parameter work: What is between the events.
  /// - Returns: The seconds between them.
  /// - Throws: `DeviceError.fault` where the work failed, or took longer than the device's time
  ///   limit.
  func wait(for work: QueuedWork) throws(DeviceError) -> Double {
    if let limit = device.timeLimit {
      try poll(until: limit, work)
    } else {
      let status = unsafe device.driver.functions.synchronizeEvent(end.pointer)
      try device.checkRun(status, "cuEventSynchronize", work)
    }
    let milliseconds = try unsafe device.driver.value(
      "cuEventElapsedTime", device: device.name, Float(0)
    ) {
      unsafe device.driver.functions.elapsedMilliseconds($0, start.pointer, end.pointer)
    }
    return Double(milliseconds) / 1000
  }

  /// Asks for the second event again and again, and gives the device up when the time is over.
  private func poll(until limit: Double, _ work: QueuedWork) throws(DeviceError) {
    let clock = ContinuousClock()
    let begin = clock.now
    while true {
      let status = unsafe device.driver.functions.queryEvent(end.pointer)
      guard status == DriverStatus.notReady.rawValue else {
        return try device.checkRun(status, "cuEventQuery", work)
      }
      let waited = begin.duration(to: clock.now) / .seconds(1)
      guard waited < limit else {
        device.isAbandoned.store(true, ordering: .releasing)
        throw .fault(work.timeLimitFault(seconds: limit, device: device.name))
      }
      // Short kernels are not to be waited for longer than they take.
      if waited > 0.001 { usleep(200) }
    }
  }

  /// Makes an event that takes the time.
  private static func makeEvent(on device: CUDADevice) throws(DeviceError) -> DriverHandle {
    try unsafe device.driver.pointer("cuEventCreate", device: device.name) { result in
      unsafe device.driver.functions.createEvent(result, 0)
    }
  }

  /// Puts an event into a stream.
  private func record(_ event: DriverHandle, in stream: DriverHandle) throws(DeviceError) {
    let status = unsafe device.driver.functions.recordEvent(event.pointer, stream.pointer)
    try device.check(status, "cuEventRecord")
  }
}
