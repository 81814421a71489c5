// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension CUDADevice {
  /// Runs a kernel, and returns when it has finished.
  ///
  /// The duration is measured on the GPU by two events around the launch. Its resolution is about
  /// half a microsecond, and it includes the few microseconds that a launch takes.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order.
  /// - Returns: The duration of the kernel, without counters.
  /// - Throws: `DeviceError.programRejected` if the driver refuses the text, `.invalidLaunch` if it
  ///   refuses the launch, `.fault` if the kernel faults or exceeds `timeLimit`.
  @discardableResult
  public func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    // The kernel may use the memory of its arguments until it has ended.
    defer { withExtendedLifetime(arguments) {} }
    return try withContext { () throws(DeviceError) in
      let ready = try ReadyLaunch(program, configuration, arguments, on: self)
      let span = try EventSpan(on: self)
      let number = try queue.withLock { count throws(DeviceError) in
        try span.recordStart(in: stream)
        try ready.enqueue(in: stream)
        try span.recordEnd(in: stream)
        count += 1
        return count
      }
      let seconds = try span.wait(for: .launch(number, program.entry, configuration))
      return LaunchResult(seconds: seconds[0])
    }
  }
}

extension CUDADevice {
  /// Returns the number of clusters of a kernel that the GPU can run at the same time.
  ///
  /// - Throws: `DeviceError.programRejected` or `.invalidLaunch`, as `launch` does.
  public func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try withContext { () throws(DeviceError) in
      try ReadyLaunch(program, configuration, on: self).residentClusterCount()
    }
  }
}

/// A checked launch whose function is loaded and configured.
struct ReadyLaunch {
  /// The device.
  private let device: CUDADevice

  /// The function.
  private let function: DriverHandle

  /// The kernel.
  private let program: Program

  /// Grid, block, cluster and dynamic shared memory.
  private let configuration: LaunchConfiguration

  /// The arguments.
  private let arguments: [KernelArgument]

  /// The dynamic shared memory of a block.
  private let sharedByteCount: Int

  /// Checks a launch, and compiles and loads its function.
  ///
  /// - Precondition: The device's context is current.
  init(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument],
    on device: CUDADevice
  ) throws(DeviceError) {
    try program.checkLaunch(configuration, arguments, on: device)
    try self.init(checked: program, configuration, arguments, on: device)
  }

  /// Prepares a query to the driver about a launch that is not executed.
  ///
  /// - Precondition: The device's context is current.
  init(
    _ program: Program, _ configuration: LaunchConfiguration, on device: CUDADevice
  ) throws(DeviceError) {
    try program.checkExtents(configuration)
    try self.init(checked: program, configuration, [], on: device)
  }

  /// Compiles and loads the function of a launch.
  private init(
    checked program: Program, _ configuration: LaunchConfiguration,
    _ arguments: [KernelArgument], on device: CUDADevice
  ) throws(DeviceError) {
    self.device = device
    self.program = program
    self.configuration = configuration
    self.arguments = arguments
    function = try device.function(program)
    sharedByteCount = max(configuration.dynamicSharedByteCount, program.dynamicSharedByteCount)
    try allowResources()
  }

  /// Enqueues the launch in a stream.
  ///
  /// - Parameters:
  ///   - stream: The stream.
  ///   - mayOverlap: Whether a kernel that waits for the preceding grids itself may start before
  ///     they end (programmatic dependent launch).
  /// - Throws: `DeviceError` if the driver refuses the launch.
  /// - Precondition: The device's context is current.
  func enqueue(in stream: DriverHandle, mayOverlap: Bool = false) throws(DeviceError) {
    let launch = LaunchBlock(
      configuration, sharedByteCount: sharedByteCount, stream: stream,
      // The cluster is not passed for a kernel that fixes it, because the driver may refuse that.
      hasClusterAttribute: program.cluster == nil && configuration.cluster.count > 1,
      mayStartEarly: mayOverlap && program.waitsForEarlierGrids)
    let block = ArgumentBlock(arguments)
    // The driver copies the arguments before it returns, using the sizes of the function's
    // parameters; `checkLaunch` compared the program's sizes with those of the arguments.
    let status = unsafe launch.withPointer { configuration in
      unsafe block.withPointers { parameters in
        unsafe device.driver.functions.launch(configuration, function.pointer, parameters, nil)
      }
    }
    try device.checkRun(
      status, "cuLaunchKernelEx", .launch(nil, program.entry, configuration))
  }

  /// Returns the number of clusters that the GPU can run at the same time.
  func residentClusterCount() throws(DeviceError) -> Int {
    var count: Int32 = 0
    // Here the driver needs the cluster even for a kernel that fixes it.
    let launch = LaunchBlock(
      configuration, sharedByteCount: sharedByteCount, stream: device.stream,
      hasClusterAttribute: true)
    let status = unsafe launch.withPointer { configuration in
      unsafe device.driver.functions.residentClusters(&count, function.pointer, configuration)
    }
    try device.check(status, "cuOccupancyMaxActiveClusters")
    return Int(count)
  }

  /// Permits the function the shared memory and the cluster size of the launch.
  private func allowResources() throws(DeviceError) {
    var fixed: Int32 = 0
    try device.check(
      unsafe device.driver.functions.functionAttribute(
        &fixed, FunctionAttribute.staticSharedByteCount.rawValue, function.pointer),
      "cuFuncGetAttribute")
    guard Int(fixed) + sharedByteCount <= device.sharedMemoryLimit else {
      throw .invalidLaunch(
        entry: program.entry,
        reason: """
          it needs \(Int(fixed) + sharedByteCount) bytes of shared memory; a block may have \
          \(device.sharedMemoryLimit).
          """)
    }
    if sharedByteCount > 0 { try set(.dynamicSharedByteCount, to: Int32(sharedByteCount)) }
    // Every GPU with clusters permits 8 blocks; more need this attribute.
    if configuration.cluster.count > 8 { try set(.allowsLargeClusters, to: 1) }
  }

  /// Sets an attribute of the function.
  private func set(_ attribute: FunctionAttribute, to value: Int32) throws(DeviceError) {
    try device.check(
      unsafe device.driver.functions.setFunctionAttribute(
        function.pointer, attribute.rawValue, value),
      "cuFuncSetAttribute")
  }
}

/// Attributes of a function.
///
/// - SeeAlso: CUDA Driver API, `CUfunction_attribute`.
private enum FunctionAttribute: Int32 {
  case staticSharedByteCount = 1
  case dynamicSharedByteCount = 8
  case allowsLargeClusters = 14
}
