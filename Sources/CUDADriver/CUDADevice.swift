import DeviceRuntime
import Synchronization

/// A GPU of this machine, by way of NVIDIA's driver.
///
/// The driver is opened when the first device is made; nothing is linked. The device shares the
/// primary context of its GPU with every other user of CUDA in the process, and makes it current
/// for the time of each call, on whatever thread the call comes.
public final class CUDADevice: Device {
  /// What the GPU is and how much of everything it has.
  public let properties: CUDADeviceProperties

  /// The driver.
  let driver: Driver

  /// What the driver calls the GPU.
  private let device: Int32

  /// The GPU's primary context.
  private let context: DriverHandle

  /// The stream of this device's launches.
  ///
  /// It takes turns with the copies, which are of the default stream.
  let stream: DriverHandle

  /// The modules that were compiled, by their text.
  let modules = Mutex(ModuleCache())

  /// The number of launches so far.
  ///
  /// Held while a launch and the events around it are queued, so that launches from other threads
  /// do not come between them.
  let queue = Mutex(0)

  /// How long a kernel may run, in seconds; nil where there is no limit.
  public let timeLimit: Double?

  /// Whether a kernel ran beyond the time limit.
  ///
  /// Whatever waits for the GPU would wait for that kernel, and so nothing is asked of it any more.
  let isAbandoned = Atomic(false)

  /// Opens the GPU of the given number, counted from 0.
  ///
  /// - Parameters:
  ///   - ordinal: The number by which the driver knows the GPU.
  ///   - timeLimit: How long a kernel may run, in seconds. One that runs longer is a fault, and the
  ///     device is of no use from then on: a GPU ends a kernel only with the process.
  /// - Throws: `DeviceError.unavailable`, where there is no driver or no such GPU.
  public init(ordinal: Int = 0, timeLimit: Double? = nil) throws(DeviceError) {
    self.timeLimit = timeLimit
    let driver = try Driver()
    let name = "cuda:\(ordinal)"
    let device = try driver.device(ordinal)
    properties = try CUDADeviceProperties(driver, ordinal: ordinal, device: device)
    let context = try unsafe driver.pointer("cuDevicePrimaryCtxRetain", device: name) { result in
      unsafe driver.functions.retainContext(result, device)
    }
    do {
      stream = try driver.withCurrent(context, device: name) { () throws(DeviceError) in
        // 0, CU_STREAM_DEFAULT: the stream waits for the default one, and that for it.
        try unsafe driver.pointer("cuStreamCreate", device: name) { result in
          unsafe driver.functions.createStream(result, 0)
        }
      }
    } catch {
      _ = unsafe driver.functions.releaseContext(device)
      throw error
    }
    self.driver = driver
    self.device = device
    self.context = context
  }

  deinit {
    // The driver would wait for the kernel that does not end.
    guard !isAbandoned.load(ordering: .acquiring) else { return }
    // A context that cannot be made current has nothing left to free.
    try? withContext { () throws(DeviceError) in
      for module in modules.withLock({ $0.all }) {
        _ = unsafe driver.functions.unloadModule(module.pointer)
      }
      _ = unsafe driver.functions.destroyStream(stream.pointer)
    }
    _ = unsafe driver.functions.releaseContext(device)
  }

  /// Returns what `body` returns, run while the GPU's context is current.
  func withContext<Result>(
    _ body: () throws(DeviceError) -> Result
  ) throws(DeviceError) -> Result {
    guard !isAbandoned.load(ordering: .acquiring) else {
      throw .unavailable(device: name, reason: "a kernel that does not end holds it")
    }
    return try driver.withCurrent(context, device: name, body)
  }

  /// Throws unless a call went well.
  func check(_ status: Int32, _ call: StaticString) throws(DeviceError) {
    try driver.check(DriverStatus(rawValue: status), call, device: name)
  }
}

extension CUDADevice {
  /// The GPUs of this machine, in the driver's order.
  ///
  /// - Throws: `DeviceError.unavailable`, where there is no driver, or it finds no GPU.
  public static func all() throws(DeviceError) -> [CUDADeviceProperties] {
    let driver = try Driver()
    var properties: [CUDADeviceProperties] = []
    for ordinal in 0..<(try driver.deviceCount()) {
      let device = try driver.device(ordinal)
      properties.append(try CUDADeviceProperties(driver, ordinal: ordinal, device: device))
    }
    return properties
  }

  /// `cuda:` and the ordinal.
  public var name: String { properties.name }

  /// The product's name, compute capability, multiprocessors and driver.
  public var summary: String { properties.summary }

  /// Returns whether the memory is of this GPU: devices of one GPU share its context.
  public func canUse(_ memory: Allocation) -> Bool {
    (memory.device.memoryOwner as? CUDADevice)?.name == name
  }

  /// The compute capability, ten times: 90 for Hopper, 100 for Blackwell.
  public var computeCapability: Int { properties.computeCapability }

  /// The number of multiprocessors.
  public var multiprocessorCount: Int { properties.multiprocessorCount }

  /// The most shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int { properties.sharedMemoryLimit }
}

extension Driver {
  /// The number of GPUs.
  func deviceCount() throws(DeviceError) -> Int {
    let count = try unsafe value("cuDeviceGetCount", device: "cuda", Int32(0)) { result in
      unsafe functions.deviceCount(result)
    }
    return Int(count)
  }

  /// Returns what the driver calls the GPU of the given number.
  func device(_ ordinal: Int) throws(DeviceError) -> Int32 {
    let count = try deviceCount()
    let name = "cuda:\(ordinal)"
    guard let number = Int32(exactly: ordinal), (0..<count).contains(ordinal) else {
      let known = count == 1 ? "the driver finds 1 GPU" : "the driver finds \(count) GPUs"
      throw .unavailable(device: name, reason: "\(known), counted from 0")
    }
    return try unsafe value("cuDeviceGet", device: name, Int32(0)) { result in
      unsafe functions.device(result, number)
    }
  }

  /// Returns what `body` returns, run while the context is current on this thread.
  ///
  /// The thread has the context that it had before afterwards: other users of CUDA have their own.
  func withCurrent<Result>(
    _ context: DriverHandle, device: String, _ body: () throws(DeviceError) -> Result
  ) throws(DeviceError) -> Result {
    let status = unsafe functions.pushContext(context.pointer)
    try check(DriverStatus(rawValue: status), "cuCtxPushCurrent", device: device)
    defer {
      var popped: DriverPointer?
      _ = unsafe functions.popContext(&popped)
    }
    return try body()
  }
}
