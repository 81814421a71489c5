// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Synchronization

/// A GPU of this machine, accessed through NVIDIA's driver.
///
/// The driver library is opened when the first device is created; nothing is linked. The device
/// shares the primary context of its GPU with other users of CUDA in the process, and makes it
/// current during each call, on the calling thread.
public final class CUDADevice: Device {
  /// The properties of the GPU.
  public let properties: CUDADeviceProperties

  /// The driver.
  let driver: Driver

  /// The driver's handle of the GPU.
  private let device: Int32

  /// The GPU's primary context.
  private let context: DriverHandle

  /// The stream of this device's launches.
  ///
  /// It is ordered with the copies, which use the default stream.
  let stream: DriverHandle

  /// The compiled modules by their text.
  let modules = Mutex(ModuleCache())

  /// The number of launches so far.
  ///
  /// The lock is held while a launch and its events are enqueued, so that launches from other
  /// threads do not come between them.
  let queue = Mutex(0)

  /// The maximum duration of a kernel in seconds, or `nil` if there is no limit.
  public let timeLimit: Double?

  /// Whether a kernel exceeded the time limit.
  ///
  /// Every further call to the driver would wait for that kernel, so none is made.
  let isAbandoned = Atomic(false)

  /// Opens the GPU with the given number, counted from 0.
  ///
  /// - Parameters:
  ///   - ordinal: The driver's number of the GPU.
  ///   - timeLimit: The maximum duration of a kernel in seconds. A kernel that exceeds it is a
  ///     fault, and the device cannot be used afterwards: a GPU ends a kernel only with its
  ///     process.
  /// - Throws: `DeviceError.unavailable` if there is no driver or no such GPU.
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
        // 0, CU_STREAM_DEFAULT: the stream and the default stream wait for each other.
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
    // If the context cannot be made current, there is nothing to free.
    try? withContext { () throws(DeviceError) in
      for module in modules.withLock({ $0.all }) {
        _ = unsafe driver.functions.unloadModule(module.pointer)
      }
      _ = unsafe driver.functions.destroyStream(stream.pointer)
    }
    _ = unsafe driver.functions.releaseContext(device)
  }

  /// Calls `body` with the GPU's context current.
  func withContext<Result>(
    _ body: () throws(DeviceError) -> Result
  ) throws(DeviceError) -> Result {
    guard !isAbandoned.load(ordering: .acquiring) else {
      throw .unavailable(
        device: name, reason: "a kernel that exceeded its time limit still runs on it")
    }
    return try driver.withCurrent(context, device: name, body)
  }

  /// Throws unless a call succeeded.
  func check(_ status: Int32, _ call: StaticString) throws(DeviceError) {
    try driver.check(DriverStatus(rawValue: status), call, device: name)
  }
}

extension CUDADevice {
  /// The GPUs of this machine, in the driver's order.
  ///
  /// - Throws: `DeviceError.unavailable` if there is no driver, or it finds no GPU.
  public static func all() throws(DeviceError) -> [CUDADeviceProperties] {
    let driver = try Driver()
    var properties: [CUDADeviceProperties] = []
    for ordinal in 0..<(try driver.deviceCount()) {
      let device = try driver.device(ordinal)
      properties.append(try CUDADeviceProperties(driver, ordinal: ordinal, device: device))
    }
    return properties
  }

  /// `cuda:` followed by the ordinal.
  public var name: String { properties.name }

  /// The product's name, the compute capability, the number of SMs and the driver.
  public var summary: String { properties.summary }

  /// Returns whether the memory is of this GPU: devices of one GPU share its context.
  public func canUse(_ memory: Allocation) -> Bool {
    (memory.device.memoryOwner as? CUDADevice)?.name == name
  }

  /// Ten times the compute capability: 90 for Hopper, 100 for Blackwell.
  public var computeCapability: Int { properties.computeCapability }

  /// The number of streaming multiprocessors (SMs).
  public var multiprocessorCount: Int { properties.multiprocessorCount }

  /// The largest amount of shared memory that a block may have, in bytes.
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

  /// Returns the driver's handle of the GPU with the given number.
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

  /// Calls `body` with the context current on this thread.
  ///
  /// Afterwards the thread has its previous context again, because other users of CUDA have their
  /// own.
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
