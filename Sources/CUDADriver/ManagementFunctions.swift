// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The functions of NVIDIA's management library (NVML) that the package calls.
///
/// Each has the C signature of its name in `nvml.h`: `Int32` is `nvmlReturn_t` or an enumeration,
/// `DriverPointer` is `nvmlDevice_t`.
///
/// - SeeAlso: NVML API reference, by the functions' names.
@unsafe struct ManagementFunctions: Sendable {
  /// `nvmlInit_v2`.
  let start: @convention(c) @Sendable () -> Int32

  /// `nvmlShutdown`.
  let stop: @convention(c) @Sendable () -> Int32

  /// `nvmlSystemGetDriverVersion`.
  let release: @convention(c) @Sendable (UnsafeMutablePointer<CChar>, _ byteCount: UInt32) -> Int32

  /// `nvmlDeviceGetHandleByPciBusId_v2`.
  let device: @convention(c) @Sendable (UnsafePointer<CChar>, DriverPointerResult) -> Int32

  /// `nvmlDeviceGetClockInfo`.
  let clock:
    @convention(c) @Sendable (
      DriverPointer, _ domain: Int32, _ megahertz: UnsafeMutablePointer<UInt32>
    ) -> Int32

  /// `nvmlDeviceGetPowerUsage`.
  let power:
    @convention(c) @Sendable (
      DriverPointer, _ milliwatts: UnsafeMutablePointer<UInt32>
    ) -> Int32

  /// `nvmlDeviceGetEnforcedPowerLimit`.
  let powerLimit:
    @convention(c) @Sendable (
      DriverPointer, _ milliwatts: UnsafeMutablePointer<UInt32>
    ) -> Int32

  /// `nvmlDeviceGetFieldValues`.
  let fields:
    @convention(c) @Sendable (
      DriverPointer, _ count: Int32, _ values: UnsafeMutableRawPointer
    ) -> Int32

  /// Finds the functions in the library.
  init(_ library: SharedLibrary) throws(DeviceError) {
    unsafe start = try library.function("nvmlInit_v2")
    unsafe stop = try library.function("nvmlShutdown")
    unsafe release = try library.function("nvmlSystemGetDriverVersion")
    unsafe device = try library.function("nvmlDeviceGetHandleByPciBusId_v2")
    unsafe clock = try library.function("nvmlDeviceGetClockInfo")
    unsafe power = try library.function("nvmlDeviceGetPowerUsage")
    unsafe powerLimit = try library.function("nvmlDeviceGetEnforcedPowerLimit")
    unsafe fields = try library.function("nvmlDeviceGetFieldValues")
  }
}
