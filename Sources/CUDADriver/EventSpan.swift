import DeviceRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Events around and between pieces of work in a stream, by which the GPU takes its time.
///
/// - Precondition: The device's context is current whenever a function of it is called.
final class EventSpan {
  /// The device.
  private let device: CUDADevice

  /// The events: one before the first piece, and one behind each.
  private let events: [DriverHandle]

  /// Makes the events.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - pieceCount: The pieces of work, at least 1.
  /// - Throws: What the driver does not like.
  init(on device: CUDADevice, pieceCount: Int = 1) throws(DeviceError) {
    self.device = device
    var events: [DriverHandle] = []
    do {
      for _ in 0...pieceCount { events.append(try EventSpan.makeEvent(on: device)) }
    } catch {
      for event in events { _ = unsafe device.driver.functions.destroyEvent(event.pointer) }
      throw error
    }
    self.events = events
  }

  deinit {
    // The driver need not be asked anything while a kernel does not end.
    guard !device.isAbandoned.load(ordering: .acquiring) else { return }
    for event in events { _ = unsafe device.driver.functions.destroyEvent(event.pointer) }
  }

  /// Puts the first event into a stream.
  func recordStart(in stream: DriverHandle) throws(DeviceError) {
    try record(events[0], in: stream)
  }

  /// Puts the event behind a piece of work into a stream.
  func recordEnd(of piece: Int = 0, in stream: DriverHandle) throws(DeviceError) {
    try record(events[piece + 1], in: stream)
  }

  /// Waits until the last event is reached.
  ///
  /// - Parameter work: What is between the events.
  /// - Returns: The seconds of each piece.
  /// - Throws: `DeviceError.fault` where the work failed, or took longer than the device's time
  ///   limit.
  func wait(for work: QueuedWork) throws(DeviceError) -> [Double] {
    let last = events[events.count - 1]
    if let limit = device.timeLimit {
      try poll(last, until: limit, work)
    } else {
      let status = unsafe device.driver.functions.synchronizeEvent(last.pointer)
      try device.checkRun(status, "cuEventSynchronize", work)
    }
    var seconds: [Double] = []
    for (start, end) in zip(events, events.dropFirst()) {
      let milliseconds = try unsafe device.driver.value(
        "cuEventElapsedTime", device: device.name, Float(0)
      ) {
        unsafe device.driver.functions.elapsedMilliseconds($0, start.pointer, end.pointer)
      }
      seconds.append(Double(milliseconds) / 1000)
    }
    return seconds
  }

  /// Asks for an event again and again, and gives the device up when the time is over.
  private func poll(
    _ event: DriverHandle, until limit: Double, _ work: QueuedWork
  ) throws(DeviceError) {
    let clock = ContinuousClock()
    let begin = clock.now
    while true {
      let status = unsafe device.driver.functions.queryEvent(event.pointer)
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
