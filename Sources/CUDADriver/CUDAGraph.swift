// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Synchronization

/// Launches that a GPU runs back to back, at one request from the host.
///
/// There is no host launch overhead between them.
public final class CUDAGraph: Sendable {
  /// The device.
  private let device: CUDADevice

  /// The executable graph.
  private let executable: DriverHandle

  /// The recorder, which keeps the memory that the launches use.
  private let recorder: CUDARecorder

  /// A description of the contents, for messages.
  private let work: QueuedWork

  /// Records the launches of a closure without running them.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - name: A description of the contents, for messages.
  ///   - body: Makes the launches on the given recorder.
  /// - Throws: The error of `body`, or `DeviceError` if the driver refuses the graph.
  public init(
    on device: CUDADevice, name: String,
    recording body: (CUDARecorder) throws(DeviceError) -> Void
  ) throws(DeviceError) {
    self.device = device
    recorder = try device.withContext { () throws(DeviceError) in try CUDARecorder(device) }
    let recorder = recorder
    executable = try device.withContext { () throws(DeviceError) in try recorder.record(body) }
    work = QueuedWork(entry: name, place: "in a graph of launches")
  }

  deinit {
    try? device.withContext { () throws(DeviceError) in
      _ = unsafe device.driver.functions.destroyExecutableGraph(executable.pointer)
    }
  }

  /// Runs the launches, and returns when they have finished.
  ///
  /// - Returns: The duration on the GPU in seconds.
  /// - Throws: `DeviceError.fault` if a launch faults, or all together exceed the device's time
  ///   limit.
  @discardableResult
  public func run() throws(DeviceError) -> Double { try run(samples: 1)[0] }

  /// Runs the launches repeatedly, back to back, and returns when they have finished.
  ///
  /// - Parameters:
  ///   - samples: The number of measurements.
  ///   - count: The number of runs in each measurement.
  ///   - leadIn: The number of runs before the first measurement.
  ///   - meanwhile: Called after everything is enqueued, while the GPU works.
  /// - Returns: The duration of each measurement on the GPU in seconds.
  /// - Throws: `DeviceError.fault` if a launch faults, or all together exceed the device's time
  ///   limit.
  public func run(
    samples: Int, of count: Int = 1, leadIn: Int = 0, meanwhile: () -> Void = {}
  ) throws(DeviceError) -> [Double] {
    try device.withContext { () throws(DeviceError) in
      let span = try EventSpan(on: device, pieceCount: samples)
      try device.queue.withLock { _ throws(DeviceError) in
        for _ in 0..<leadIn { try enqueue() }
        try span.recordStart(in: device.stream)
        for sample in 0..<samples {
          for _ in 0..<count { try enqueue() }
          try span.recordEnd(of: sample, in: device.stream)
        }
      }
      meanwhile()
      return try span.wait(for: work)
    }
  }

  /// Enqueues the launches in the device's stream.
  private func enqueue() throws(DeviceError) {
    let status = unsafe device.driver.functions.launchGraph(
      executable.pointer, device.stream.pointer)
    try device.checkRun(status, "cuGraphLaunch", work)
  }
}

/// A device that records launches, to be run later as a graph.
///
/// A kernel that calls `griddepcontrol.wait` may start before the preceding launch has ended
/// (programmatic dependent launch). All other calls go to the GPU at once. The result of `launch`
/// has no duration. Memory that is allocated on the recorder, or that the arguments of a launch name,
/// lives as long as the graph, even if its last buffer is gone.
public final class CUDARecorder: Device {
  /// The GPU.
  public let base: CUDADevice

  /// The stream that captures the launches.
  let stream: DriverHandle

  /// The memory that only the graph still uses.
  private let released = Mutex<[UInt64]>([])

  /// Objects that the launches need, other than memory.
  private let kept = Mutex<[any Sendable]>([])

  /// Creates a recorder.
  ///
  /// - Precondition: The device's context is current.
  fileprivate init(_ device: CUDADevice) throws(DeviceError) {
    base = device
    // 1, CU_STREAM_NON_BLOCKING: not ordered with the default stream.
    stream = try unsafe device.driver.pointer("cuStreamCreate", device: device.name) { result in
      unsafe device.driver.functions.createStream(result, 1)
    }
  }

  deinit {
    for address in released.withLock({ $0 }) { base.deallocate(address) }
    try? base.withContext { () throws(DeviceError) in
      _ = unsafe base.driver.functions.destroyStream(stream.pointer)
    }
  }

  /// Keeps a value alive as long as the graph.
  func keep(_ value: some Sendable) { kept.withLock { $0.append(value) } }

  /// Keeps the memory that a launch's arguments name.
  ///
  /// Memory of the recorder's own stays without it, and would keep the recorder.
  func keepMemory(of arguments: [KernelArgument]) {
    for memory in arguments.compactMap(\.memory) where memory.device !== self { keep(memory) }
  }

  /// Returns the executable graph of the launches of a closure.
  fileprivate func record(
    _ body: (CUDARecorder) throws(DeviceError) -> Void
  ) throws(DeviceError) -> DriverHandle {
    let functions = unsafe base.driver.functions
    // 2, CU_STREAM_CAPTURE_MODE_RELAXED: a first launch may load its kernel during the capture.
    try base.check(unsafe functions.beginCapture(stream.pointer, 2), "cuStreamBeginCapture")
    let graph: DriverHandle
    do {
      try body(self)
      graph = try unsafe base.driver.pointer("cuStreamEndCapture", device: name) { result in
        unsafe functions.endCapture(stream.pointer, result)
      }
    } catch {
      var unfinished: DriverPointer?
      _ = unsafe functions.endCapture(stream.pointer, &unfinished)
      if let graph = unsafe unfinished { _ = unsafe functions.destroyGraph(graph) }
      throw error
    }
    defer { _ = unsafe functions.destroyGraph(graph.pointer) }
    let executable = try unsafe base.driver.pointer(
      "cuGraphInstantiateWithFlags", device: name
    ) { result in unsafe functions.instantiateGraph(result, graph.pointer, 0) }
    try base.check(
      unsafe functions.uploadGraph(executable.pointer, base.stream.pointer), "cuGraphUpload")
    return executable
  }
}

extension CUDARecorder {
  /// Returns the number of clusters of a kernel that the GPU can run at the same time.
  public func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try base.residentClusterCount(of: program, configuration)
  }

  /// The GPU's name.
  public var name: String { base.name }

  /// A description of the GPU for a person.
  public var summary: String { base.summary }

  /// Ten times the compute capability.
  public var computeCapability: Int { base.computeCapability }

  /// The number of streaming multiprocessors (SMs).
  public var multiprocessorCount: Int { base.multiprocessorCount }

  /// The largest amount of shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int { base.sharedMemoryLimit }

  /// Allocates global memory, aligned to 256 bytes, with undefined contents.
  public func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try base.allocate(byteCount: byteCount)
  }

  /// Frees memory that `allocate` returned when the graph is destroyed.
  public func deallocate(_ address: UInt64) { released.withLock { $0.append(address) } }

  /// The GPU.
  public var memoryOwner: any Device { base }

  /// Returns whether the memory is of the same GPU.
  public func canUse(_ memory: Allocation) -> Bool { base.canUse(memory) }

  /// Copies bytes from the host to the device immediately.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try base.write(bytes, to: address)
  }

  /// Copies bytes from the device to the host immediately.
  public func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    try base.read(from: address, byteCount: byteCount)
  }

  /// Encodes a tensor map, and returns its 128 bytes.
  public func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    try base.makeTensorMapImage(description)
  }

  /// Records a launch.
  ///
  /// - Returns: A result without a duration, because the kernel has not run.
  @discardableResult
  public func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    try base.withContext { () throws(DeviceError) in
      try ReadyLaunch(program, configuration, arguments, on: base)
        .enqueue(in: stream, mayOverlap: true)
    }
    keepMemory(of: arguments)
    return LaunchResult(seconds: 0)
  }
}
