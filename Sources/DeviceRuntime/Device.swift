import NumberFormats

/// A machine that runs kernels: a GPU or the simulator.
///
/// A device is given PTX text and nothing else of a kernel. Its methods may be called from any
/// thread.
public protocol Device: AnyObject, Sendable {
  /// The name as the tool's `--device` takes it: `simulator`, `cuda:0`.
  var name: String { get }

  /// What the device is, for a person.
  var summary: String { get }

  /// The compute capability, ten times: 90 for Hopper, 100 for Blackwell.
  var computeCapability: Int { get }

  /// The number of multiprocessors.
  var multiprocessorCount: Int { get }

  /// The most shared memory that a block may have, in bytes.
  var sharedMemoryLimit: Int { get }

  /// Allocates global memory at 256-byte alignment; its content is undefined.
  func allocate(byteCount: Int) throws(DeviceError) -> UInt64

  /// Frees what `allocate` returned.
  func deallocate(_ address: UInt64)

  /// Copies bytes from the host to the device.
  func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError)

  /// Copies bytes from the device to the host.
  func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8]

  /// The device whose memory this one allocates: itself, unless it wraps another one.
  var memoryOwner: any Device { get }

  /// Returns whether kernels that run on this device can use memory.
  func canUse(_ memory: Allocation) -> Bool

  /// Makes the 128 bytes of a tensor map.
  func makeTensorMapImage(_ description: TensorMapDescription) throws(DeviceError) -> [UInt8]

  /// Returns how many clusters of a kernel the device runs at the same time.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Block, cluster and dynamic shared memory; the grid does not count.
  /// - Returns: The clusters.
  /// - Throws: What `launch` throws before anything runs.
  func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int

  /// Runs a kernel to its end.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order. The memory that they name stays
  ///     allocated until the kernel has ended.
  /// - Returns: How long the kernel took, and what was counted.
  /// - Throws: `DeviceError.programRejected` where the text cannot be used, `.invalidLaunch` where
  ///   the launch breaks a rule, `.fault` where the kernel does something wrong.
  @discardableResult
  func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult
}

/// What a launch reports.
public struct LaunchResult: Hashable, Sendable {
  /// How long the kernel ran, in seconds: on a GPU the kernel's own time, on the simulator the
  /// host's time for simulating it.
  public var seconds: Double

  /// What was counted, where the device counts.
  public var counters: ExecutionCounters?

  /// Creates a result.
  public init(seconds: Double, counters: ExecutionCounters? = nil) {
    self.seconds = seconds
    self.counters = counters
  }
}

/// What a device counted while a kernel ran.
///
/// Counts are exact, but for those that say that they are a model's.
public struct ExecutionCounters: Hashable, Sendable {
  /// Instructions by mnemonic without types, one for each warp that issued it.
  ///
  /// A wait that had to wait counts once.
  public var instructions: [String: UInt64] = [:]

  /// Bytes read and written, by memory and engine: `global.read`, `shared.write`, `tma.read`.
  public var bytes: [String: UInt64] = [:]

  /// Shared-memory wavefronts beyond the first that each access needs, by instruction.
  ///
  /// They follow the hardware's rule for loads and stores, `ldmatrix` and `stmatrix`: 128 bytes go at
  /// once, of which each bank serves one word.
  public var bankConflicts: [String: UInt64] = [:]

  /// Such wavefronts of the copy engine and the tensor cores, by instruction.
  ///
  /// Nobody documents how they reach shared memory. The model: 16 bytes of each of eight rows go at
  /// once, a core matrix of the tensor cores.
  public var modelledBankConflicts: [String: UInt64] = [:]

  /// Multiply-adds of the tensor cores.
  public var tensorOperations: UInt64 = 0

  /// Creates counters at zero.
  public init() {}

  /// Adds another launch's, or another thread's, counts.
  public mutating func add(_ other: ExecutionCounters) {
    instructions.merge(other.instructions, uniquingKeysWith: +)
    bytes.merge(other.bytes, uniquingKeysWith: +)
    bankConflicts.merge(other.bankConflicts, uniquingKeysWith: +)
    modelledBankConflicts.merge(other.modelledBankConflicts, uniquingKeysWith: +)
    tensorOperations += other.tensorOperations
  }
}

extension Device {
  /// This device.
  public var memoryOwner: any Device { self }

  /// Returns whether the memory is this device's own, or that of the device that it wraps.
  public func canUse(_ memory: Allocation) -> Bool { memory.device.memoryOwner === memoryOwner }

  /// Makes a buffer whose elements are undefined.
  public func makeBuffer<Element>(
    of type: Element.Type, count: Int
  ) throws(DeviceError) -> GlobalBuffer<Element> {
    guard count >= 0 else { throw .negativeCount(count) }
    let byteCount = count.saturatingProduct(MemoryLayout<Element>.stride)
    let address = try allocate(byteCount: byteCount)
    let allocation = Allocation(device: self, address: address, byteCount: byteCount)
    return try GlobalBuffer(allocation: allocation, count: count)
  }

  /// Makes a buffer that holds a copy of the elements.
  public func makeBuffer<Element>(
    _ elements: [Element]
  ) throws(DeviceError) -> GlobalBuffer<Element> {
    let buffer = try makeBuffer(of: Element.self, count: elements.count)
    try buffer.write(elements)
    return buffer
  }

  /// Makes a tensor map over memory of this device, which the map keeps allocated.
  ///
  /// - Parameters:
  ///   - description: What the map says; its address lies in the buffer.
  ///   - type: The type of the elements as the kernel copies them.
  ///   - buffer: The memory.
  /// - Returns: The map.
  /// - Throws: `DeviceError.invalidTensorMap` where the description breaks a rule, and what the
  ///   device throws.
  public func makeTensorMap<Element>(
    _ description: TensorMapDescription, of type: Element.Type,
    over buffer: GlobalBuffer<some BufferElement>
  ) throws(DeviceError) -> TensorMap<Element> {
    guard canUse(buffer.allocation) else {
      throw .foreignMemory(owner: buffer.allocation.device.name, user: name)
    }
    do {
      try description.checkMemory(buffer, elementType: Element.elementType)
      try description.validate()
    } catch {
      throw .invalidTensorMap(error)
    }
    let image = try makeTensorMapImage(description)
    return TensorMap(description: description, image: image, memory: buffer.allocation)
  }
}
