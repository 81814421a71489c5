// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Events around and between pieces of work in a stream, with which the GPU measures their
/// durations.
///
/// - Precondition: The device's context is current whenever a method is called.
final class EventSpan {
  /// The device.
  private let device: CUDADevice

  /// The events: one before the first piece, and one after each.
  private let events: [DriverHandle]

  /// Creates the events.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - pieceCount: The number of pieces of work, at least 1.
  /// - Throws: `DeviceError` if the driver cannot create them.
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
    // While a kernel does not end, calls to the driver would block.
    guard !device.isAbandoned.load(ordering: .acquiring) else { return }
    for event in events { _ = unsafe device.driver.functions.destroyEvent(event.pointer) }
  }

  /// Enqueues the first event in a stream.
  func recordStart(in stream: DriverHandle) throws(DeviceError) {
    try record(events[0], in: stream)
  }

  /// Enqueues the event after a piece of work in a stream.
  func recordEnd(of piece: Int = 0, in stream: DriverHandle) throws(DeviceError) {
    try record(events[piece + 1], in: stream)
  }

  /// Waits until the last event is reached.
  ///
  /// - Parameter work: The work between the events.
  /// - Returns: The duration of each piece in seconds.
  /// - Throws: `DeviceError.fault` if the work faulted, or exceeded the device's time limit.
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

  /// Polls an event, and abandons the device after the time limit.
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
      // Sleeping would take longer than short kernels do.
      if waited > 0.001 { usleep(200) }
    }
  }

  /// Creates an event that records the time.
  private static func makeEvent(on device: CUDADevice) throws(DeviceError) -> DriverHandle {
    try unsafe device.driver.pointer("cuEventCreate", device: device.name) { result in
      unsafe device.driver.functions.createEvent(result, 0)
    }
  }

  /// Enqueues an event in a stream.
  private func record(_ event: DriverHandle, in stream: DriverHandle) throws(DeviceError) {
    let status = unsafe device.driver.functions.recordEvent(event.pointer, stream.pointer)
    try device.check(status, "cuEventRecord")
  }
}
