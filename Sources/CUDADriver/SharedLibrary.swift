// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A shared library that is opened at run time, so that nothing needs to be linked.
///
/// It is never closed, because a driver does not survive that.
@safe struct SharedLibrary {
  /// The name with which it was opened.
  let name: String

  /// The system's handle of the library.
  private let handle: UnsafeMutableRawPointer

  /// Opens the library with the given name; returns `nil` if the system finds none.
  init?(_ name: String) {
    // The returned handle is only passed back to the system.
    guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
    self.name = name
    unsafe self.handle = handle
  }

  /// Returns the function with the given name, cast to the type that the caller expects.
  ///
  /// The type must be a `@convention(c)` function type with the signature that the library
  /// documents.
  @unsafe func function<Function>(_ symbol: String) throws(DeviceError) -> Function {
    guard let function: Function = unsafe optionalFunction(symbol) else {
      throw .unavailable(
        device: "cuda", reason: "\(name) is too old: it has no function \(symbol)")
    }
    return function
  }

  /// Returns the function with the given name, cast to the type that the caller expects, if it
  /// exists.
  @unsafe func optionalFunction<Function>(_ symbol: String) -> Function? {
    guard let address = unsafe dlsym(handle, symbol) else { return nil }
    // The pointer to a C function is its address; the caller is responsible for the signature.
    return unsafe unsafeBitCast(address, to: Function.self)
  }
}
