// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A machine that runs kernels: a GPU or the simulator.
///
/// A device knows a kernel only as PTX text. Its methods may be called from any thread.
public protocol Device: AnyObject, Sendable {
  /// The name as the tool's `--device` takes it: `simulator`, `cuda:0`.
  var name: String { get }

  /// A description of the device for a person.
  var summary: String { get }

  /// Ten times the compute capability: 90 for Hopper, 100 for Blackwell.
  var computeCapability: Int { get }

  /// The number of streaming multiprocessors (SMs).
  var multiprocessorCount: Int { get }

  /// The largest amount of shared memory that a block may have, in bytes.
  var sharedMemoryLimit: Int { get }

  /// Allocates global memory, aligned to 256 bytes, with undefined contents.
  func allocate(byteCount: Int) throws(DeviceError) -> UInt64

  /// Frees memory that `allocate` returned.
  func deallocate(_ address: UInt64)

  /// Copies bytes from the host to the device.
  func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError)

  /// Copies bytes from the device to the host.
  func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8]

  /// The device whose memory this one allocates: itself, unless it wraps another one.
  var memoryOwner: any Device { get }

  /// Returns whether kernels that run on this device can use memory.
  func canUse(_ memory: Allocation) -> Bool

  /// Encodes a tensor map, and returns its 128 bytes.
  func makeTensorMapImage(_ description: TensorMapDescription) throws(DeviceError) -> [UInt8]

  /// Returns the number of clusters of a kernel that the device can run at the same time.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Block, cluster and dynamic shared memory; the grid does not count.
  /// - Returns: The number of clusters.
  /// - Throws: `DeviceError.programRejected` or `.invalidLaunch`, as `launch` does.
  func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int

  /// Runs a kernel, and returns when it has finished.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order. The memory that they name stays
  ///     allocated until the kernel has ended.
  /// - Returns: The duration of the kernel and its counters.
  /// - Throws: `DeviceError.programRejected` if the device cannot use the text, `.invalidLaunch` if
  ///   the launch breaks a rule, `.fault` if the kernel faults.
  @discardableResult
  func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult
}

/// The result of a launch.
public struct LaunchResult: Hashable, Sendable {
  /// The duration in seconds: on a GPU, of the kernel; on the simulator, of the simulation on the
  /// host.
  public var seconds: Double

  /// The counters, if the device has any.
  public var counters: ExecutionCounters?

  /// Creates a result.
  public init(seconds: Double, counters: ExecutionCounters? = nil) {
    self.seconds = seconds
    self.counters = counters
  }
}

/// The events that a device counted while a kernel ran.
///
/// Counts are exact, except where they are said to come from a model.
public struct ExecutionCounters: Hashable, Sendable {
  /// The number of warps that issued each instruction, by mnemonic without types.
  ///
  /// A wait that blocks counts once.
  public var instructions: [String: UInt64] = [:]

  /// Bytes read and written, by memory and engine: `global.read`, `shared.write`, `tma.read`.
  public var bytes: [String: UInt64] = [:]

  /// Additional shared-memory wavefronts, beyond the first of each access, by instruction.
  ///
  /// They follow the hardware's rule for loads, stores, `ldmatrix` and `stmatrix`: a wavefront
  /// moves
  /// 128 bytes, one word from each bank.
  public var bankConflicts: [String: UInt64] = [:]

  /// Additional wavefronts of TMA and the tensor cores, by instruction, from a model.
  ///
  /// How these units access shared memory is not documented. In the model a wavefront moves 16
  /// bytes
  /// of each of eight rows: a core matrix.
  public var modelledBankConflicts: [String: UInt64] = [:]

  /// The number of multiply-adds on the tensor cores.
  public var tensorOperations: UInt64 = 0

  /// Creates counters at zero.
  public init() {}

  /// Adds the counts of another launch or thread.
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

  /// Creates a buffer with undefined elements.
  public func makeBuffer<Element>(
    of type: Element.Type, count: Int
  ) throws(DeviceError) -> GlobalBuffer<Element> {
    guard count >= 0 else { throw .negativeCount(count) }
    let byteCount = count.saturatingProduct(MemoryLayout<Element>.stride)
    let address = try allocate(byteCount: byteCount)
    let allocation = Allocation(device: self, address: address, byteCount: byteCount)
    return try GlobalBuffer(allocation: allocation, count: count)
  }

  /// Creates a buffer that holds a copy of the elements.
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
