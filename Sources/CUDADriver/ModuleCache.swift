/// The modules that a device has compiled.
///
/// They stay until the device goes: programs are few, and compiling one takes the driver tenths of
/// a second.
struct ModuleCache {
  /// The modules by their PTX text.
  private var modules: [String: DriverHandle] = [:]

  /// Returns the module of a text, which `compile` makes if there is none yet.
  mutating func module<Failure: Error>(
    _ text: String, compile: () throws(Failure) -> DriverHandle
  ) throws(Failure) -> DriverHandle {
    if let known = modules[text] { return known }
    let module = try compile()
    modules[text] = module
    return module
  }

  /// Every module.
  var all: [DriverHandle] { Array(modules.values) }
}
