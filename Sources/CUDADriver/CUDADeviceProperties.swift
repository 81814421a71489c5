// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The name, the compute capability and the resources of a GPU.
public struct CUDADeviceProperties: Hashable, Sendable {
  /// The driver's number of the GPU.
  public var ordinal: Int

  /// The product's name: `NVIDIA H100 80GB HBM3`.
  public var productName: String

  /// The address of the GPU on the PCI bus: `0000:1b:00.0`.
  public var busAddress: String

  /// Ten times the compute capability: 90 for Hopper, 100 for Blackwell.
  public var computeCapability: Int

  /// The number of streaming multiprocessors (SMs).
  public var multiprocessorCount: Int

  /// The largest amount of shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int

  /// The shared memory of an SM in bytes.
  public var sharedMemoryPerMultiprocessor: Int

  /// The number of 32-bit registers of an SM.
  public var registersPerMultiprocessor: Int

  /// The maximum number of resident threads of an SM.
  public var threadsPerMultiprocessor: Int

  /// The maximum number of resident blocks of an SM.
  public var blocksPerMultiprocessor: Int

  /// The size of the L2 cache in bytes.
  public var cacheByteCount: Int

  /// The size of global memory in bytes.
  public var globalMemoryByteCount: Int

  /// The newest CUDA version that the driver supports.
  public var driverVersion: CUDAVersion

  /// The driver's release, such as 580.159.04, if NVML reports it.
  public var driverRelease: String?

  /// The name as the tool's `--device` takes it.
  public var name: String { "cuda:\(ordinal)" }

  /// A description of the GPU for a person: the product's name, the compute capability and the
  /// driver.
  public var summary: String {
    """
    \(productName), compute capability \(computeCapability / 10).\(computeCapability % 10), \
    \(multiprocessorCount) SMs, driver\(driverRelease.map { " " + $0 } ?? "") for CUDA \
    \(driverVersion)
    """
  }
}

extension CUDADeviceProperties {
  /// Reads the properties of the GPU with the given number.
  init(_ driver: Driver, ordinal: Int, device: Int32) throws(DeviceError) {
    self.ordinal = ordinal
    let name = "cuda:\(ordinal)"

    /// Returns one attribute of the GPU.
    func attribute(_ attribute: DeviceAttribute) throws(DeviceError) -> Int {
      let number = attribute.rawValue
      let value = try unsafe driver.value("cuDeviceGetAttribute", device: name, Int32(0)) {
        unsafe driver.functions.deviceAttribute($0, number, device)
      }
      return Int(value)
    }

    productName = unsafe try CUDADeviceProperties.text(
      "cuDeviceGetName", driver, name
    ) { buffer, count in
      unsafe driver.functions.deviceName(buffer, count, device)
    }
    busAddress = unsafe try CUDADeviceProperties.text(
      "cuDeviceGetPCIBusId", driver, name
    ) { buffer, count in
      unsafe driver.functions.deviceBus(buffer, count, device)
    }
    let major = try attribute(.computeCapabilityMajor)
    computeCapability = try 10 * major + attribute(.computeCapabilityMinor)
    multiprocessorCount = try attribute(.multiprocessorCount)
    sharedMemoryLimit = try attribute(.sharedMemoryPerBlock)
    sharedMemoryPerMultiprocessor = try attribute(.sharedMemoryPerMultiprocessor)
    registersPerMultiprocessor = try attribute(.registersPerMultiprocessor)
    threadsPerMultiprocessor = try attribute(.threadsPerMultiprocessor)
    blocksPerMultiprocessor = try attribute(.blocksPerMultiprocessor)
    cacheByteCount = try attribute(.cacheByteCount)
    let memory = try unsafe driver.value("cuDeviceTotalMem", device: name, UInt(0)) { result in
      unsafe driver.functions.deviceMemory(result, device)
    }
    globalMemoryByteCount = Int(memory)
    driverVersion = try driver.version()
    driverRelease = ManagementLibrary()?.driverRelease
  }

  /// Returns the text that a function of the driver writes.
  private static func text(
    _ call: StaticString, _ driver: Driver, _ name: String,
    _ function: (UnsafeMutablePointer<CChar>, Int32) -> Int32
  ) throws(DeviceError) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // The driver writes at most the given number of bytes, including a final zero.
    let status = unsafe function(&buffer, Int32(buffer.count))
    try driver.check(DriverStatus(rawValue: status), call, device: name)
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// The attributes of a GPU that the package reads.
///
/// - SeeAlso: CUDA Driver API, `CUdevice_attribute`.
private enum DeviceAttribute: Int32 {
  case multiprocessorCount = 16
  case cacheByteCount = 38
  case threadsPerMultiprocessor = 39
  case computeCapabilityMajor = 75
  case computeCapabilityMinor = 76
  case sharedMemoryPerMultiprocessor = 81
  case registersPerMultiprocessor = 82
  /// The limit that a kernel can request, not the 48 KB that it may use without a request.
  case sharedMemoryPerBlock = 97
  case blocksPerMultiprocessor = 106
}
