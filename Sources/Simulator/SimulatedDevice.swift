// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import PTX
import Synchronization

/// A GPU that is simulated on the host, instruction by instruction and bit for bit.
///
/// Like a driver, it takes PTX text, and parses it. It reports faults of a kernel as
/// `DeviceError.fault`.
public final class SimulatedDevice: Device {
  /// The machine that is simulated.
  public let machine: SimulatedMachine

  /// The mutable state.
  private let state: Mutex<State>

  /// The memory and the kernels of a device.
  private struct State: ~Copyable {
    /// The global memory.
    var memory: GlobalMemory
    /// The options of simulations.
    var options: SimulationOptions
    /// The observer of launches, if there is one.
    var observer: (any LaunchObserver)?
    /// The decoded kernels by text and entry.
    var kernels: [KernelKey: DecodedKernel] = [:]
    /// The text that was parsed last and its module, because kernels of one text often follow each
    /// other.
    var parsed: (text: String, module: Module)?
  }

  /// The key of a decoded kernel.
  private struct KernelKey: Hashable {
    var text: String
    var entry: String
  }

  /// Creates a device.
  public init(_ machine: SimulatedMachine, options: SimulationOptions = SimulationOptions()) {
    self.machine = machine
    state = Mutex(
      State(memory: GlobalMemory(capacity: machine.globalMemoryByteCount), options: options))
  }

  /// Creates a device that simulates some of the SMs of the given machine.
  public convenience init(
    _ machine: SimulatedMachine, multiprocessors: Int, schedule: Schedule = .eager
  ) {
    var machine = machine
    machine.multiprocessorCount = multiprocessors
    self.init(machine, options: SimulationOptions(schedule: schedule))
  }

  /// The options of the following launches.
  public var options: SimulationOptions {
    get { state.withLock { $0.options } }
    set { state.withLock { $0.options = newValue } }
  }

  /// The observer of the following launches.
  var observer: (any LaunchObserver)? {
    get { state.withLock { $0.observer } }
    set { state.withLock { $0.observer = newValue } }
  }

  /// `simulator`.
  public var name: String { "simulator" }

  /// A description of the machine for a person.
  public var summary: String {
    "simulated \(machine.name), \(machine.multiprocessorCount) SMs"
  }

  /// Ten times the compute capability of the machine.
  public var computeCapability: Int { machine.architecture }

  /// The number of streaming multiprocessors (SMs).
  public var multiprocessorCount: Int { machine.multiprocessorCount }

  /// The largest amount of shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int { machine.sharedMemoryLimit }

  // MARK: - Memory

  /// Allocates global memory whose bytes count as never written.
  public func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try state.withLock { (state) throws(DeviceError) in
      guard byteCount >= 0 else { throw .negativeCount(byteCount) }
      guard let allocation = state.memory.allocate(byteCount: byteCount, name: "the buffer")
      else {
        throw .outOfMemory(
          requestedByteCount: byteCount, availableByteCount: state.memory.availableByteCount)
      }
      return allocation.address
    }
  }

  /// Frees memory that `allocate` returned.
  public func deallocate(_ address: UInt64) {
    state.withLock { $0.memory.deallocate(address) }
  }

  /// Copies bytes from the host; they count as written.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try state.withLock { (state) throws(DeviceError) in
      guard let allocation = state.memory.find(address, byteCount: bytes.count) else {
        throw .invalidAddress(address: address, byteCount: bytes.count)
      }
      let offset = Int(address - allocation.address)
      bytes.withUnsafeBytes { source in
        guard let base = source.baseAddress else { return }
        (allocation.bytes + offset).copyMemory(from: base, byteCount: bytes.count)
      }
      (allocation.shadow + offset).update(repeating: 1, count: bytes.count)
    }
  }

  /// Copies bytes to the host, even if they were never written.
  public func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    guard byteCount >= 0 else { throw .negativeCount(byteCount) }
    return try state.withLock { (state) throws(DeviceError) in
      guard let allocation = state.memory.find(address, byteCount: byteCount) else {
        throw .invalidAddress(address: address, byteCount: byteCount)
      }
      let offset = Int(address - allocation.address)
      return [UInt8](
        UnsafeRawBufferPointer(start: allocation.bytes + offset, count: byteCount))
    }
  }

  /// Returns for each byte whether a kernel or the host has written it.
  public func isWritten(at address: UInt64, byteCount: Int) throws(DeviceError) -> [Bool] {
    guard byteCount >= 0 else { throw .negativeCount(byteCount) }
    return try state.withLock { (state) throws(DeviceError) in
      guard let allocation = state.memory.find(address, byteCount: byteCount) else {
        throw .invalidAddress(address: address, byteCount: byteCount)
      }
      let offset = Int(address - allocation.address)
      return (0..<byteCount).map { allocation.shadow[offset + $0] == 1 }
    }
  }

  /// Encodes a tensor map in the simulator's own format.
  public func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    do {
      try description.validate()
    } catch {
      throw .invalidTensorMap(error)
    }
    return TensorMapImage(description).bytes
  }

  // MARK: - Launches

  /// Returns the number of clusters of a kernel that the simulated machine can run at the same
  /// time.
  public func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try program.checkExtents(configuration)
    return try state.withLock { (state) throws(DeviceError) in
      let kernel = try self.kernel(of: program, &state)
      try check(configuration, of: kernel)
      let context = LaunchContext(
        kernel: kernel, machine: machine, options: state.options, global: state.memory,
        configuration: configuration, parameterBytes: [])
      let blockCount = context.blocksPerMultiprocessor * machine.multiprocessorCount
      return blockCount / configuration.cluster.count
    }
  }

  /// Runs a kernel, and returns when it has finished; `seconds` of the result is the host's time
  /// for the simulation only.
  @discardableResult
  public func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    // Memory is freed under the same lock, so its last owner must not go while the lock is held.
    defer { withExtendedLifetime(arguments) {} }
    return try state.withLock { (state) throws(DeviceError) in
      let kernel = try self.kernel(of: program, &state)
      try check(configuration, arguments, of: kernel)
      let bytes = parameterBytes(arguments, kernel: kernel)
      let context = LaunchContext(
        kernel: kernel, machine: machine, options: state.options, global: state.memory,
        configuration: configuration, parameterBytes: bytes, observer: state.observer)
      let clock = ContinuousClock()
      let start = clock.now
      do throws(Trap) {
        let counters = try GridRunner(context).run()
        let elapsed = start.duration(to: clock.now)
        let seconds =
          Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        return LaunchResult(seconds: seconds, counters: counters)
      } catch {
        guard error.kind != .notSimulated else {
          throw .programRejected(entry: program.entry, reason: error.message)
        }
        throw .fault(error.fault(in: context))
      }
    }
  }

  /// Returns the decoded kernel of a program, which is parsed and decoded once.
  private func kernel(
    of program: Program, _ state: inout State
  ) throws(DeviceError) -> DecodedKernel {
    let key = KernelKey(text: program.text, entry: program.entry)
    if let known = state.kernels[key] { return known }
    /// Returns the error that the program cannot be used.
    func rejected(_ reason: String) -> DeviceError {
      .programRejected(entry: program.entry, reason: reason)
    }
    let module: Module
    if let parsed = state.parsed, parsed.text == program.text {
      module = parsed.module
    } else {
      do {
        // Instructions without a source place are reported by their line of the text.
        module = try parse(program.text, fileName: "\(program.entry).ptx")
      } catch {
        throw rejected("\(error)")
      }
      state.parsed = (program.text, module)
    }
    guard module.target.runs(on: machine.architecture) else {
      throw rejected("it is for \(module.target), but the device is \(machine.name).")
    }
    guard
      let function = module.functions.first(where: {
        $0.isEntry && $0.name == program.entry && $0.blocks != nil
      })
    else { throw rejected("the text has no kernel of this name.") }
    let addresses = try placeVariables(of: module, function, in: state.memory)
    do {
      let decoder = try KernelDecoder(
        function, moduleVariables: module.variables, globalAddresses: addresses)
      let kernel = DecodedKernel(decoder)
      state.kernels[key] = kernel
      return kernel
    } catch {
      throw rejected("\(error.reason).")
    }
  }

  /// Allocates the variables of a module and of a kernel in global and constant memory, fills them with
  /// their initial values, and returns where they lie.
  private func placeVariables(
    of module: Module, _ function: Function, in memory: GlobalMemory
  ) throws(DeviceError) -> [String: UInt64] {
    let variables = (module.variables + function.variables)
      .filter { $0.space == .global || $0.space == .constant }
    var allocations: [GlobalAllocation] = []
    var addresses: [String: UInt64] = [:]
    for variable in variables {
      let byteCount = variable.byteCount
      guard let allocation = memory.allocate(byteCount: byteCount, name: "'\(variable.name)'")
      else {
        throw .outOfMemory(
          requestedByteCount: byteCount, availableByteCount: memory.availableByteCount)
      }
      allocation.shadow.update(repeating: 1, count: byteCount)
      allocations.append(allocation)
      addresses[variable.name] = allocation.address
    }
    // A variable may hold the address of any other, and of functions, which are no memory.
    var symbols = addresses
    for (index, function) in module.functions.enumerated() {
      symbols[function.name] = AddressMap.address(ofFunction: index)
    }
    for (variable, allocation) in zip(variables, allocations) {
      try fill(allocation, with: variable, symbols)
    }
    return addresses
  }

  /// Writes the initial value of a variable; what it leaves out stays zero.
  private func fill(
    _ allocation: GlobalAllocation, with variable: MemoryVariable, _ symbols: [String: UInt64]
  ) throws(DeviceError) {
    let width = variable.type.byteCount
    for (index, value) in variable.initializer.enumerated()
    where (index + 1) * width <= variable.byteCount {
      let bits: UInt64
      switch value {
      case .integer(let integer): bits = UInt64(bitPattern: integer)
      case .float32(let pattern): bits = UInt64(pattern)
      case .float64(let pattern): bits = pattern
      case .symbol(let name, let offset):
        guard let address = symbols[name] else {
          throw .programRejected(
            entry: variable.name, reason: "the initial value names '\(name)', which has no address."
          )
        }
        let sum = address &+ UInt64(bitPattern: offset)
        // Global and constant memory have their generic addresses.
        switch variable.addressForms[index] {
        case .byte(let byte)?, .genericByte(let byte)?:
          bits = sum >> UInt64(8 * byte) & 0xFF
        case .generic?, nil: bits = sum
        }
      default:
        throw .programRejected(
          entry: variable.name, reason: "the initial value is neither a number nor an address.")
      }
      for byte in 0..<width {
        allocation.bytes.storeBytes(
          of: UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte)),
          toByteOffset: index * width + byte, as: UInt8.self)
      }
    }
  }

  /// Checks a launch against the directives of the kernel and the resources of the machine.
  private func check(
    _ configuration: LaunchConfiguration, _ arguments: [KernelArgument], of kernel: DecodedKernel
  ) throws(DeviceError) {
    // The text is authoritative, whatever the caller's program says.
    let program = Program(
      text: "", entry: kernel.function.name,
      parameters: kernel.parameters.map {
        Program.Parameter(name: $0.name, byteCount: $0.byteCount, alignment: 1)
      }, block: kernel.extents("reqntid"), cluster: kernel.extents("reqnctapercluster"))
    try program.checkLaunch(configuration, arguments, on: self)
    try check(configuration, of: kernel)
  }

  /// Checks a launch, whose extents keep the rules of every device, against what the machine has.
  private func check(
    _ configuration: LaunchConfiguration, of kernel: DecodedKernel
  ) throws(DeviceError) {
    /// Returns the error that the launch is invalid.
    func refused(_ reason: String) -> DeviceError {
      .invalidLaunch(entry: kernel.function.name, reason: reason)
    }
    guard (1...SimulatedMachine.multiprocessorLimit).contains(machine.multiprocessorCount) else {
      throw .unavailable(
        device: name,
        reason: """
          it has \(machine.multiprocessorCount) SMs instead of 1 to \
          \(SimulatedMachine.multiprocessorLimit)
          """)
    }
    if let limit = kernel.extents("maxntid"), configuration.block.count > limit.count {
      throw refused(
        "a block of the kernel may have at most \(limit.count) threads, not \(configuration.block)."
      )
    }
    guard configuration.cluster.count <= machine.clusterLimit else {
      throw refused(
        "a cluster may have at most \(machine.clusterLimit) blocks, not \(configuration.cluster).")
    }
    let shared = kernel.staticSharedByteCount + configuration.dynamicSharedByteCount
    guard shared <= machine.sharedMemoryLimit else {
      throw refused(
        "a block may have at most \(machine.sharedMemoryLimit) bytes of shared memory, not \(shared)."
      )
    }
  }

  /// Lays out the checked arguments as the kernel's parameters.
  private func parameterBytes(_ arguments: [KernelArgument], kernel: DecodedKernel) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: kernel.parameterByteCount)
    for (argument, parameter) in zip(arguments, kernel.parameters) {
      bytes.replaceSubrange(
        parameter.offset..<parameter.offset + parameter.byteCount, with: argument.bytes)
    }
    return bytes
  }
}

extension DecodedKernel {
  /// Returns the extents that a directive of the kernel fixes.
  fileprivate func extents(_ directive: String) -> Dimensions? {
    guard let values = function.directive(directive), let x = values.first else { return nil }
    return Dimensions(x, values.count > 1 ? values[1] : 1, values.count > 2 ? values[2] : 1)
  }
}
