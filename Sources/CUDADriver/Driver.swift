// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The NVIDIA driver of this machine, found and opened at run time.
///
/// Opening it again returns the same driver; this value has no state of its own.
@safe struct Driver: Sendable {
  /// The functions of the driver API.
  let functions: DriverFunctions

  /// The name of the library that is installed with the driver, not with the toolkit.
  private static let libraryName = "libcuda.so.1"

  /// Opens the driver.
  ///
  /// - Throws: `DeviceError.unavailable` if there is no driver, it is too old, or it has no GPU.
  init() throws(DeviceError) {
    guard let library = SharedLibrary(Driver.libraryName) else {
      throw .unavailable(
        device: "cuda",
        reason: "no NVIDIA driver was found (\(Driver.libraryName) cannot be opened)")
    }
    unsafe functions = try DriverFunctions(library)
    let status = DriverStatus(rawValue: unsafe functions.initialize(0))
    guard status != .noDevice else {
      throw .unavailable(device: "cuda", reason: "the NVIDIA driver finds no GPU")
    }
    try check(status, "cuInit", device: "cuda")
  }

  /// Throws unless a call to the named function for the given device succeeded.
  func check(
    _ status: DriverStatus, _ call: StaticString, device: String
  ) throws(DeviceError) {
    guard status != .success else { return }
    let what = describe(status)
    guard status.faultKind == nil else {
      throw .unavailable(
        device: device, reason: "an earlier kernel faulted and left it unusable (\(what))")
    }
    throw .unavailable(device: device, reason: "\(call) returned \(what)")
  }

  /// Returns the driver's name and explanation of a status: `CUDA_ERROR_X (an error)`.
  func describe(_ status: DriverStatus) -> String {
    let name = unsafe text { result in unsafe functions.errorName(status.rawValue, result) }
    let explanation = unsafe text { result in unsafe functions.errorText(status.rawValue, result) }
    guard let name else { return "status \(status.rawValue)" }
    return explanation.map { "\(name) (\($0))" } ?? name
  }

  /// Returns the text to which a function of the driver points; the driver never frees it.
  private func text(_ function: (DriverTextResult) -> Int32) -> String? {
    var result: UnsafePointer<CChar>?
    // The driver writes one pointer: to a text that ends with a zero, or null.
    guard unsafe function(&result) == 0, let result = unsafe result else { return nil }
    return unsafe String(cString: result)
  }

  /// Returns the number that a function of the driver writes over an initial value.
  func value<Value: BitwiseCopyable>(
    _ call: StaticString, device: String, _ initial: Value,
    _ function: (UnsafeMutablePointer<Value>) -> Int32
  ) throws(DeviceError) -> Value {
    var value = initial
    let status = unsafe function(&value)
    try check(DriverStatus(rawValue: status), call, device: device)
    return value
  }

  /// Returns the pointer that a function of the driver writes.
  func pointer(
    _ call: StaticString, device: String, _ function: (DriverPointerResult) -> Int32
  ) throws(DeviceError) -> DriverHandle {
    var result: DriverPointer?
    let status = unsafe function(&result)
    try check(DriverStatus(rawValue: status), call, device: device)
    guard let result = unsafe result else {
      throw .unavailable(device: device, reason: "\(call) returned nothing")
    }
    return unsafe DriverHandle(result)
  }

  /// The newest CUDA version that the driver supports, such as 13.0.
  func version() throws(DeviceError) -> CUDAVersion {
    let number = try unsafe value("cuDriverGetVersion", device: "cuda", Int32(0)) { result in
      unsafe functions.version(result)
    }
    return CUDAVersion(major: Int(number) / 1000, minor: Int(number) % 1000 / 10)
  }
}

/// An object of the driver: a context, a module, a function, a stream, an event.
///
/// The driver's functions may be called with the same handle from any thread. The owner that
/// destroys it ensures that it is not used afterwards.
@safe struct DriverHandle: @unchecked Sendable {
  /// The driver's pointer.
  let pointer: DriverPointer

  /// Creates the handle of an object that the driver returned.
  init(_ pointer: DriverPointer) { unsafe self.pointer = pointer }
}
