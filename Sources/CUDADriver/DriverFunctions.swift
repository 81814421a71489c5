// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// A pointer to an object of the driver: a context, a stream, a function.
typealias DriverPointer = OpaquePointer

/// The location to which the driver writes a pointer.
typealias DriverPointerResult = UnsafeMutablePointer<OpaquePointer?>

/// The location to which the driver writes a pointer to a text that it owns.
typealias DriverTextResult = UnsafeMutablePointer<UnsafePointer<CChar>?>

/// The functions of the CUDA driver API that the package calls, as `libcuda` exports them.
///
/// Each has the C signature of its name in `cuda.h`: `Int32` is `CUresult`, `CUdevice` or an
/// enumeration, `UInt64` is `CUdeviceptr`, `UInt` is `size_t`.
///
/// - SeeAlso: CUDA Driver API reference, by the functions' names.
@unsafe struct DriverFunctions: Sendable {
  // MARK: The driver and its devices

  /// `cuInit`.
  let initialize: @convention(c) @Sendable (_ flags: UInt32) -> Int32

  /// `cuDriverGetVersion`.
  let version: @convention(c) @Sendable (UnsafeMutablePointer<Int32>) -> Int32

  /// `cuGetErrorName`.
  let errorName: @convention(c) @Sendable (_ status: Int32, DriverTextResult) -> Int32

  /// `cuGetErrorString`.
  let errorText: @convention(c) @Sendable (_ status: Int32, DriverTextResult) -> Int32

  /// `cuDeviceGetCount`.
  let deviceCount: @convention(c) @Sendable (UnsafeMutablePointer<Int32>) -> Int32

  /// `cuDeviceGet`.
  let device: @convention(c) @Sendable (UnsafeMutablePointer<Int32>, _ ordinal: Int32) -> Int32

  /// `cuDeviceGetName`.
  let deviceName:
    @convention(c) @Sendable (
      UnsafeMutablePointer<CChar>, _ byteCount: Int32, _ device: Int32
    ) -> Int32

  /// `cuDeviceGetPCIBusId`.
  let deviceBus:
    @convention(c) @Sendable (
      UnsafeMutablePointer<CChar>, _ byteCount: Int32, _ device: Int32
    ) -> Int32

  /// `cuDeviceGetAttribute`.
  let deviceAttribute:
    @convention(c) @Sendable (
      UnsafeMutablePointer<Int32>, _ attribute: Int32, _ device: Int32
    ) -> Int32

  /// `cuDeviceTotalMem_v2`.
  let deviceMemory: @convention(c) @Sendable (UnsafeMutablePointer<UInt>, _ device: Int32) -> Int32

  // MARK: Contexts

  /// `cuDevicePrimaryCtxRetain`.
  let retainContext: @convention(c) @Sendable (DriverPointerResult, _ device: Int32) -> Int32

  /// `cuDevicePrimaryCtxRelease_v2`.
  let releaseContext: @convention(c) @Sendable (_ device: Int32) -> Int32

  /// `cuCtxPushCurrent_v2`.
  let pushContext: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cuCtxPopCurrent_v2`.
  let popContext: @convention(c) @Sendable (DriverPointerResult) -> Int32

  // MARK: Memory

  /// `cuMemGetInfo_v2`.
  let memoryInfo:
    @convention(c) @Sendable (
      _ free: UnsafeMutablePointer<UInt>, _ total: UnsafeMutablePointer<UInt>
    ) -> Int32

  /// `cuMemAlloc_v2`.
  let allocate: @convention(c) @Sendable (UnsafeMutablePointer<UInt64>, _ byteCount: UInt) -> Int32

  /// `cuMemFree_v2`.
  let free: @convention(c) @Sendable (_ address: UInt64) -> Int32

  /// `cuMemcpyHtoD_v2`.
  let copyToDevice:
    @convention(c) @Sendable (_ address: UInt64, UnsafeRawPointer, _ byteCount: UInt) -> Int32

  /// `cuMemcpyDtoH_v2`.
  let copyToHost:
    @convention(c) @Sendable (
      UnsafeMutableRawPointer, _ address: UInt64, _ byteCount: UInt
    ) -> Int32

  /// `cuTensorMapEncodeTiled`.
  let encodeTensorMap:
    @convention(c) @Sendable (
      _ map: UnsafeMutableRawPointer, _ type: Int32, _ rank: UInt32,
      _ address: UnsafeMutableRawPointer?, _ extents: UnsafePointer<UInt64>,
      _ byteStrides: UnsafePointer<UInt64>, _ box: UnsafePointer<UInt32>,
      _ elementStrides: UnsafePointer<UInt32>, _ interleave: Int32, _ swizzle: Int32,
      _ promotion: Int32, _ fill: Int32
    ) -> Int32

  // MARK: Modules and their functions

  /// `cuModuleLoadDataEx`.
  let loadModule:
    @convention(c) @Sendable (
      DriverPointerResult, _ image: UnsafeRawPointer, _ optionCount: UInt32,
      _ options: UnsafeMutablePointer<Int32>,
      _ values: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> Int32

  /// `cuModuleUnload`.
  let unloadModule: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cuModuleGetFunction`.
  let moduleFunction:
    @convention(c) @Sendable (
      DriverPointerResult, _ module: DriverPointer, _ name: UnsafePointer<CChar>
    ) -> Int32

  /// `cuFuncGetAttribute`.
  let functionAttribute:
    @convention(c) @Sendable (
      UnsafeMutablePointer<Int32>, _ attribute: Int32, _ function: DriverPointer
    ) -> Int32

  /// `cuFuncSetAttribute`.
  let setFunctionAttribute:
    @convention(c) @Sendable (
      _ function: DriverPointer, _ attribute: Int32, _ value: Int32
    ) -> Int32

  /// `cuFuncLoad`, since CUDA 12.4.
  let loadFunction: (@convention(c) @Sendable (DriverPointer) -> Int32)?

  /// `cuLaunchKernelEx`.
  let launch:
    @convention(c) @Sendable (
      _ configuration: UnsafeRawPointer, _ function: DriverPointer,
      _ parameters: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
      _ extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int32

  /// `cuOccupancyMaxActiveClusters`.
  let residentClusters:
    @convention(c) @Sendable (
      _ count: UnsafeMutablePointer<Int32>, _ function: DriverPointer,
      _ configuration: UnsafeRawPointer
    ) -> Int32

  // MARK: Streams and events

  /// `cuStreamCreate`.
  let createStream: @convention(c) @Sendable (DriverPointerResult, _ flags: UInt32) -> Int32

  /// `cuStreamDestroy_v2`.
  let destroyStream: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cuEventCreate`.
  let createEvent: @convention(c) @Sendable (DriverPointerResult, _ flags: UInt32) -> Int32

  /// `cuEventRecord`.
  let recordEvent: @convention(c) @Sendable (DriverPointer, _ stream: DriverPointer) -> Int32

  /// `cuEventQuery`.
  let queryEvent: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cuEventSynchronize`.
  let synchronizeEvent: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cuEventElapsedTime`.
  let elapsedMilliseconds:
    @convention(c) @Sendable (
      UnsafeMutablePointer<Float>, _ start: DriverPointer, _ end: DriverPointer
    ) -> Int32

  /// `cuEventDestroy_v2`.
  let destroyEvent: @convention(c) @Sendable (DriverPointer) -> Int32

  // MARK: Graphs

  /// `cuStreamBeginCapture_v2`.
  let beginCapture: @convention(c) @Sendable (_ stream: DriverPointer, _ mode: Int32) -> Int32

  /// `cuStreamEndCapture`.
  let endCapture: @convention(c) @Sendable (_ stream: DriverPointer, DriverPointerResult) -> Int32

  /// `cuGraphInstantiateWithFlags`.
  let instantiateGraph:
    @convention(c) @Sendable (
      DriverPointerResult, _ graph: DriverPointer, _ flags: UInt64
    ) -> Int32

  /// `cuGraphUpload`.
  let uploadGraph: @convention(c) @Sendable (DriverPointer, _ stream: DriverPointer) -> Int32

  /// `cuGraphLaunch`.
  let launchGraph: @convention(c) @Sendable (DriverPointer, _ stream: DriverPointer) -> Int32

  /// `cuGraphExecDestroy`.
  let destroyExecutableGraph: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cuGraphDestroy`.
  let destroyGraph: @convention(c) @Sendable (DriverPointer) -> Int32
}

extension DriverFunctions {
  /// Finds the functions in the library.
  init(_ library: SharedLibrary) throws(DeviceError) {
    unsafe initialize = try library.function("cuInit")
    unsafe version = try library.function("cuDriverGetVersion")
    unsafe errorName = try library.function("cuGetErrorName")
    unsafe errorText = try library.function("cuGetErrorString")
    unsafe deviceCount = try library.function("cuDeviceGetCount")
    unsafe device = try library.function("cuDeviceGet")
    unsafe deviceName = try library.function("cuDeviceGetName")
    unsafe deviceBus = try library.function("cuDeviceGetPCIBusId")
    unsafe deviceAttribute = try library.function("cuDeviceGetAttribute")
    unsafe deviceMemory = try library.function("cuDeviceTotalMem_v2")
    unsafe retainContext = try library.function("cuDevicePrimaryCtxRetain")
    unsafe releaseContext = try library.function("cuDevicePrimaryCtxRelease_v2")
    unsafe pushContext = try library.function("cuCtxPushCurrent_v2")
    unsafe popContext = try library.function("cuCtxPopCurrent_v2")
    unsafe memoryInfo = try library.function("cuMemGetInfo_v2")
    unsafe allocate = try library.function("cuMemAlloc_v2")
    unsafe free = try library.function("cuMemFree_v2")
    unsafe copyToDevice = try library.function("cuMemcpyHtoD_v2")
    unsafe copyToHost = try library.function("cuMemcpyDtoH_v2")
    unsafe encodeTensorMap = try library.function("cuTensorMapEncodeTiled")
    unsafe loadModule = try library.function("cuModuleLoadDataEx")
    unsafe unloadModule = try library.function("cuModuleUnload")
    unsafe moduleFunction = try library.function("cuModuleGetFunction")
    unsafe functionAttribute = try library.function("cuFuncGetAttribute")
    unsafe setFunctionAttribute = try library.function("cuFuncSetAttribute")
    unsafe loadFunction = library.optionalFunction("cuFuncLoad")
    unsafe launch = try library.function("cuLaunchKernelEx")
    unsafe residentClusters = try library.function("cuOccupancyMaxActiveClusters")
    unsafe createStream = try library.function("cuStreamCreate")
    unsafe destroyStream = try library.function("cuStreamDestroy_v2")
    unsafe createEvent = try library.function("cuEventCreate")
    unsafe recordEvent = try library.function("cuEventRecord")
    unsafe queryEvent = try library.function("cuEventQuery")
    unsafe synchronizeEvent = try library.function("cuEventSynchronize")
    unsafe elapsedMilliseconds = try library.function("cuEventElapsedTime")
    unsafe destroyEvent = try library.function("cuEventDestroy_v2")
    unsafe beginCapture = try library.function("cuStreamBeginCapture_v2")
    unsafe endCapture = try library.function("cuStreamEndCapture")
    unsafe instantiateGraph = try library.function("cuGraphInstantiateWithFlags")
    unsafe uploadGraph = try library.function("cuGraphUpload")
    unsafe launchGraph = try library.function("cuGraphLaunch")
    unsafe destroyExecutableGraph = try library.function("cuGraphExecDestroy")
    unsafe destroyGraph = try library.function("cuGraphDestroy")
  }
}
