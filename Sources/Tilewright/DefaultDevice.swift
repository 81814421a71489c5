// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import Simulator

/// The first GPU of this machine, where one is usable, and otherwise the simulator.
///
/// `summary` says which it is, and why.
/// ```swift
/// let device = DefaultDevice()
/// print(device.summary)
/// ```
public final class DefaultDevice: Device {
  /// The device that does the work.
  public let base: any Device

  /// The reason that this device was chosen.
  public let reason: String

  /// Finds the device.
  ///
  /// - Parameters:
  ///   - machine: What is simulated where no GPU is usable.
  ///   - options: How it is simulated.
  ///   - timeLimit: How long a kernel may run on a GPU, in seconds; by default, as long as it takes.
  ///   - isUsable: Whether a GPU will do; by default, any on which the package's kernels for every
  ///     architecture run.
  public init(
    simulating machine: SimulatedMachine = .blackwell,
    options: SimulationOptions = SimulationOptions(), timeLimit: Double? = nil,
    where isUsable: (CUDADeviceProperties) -> Bool = { $0.computeCapability >= 80 }
  ) {
    do {
      base = try DefaultDevice.gpu(timeLimit: timeLimit, where: isUsable)
      reason = "it is the first usable GPU"
    } catch {
      base = SimulatedDevice(machine, options: options)
      reason = if case .unavailable(_, let reason) = error { reason } else { error.description }
    }
  }

  /// Returns the first GPU that will do.
  private static func gpu(
    timeLimit: Double?, where isUsable: (CUDADeviceProperties) -> Bool
  ) throws(DeviceError) -> CUDADevice {
    let gpus = try CUDADevice.all()
    guard let gpu = gpus.first(where: isUsable) else {
      let names = gpus.map(\.productName).joined(separator: ", ")
      throw .unavailable(device: "cuda", reason: "no GPU is usable here (found: \(names))")
    }
    return try CUDADevice(ordinal: gpu.ordinal, timeLimit: timeLimit)
  }

  /// Whether the device is the simulator.
  public var isSimulator: Bool { base is SimulatedDevice }
}

extension DefaultDevice {
  /// The name of the device that does the work: `simulator`, `cuda:0`.
  public var name: String { base.name }

  /// A description of the device, and the reason that it was chosen.
  public var summary: String { "\(base.summary); \(reason)" }

  /// The compute capability, ten times: 90 for Hopper, 100 for Blackwell.
  public var computeCapability: Int { base.computeCapability }

  /// The number of streaming multiprocessors (SMs).
  public var multiprocessorCount: Int { base.multiprocessorCount }

  /// The most shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int { base.sharedMemoryLimit }

  /// Allocates global memory at 256-byte alignment; its content is undefined.
  public func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try base.allocate(byteCount: byteCount)
  }

  /// Frees what `allocate` returned.
  public func deallocate(_ address: UInt64) { base.deallocate(address) }

  /// The device whose memory this one allocates.
  public var memoryOwner: any Device { base.memoryOwner }

  /// Returns whether the device that does the work can use the memory.
  public func canUse(_ memory: Allocation) -> Bool { base.canUse(memory) }

  /// Copies bytes from the host to the device.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try base.write(bytes, to: address)
  }

  /// Copies bytes from the device to the host.
  public func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    try base.read(from: address, byteCount: byteCount)
  }

  /// Makes the 128 bytes of a tensor map.
  public func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    try base.makeTensorMapImage(description)
  }

  /// Returns how many clusters of a kernel the device runs at the same time.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Block, cluster and dynamic shared memory; the grid does not count.
  /// - Returns: The clusters.
  /// - Throws: What the device throws that does the work.
  public func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try base.residentClusterCount(of: program, configuration)
  }

  /// Runs a kernel to its end.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order.
  /// - Returns: How long the kernel took, and what was counted.
  /// - Throws: What the device throws that does the work.
  @discardableResult
  public func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    try base.launch(program, configuration, arguments)
  }
}
