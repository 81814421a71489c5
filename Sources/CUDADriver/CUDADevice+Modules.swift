// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension CUDADevice {
  /// Returns the function of a program, compiled on its first use and loaded onto the GPU.
  ///
  /// - Precondition: The device's context is current.
  func function(_ program: Program) throws(DeviceError) -> DriverHandle {
    // The lock is held while the driver compiles, so that no text is compiled twice.
    let module = try modules.withLock { cache throws(DeviceError) in
      try cache.module(program.text) { () throws(DeviceError) in try compile(program) }
    }
    var function: DriverPointer?
    let status = unsafe driver.functions.moduleFunction(&function, module.pointer, program.entry)
    if status == DriverStatus.notFound.rawValue {
      throw .programRejected(
        entry: program.entry, reason: "the text has no kernel of that name.")
    }
    try check(status, "cuModuleGetFunction")
    guard let function = unsafe function else {
      throw .programRejected(entry: program.entry, reason: "the driver returned no function.")
    }
    // The driver may defer loading until the launch, where it would count as run time.
    if let load = unsafe driver.functions.loadFunction {
      try check(unsafe load(function), "cuFuncLoad")
    }
    return unsafe DriverHandle(function)
  }

  /// Compiles the text of a program, and returns the module.
  private func compile(_ program: Program) throws(DeviceError) -> DriverHandle {
    var log = [CChar](repeating: 0, count: 16 * 1024)
    var module: DriverPointer?
    var options = [JITOption.errorLog.rawValue, JITOption.errorLogByteCount.rawValue]
    let text = program.text.utf8CString
    // The driver writes at most the given size into the log, and reads the text up to its zero
    // byte. Option values are numbers cast to pointers.
    let status = unsafe log.withUnsafeMutableBytes { log in
      var values = unsafe [log.baseAddress, UnsafeMutableRawPointer(bitPattern: log.count)]
      return unsafe text.withUnsafeBytes { text in
        guard let start = text.baseAddress else { return Int32(0) }
        return unsafe driver.functions.loadModule(
          &module, start, UInt32(options.count), &options, &values)
      }
    }
    if status == 0, let module = unsafe module { return unsafe DriverHandle(module) }
    let code = DriverStatus(rawValue: status)
    if code.faultKind != nil { try check(status, "cuModuleLoadDataEx") }
    let message = String(
      decoding: log.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    throw .programRejected(
      entry: program.entry, reason: rejection(driver.describe(code), log: message))
  }
}

/// Options of the driver's compiler.
///
/// - SeeAlso: CUDA Driver API, `CUjit_option`.
private enum JITOption: Int32 {
  case errorLog = 5
  case errorLogByteCount = 6
}

/// Returns a sentence with the driver's status, followed by the compiler's messages.
private func rejection(_ status: String, log: String) -> String {
  let lines = log.split(whereSeparator: \.isNewline).map(String.init)
  let messages = lines.filter { !$0.allSatisfy(\.isWhitespace) }
  let sentence = "the driver returned \(status)"
  return messages.isEmpty ? sentence + "." : sentence + ":\n" + messages.joined(separator: "\n")
}
