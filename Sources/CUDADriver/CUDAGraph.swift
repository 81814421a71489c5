import DeviceRuntime
import Synchronization

/// Launches that a GPU runs one behind the other, at one request of the host's.
///
/// Between them there is none of the time that the host takes for a launch.
public final class CUDAGraph: Sendable {
  /// The device.
  private let device: CUDADevice

  /// What the driver runs.
  private let executable: DriverHandle

  /// The recorder, which holds the memory that the launches use.
  private let recorder: CUDARecorder

  /// What is in it, for messages.
  private let work: QueuedWork

  /// Writes down the launches that a function makes, and runs none of them.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - name: What is in the graph, for messages.
  ///   - body: Makes the launches, on the recorder that it is given.
  /// - Throws: What `body` throws, and what the driver does not like.
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

  /// Runs the launches to their end.
  ///
  /// - Returns: How long they took by the GPU's own time, in seconds.
  /// - Throws: `DeviceError.fault` where one fails, or all take longer than the device's time limit.
  @discardableResult
  public func run() throws(DeviceError) -> Double { try run(samples: 1)[0] }

  /// Runs the launches to their end as often as is asked, one time behind the other without a break.
  ///
  /// - Parameters:
  ///   - samples: How many times are taken.
  ///   - count: How often the launches run for each time that is taken.
  ///   - leadIn: How often they run before the first.
  ///   - meanwhile: Called when all is queued, while the GPU works.
  /// - Returns: How long the launches took each time, by the GPU's own time, in seconds.
  /// - Throws: `DeviceError.fault` where one fails, or all take longer than the device's time limit.
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

  /// Puts the launches into the device's stream.
  private func enqueue() throws(DeviceError) {
    let status = unsafe device.driver.functions.launchGraph(
      executable.pointer, device.stream.pointer)
    try device.checkRun(status, "cuGraphLaunch", work)
  }
}

/// A device whose launches are written down, to be run later as a graph.
///
/// A kernel that calls `griddepcontrol.wait` may start before the launch ahead of it has ended.
/// Everything else is the GPU's own. What `launch` returns says nothing of the time. Memory that is
/// allocated on the recorder, or that a launch's arguments name, stays allocated as long as the graph.
public final class CUDARecorder: Device {
  /// The GPU.
  public let base: CUDADevice

  /// The stream that writes down what it is given.
  let stream: DriverHandle

  /// The memory that nobody but the graph uses any more.
  private let released = Mutex<[UInt64]>([])

  /// What the launches need beside memory of their own.
  private let kept = Mutex<[any Sendable]>([])

  /// Creates a recorder.
  ///
  /// - Precondition: The device's context is current.
  fileprivate init(_ device: CUDADevice) throws(DeviceError) {
    base = device
    // 1, CU_STREAM_NON_BLOCKING: it has nothing to do with the default stream.
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

  /// Keeps something as long as the graph.
  func keep(_ value: some Sendable) { kept.withLock { $0.append(value) } }

  /// Keeps the memory that a launch's arguments name.
  ///
  /// Memory of the recorder's own stays without it, and would keep the recorder.
  func keepMemory(of arguments: [KernelArgument]) {
    for memory in arguments.compactMap(\.memory) where memory.device !== self { keep(memory) }
  }

  /// Returns the graph, ready to run, of what a function launches.
  fileprivate func record(
    _ body: (CUDARecorder) throws(DeviceError) -> Void
  ) throws(DeviceError) -> DriverHandle {
    let functions = unsafe base.driver.functions
    // 2, CU_STREAM_CAPTURE_MODE_RELAXED: a first launch may load its kernel meanwhile.
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
  /// Returns how many clusters of a kernel the GPU runs at the same time.
  public func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try base.residentClusterCount(of: program, configuration)
  }

  /// The GPU's name.
  public var name: String { base.name }

  /// What the GPU is.
  public var summary: String { base.summary }

  /// The compute capability, ten times.
  public var computeCapability: Int { base.computeCapability }

  /// The number of multiprocessors.
  public var multiprocessorCount: Int { base.multiprocessorCount }

  /// The most shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int { base.sharedMemoryLimit }

  /// Allocates global memory at 256-byte alignment; its content is undefined.
  public func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try base.allocate(byteCount: byteCount)
  }

  /// Frees what `allocate` returned, as soon as the graph is gone.
  public func deallocate(_ address: UInt64) { released.withLock { $0.append(address) } }

  /// The GPU.
  public var memoryOwner: any Device { base }

  /// Returns whether the memory is of the same GPU.
  public func canUse(_ memory: Allocation) -> Bool { base.canUse(memory) }

  /// Copies bytes from the host to the device, at once.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try base.write(bytes, to: address)
  }

  /// Copies bytes from the device to the host, at once.
  public func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    try base.read(from: address, byteCount: byteCount)
  }

  /// Makes the 128 bytes of a tensor map.
  public func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    try base.makeTensorMapImage(description)
  }

  /// Writes a launch down.
  ///
  /// - Returns: No time: the kernel has not run.
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
