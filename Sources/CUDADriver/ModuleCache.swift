// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The modules that a device has compiled.
///
/// They live as long as the device: programs are few, and compiling one takes tenths of a second.
struct ModuleCache {
  /// The modules by their PTX text.
  private var modules: [String: DriverHandle] = [:]

  /// Returns the module of a text, calling `compile` if there is none yet.
  mutating func module<Failure: Error>(
    _ text: String, compile: () throws(Failure) -> DriverHandle
  ) throws(Failure) -> DriverHandle {
    if let known = modules[text] { return known }
    let module = try compile()
    modules[text] = module
    return module
  }

  /// All modules.
  var all: [DriverHandle] { Array(modules.values) }
}
