// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// NVIDIA's management library (NVML), which is installed with the driver and opened at run time.
///
/// It is the only source of the driver's release, the clock and the power.
@safe final class ManagementLibrary: Sendable {
  /// The library's name.
  private static let libraryName = "libnvidia-ml.so.1"

  /// The library's functions.
  let functions: ManagementFunctions

  /// Opens the library; returns `nil` if there is none, or it does not start.
  init?() {
    guard let library = SharedLibrary(Self.libraryName),
      let functions = unsafe try? ManagementFunctions(library)
    else { return nil }
    guard unsafe functions.start() == 0 else { return nil }
    unsafe self.functions = functions
  }

  deinit { _ = unsafe functions.stop() }

  /// The driver's release, such as 580.159.04.
  var driverRelease: String? {
    var buffer = [CChar](repeating: 0, count: 80)
    // The library writes at most the given number of bytes, including a final zero.
    let status = unsafe functions.release(&buffer, UInt32(buffer.count))
    guard status == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
