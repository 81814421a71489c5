import DeviceRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A shared library that is opened while the program runs, so that nothing need be linked.
///
/// It stays open as long as the program runs: a driver does not survive being closed.
@safe struct SharedLibrary {
  /// The name that it was opened by.
  let name: String

  /// What the system calls the open library.
  private let handle: UnsafeMutableRawPointer

  /// Opens the library of that name where the system finds it; `nil` where it finds none.
  init?(_ name: String) {
    // The returned handle is only passed on to the system.
    guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
    self.name = name
    unsafe self.handle = handle
  }

  /// Returns the function of the given name, read as one of the caller's type.
  ///
  /// That must be a `@convention(c)` function type with the signature that the library documents.
  @unsafe func function<Function>(_ symbol: String) throws(DeviceError) -> Function {
    guard let function: Function = unsafe optionalFunction(symbol) else {
      throw .unavailable(
        device: "cuda", reason: "\(name) is too old: it has no function \(symbol)")
    }
    return function
  }

  /// Returns the function of the given name, read as one of the caller's type, if there is one.
  @unsafe func optionalFunction<Function>(_ symbol: String) -> Function? {
    guard let address = unsafe dlsym(handle, symbol) else { return nil }
    // A C function's pointer is its address; the caller vouches for the signature.
    return unsafe unsafeBitCast(address, to: Function.self)
  }
}
