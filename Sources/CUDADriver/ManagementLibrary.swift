/// NVIDIA's management library, NVML, which comes with the driver and is opened at run time.
///
/// It alone knows the driver's own number; all else the driver says itself.
///
/// - SeeAlso: NVML API reference, by the functions' names.
@safe struct ManagementLibrary {
  /// The library's name.
  private static let libraryName = "libnvidia-ml.so.1"

  /// `nvmlInit_v2`.
  private let start: @convention(c) () -> Int32

  /// `nvmlShutdown`.
  private let stop: @convention(c) () -> Int32

  /// `nvmlSystemGetDriverVersion`.
  private let release: @convention(c) (UnsafeMutablePointer<CChar>, _ byteCount: UInt32) -> Int32

  /// Opens the library; nil where there is none.
  init?() {
    guard let library = SharedLibrary(Self.libraryName) else { return nil }
    do {
      // The signatures are those of `nvml.h`.
      unsafe start = try library.function("nvmlInit_v2")
      unsafe stop = try library.function("nvmlShutdown")
      unsafe release = try library.function("nvmlSystemGetDriverVersion")
    } catch {
      return nil
    }
  }

  /// The driver's own number, such as 580.159.04.
  var driverRelease: String? {
    guard start() == 0 else { return nil }
    defer { _ = stop() }
    var buffer = [CChar](repeating: 0, count: 80)
    // The library writes at most as many bytes as it is told, a zero at the end among them.
    guard unsafe release(&buffer, UInt32(buffer.count)) == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
