// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// NVIDIA's matrix multiplication library, cuBLASLt, found and opened at run time.
///
/// Benchmarks compare with it; no kernel needs it.
@safe public final class VendorLibrary: Sendable {
  /// The names of the library, newest first.
  static let names = ["libcublasLt.so.13", "libcublasLt.so.12"]

  /// The device on which it runs.
  let device: CUDADevice

  /// Its functions.
  let functions: VendorFunctions

  /// The library's own handle.
  let handle: DriverHandle

  /// The name and the version: `cuBLASLt 13.1.0`.
  public let summary: String

  /// Opens the library.
  ///
  /// - Parameter device: The device on which it runs.
  /// - Throws: `DeviceError.unavailable` if the library cannot be opened.
  public init(on device: CUDADevice) throws(DeviceError) {
    guard let library = VendorLibrary.names.lazy.compactMap(SharedLibrary.init).first else {
      let names = VendorLibrary.names.joined(separator: " nor ")
      throw .unavailable(
        device: "cublasLt", reason: "neither \(names) can be opened")
    }
    self.device = device
    let functions = unsafe try VendorFunctions(library)
    unsafe self.functions = functions
    handle = try device.withContext { () throws(DeviceError) in
      var handle: DriverPointer?
      let status = unsafe functions.create(&handle)
      guard status == 0, let handle = unsafe handle else {
        throw .unavailable(
          device: "cublasLt", reason: "cublasLtCreate returned status \(status)")
      }
      return unsafe DriverHandle(handle)
    }
    summary = "cuBLASLt " + VendorLibrary.text(unsafe functions.version())
  }

  deinit {
    try? device.withContext { () throws(DeviceError) in
      _ = unsafe functions.destroy(handle.pointer)
    }
  }

  /// Returns a version in dotted form: 130100 is 13.1.0, and 120805 is 12.8.5 (since 12.0).
  static func text(_ version: UInt) -> String {
    "\(version / 10000).\(version / 100 % 100).\(version % 100)"
  }

  /// Throws unless a call succeeded.
  func check(_ status: Int32, _ call: StaticString) throws(DeviceError) {
    guard status != 0 else { return }
    // The library returns a pointer to a text of its own, for every number.
    let name = unsafe functions.statusName?(status).map { text in unsafe String(cString: text) }
    throw .unavailable(
      device: "cublasLt", reason: "\(call) returned \(name ?? "status \(status)")")
  }
}
