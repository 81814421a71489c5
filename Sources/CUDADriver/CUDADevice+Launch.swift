import DeviceRuntime

extension CUDADevice {
  /// Runs a kernel to its end.
  ///
  /// The time is the GPU's own, between two events around the launch; it has a resolution of about
  /// half a microsecond, and holds the few microseconds that a launch takes.
  ///
  /// - Parameters:
  ///   - program: The kernel.
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order.
  /// - Returns: How long the kernel took; nothing is counted.
  /// - Throws: `DeviceError.programRejected` where the driver refuses the text, `.invalidLaunch`
  ///   where it refuses the launch, `.fault` where the kernel fails.
  @discardableResult
  public func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    try program.checkLaunch(configuration, arguments)
    return try withContext { () throws(DeviceError) in
      let function = try function(program)
      let sharedByteCount = max(
        configuration.dynamicSharedByteCount, program.dynamicSharedByteCount)
      try prepare(function, program, configuration, sharedByteCount)
      let start = try makeEvent()
      defer { destroy(start) }
      let end = try makeEvent()
      defer { destroy(end) }
      let launch = LaunchBlock(
        configuration, sharedByteCount: sharedByteCount, stream: stream,
        // A kernel that fixes its cluster is launched with that; giving it again may be refused.
        hasClusterAttribute: program.cluster == nil && configuration.cluster.count > 1)
      try queue.withLock { _ throws(DeviceError) in
        try record(start)
        try enqueue(launch, function, arguments, program.entry)
        try record(end)
      }
      let status = unsafe driver.functions.synchronizeEvent(end.pointer)
      try checkRun(status, "cuEventSynchronize", program.entry)
      return LaunchResult(seconds: try seconds(from: start, to: end))
    }
  }

  /// Allows a function the shared memory and the cluster that a launch wants.
  private func prepare(
    _ function: DriverHandle, _ program: Program, _ configuration: LaunchConfiguration,
    _ dynamicByteCount: Int
  ) throws(DeviceError) {
    var fixed: Int32 = 0
    try check(
      unsafe driver.functions.functionAttribute(
        &fixed, FunctionAttribute.staticSharedByteCount.rawValue, function.pointer),
      "cuFuncGetAttribute")
    guard Int(fixed) + dynamicByteCount <= sharedMemoryLimit else {
      throw .invalidLaunch(
        entry: program.entry,
        reason: """
          it needs \(Int(fixed) + dynamicByteCount) bytes of shared memory; a block may have \
          \(sharedMemoryLimit).
          """)
    }
    if dynamicByteCount > 0 {
      try set(.dynamicSharedByteCount, of: function, to: Int32(dynamicByteCount))
    }
    // Every GPU with clusters takes 8 blocks; more must be asked for.
    if configuration.cluster.count > 8 {
      try set(.allowsLargeClusters, of: function, to: 1)
    }
  }

  /// Sets an attribute of a function.
  private func set(
    _ attribute: FunctionAttribute, of function: DriverHandle, to value: Int32
  ) throws(DeviceError) {
    try check(
      unsafe driver.functions.setFunctionAttribute(function.pointer, attribute.rawValue, value),
      "cuFuncSetAttribute")
  }

  /// Puts a launch into the stream.
  private func enqueue(
    _ launch: borrowing LaunchBlock, _ function: DriverHandle, _ arguments: [KernelArgument],
    _ entry: String
  ) throws(DeviceError) {
    let block = ArgumentBlock(arguments)
    // The driver copies the arguments before it returns, each as long as the function's parameter;
    // `checkLaunch` compared the lengths with the program's.
    let status = unsafe launch.withPointer { configuration in
      unsafe block.withPointers { parameters in
        unsafe driver.functions.launch(configuration, function.pointer, parameters, nil)
      }
    }
    try checkRun(status, "cuLaunchKernelEx", entry)
  }

  /// Throws unless a launch was accepted and ran to its end.
  private func checkRun(
    _ status: Int32, _ call: StaticString, _ entry: String
  ) throws(DeviceError) {
    let code = DriverStatus(rawValue: status)
    guard code != .success else { return }
    let what = driver.describe(code)
    guard let kind = code.faultKind else {
      throw .invalidLaunch(entry: entry, reason: "\(call) returned \(what).")
    }
    throw .fault(
      KernelFault(
        kind: kind, entry: entry,
        report: """
          The kernel '\(entry)' failed on \(name): \(what). The GPU does not say where; the \
          simulator does.
          """))
  }

  /// Makes an event that takes the time.
  private func makeEvent() throws(DeviceError) -> DriverHandle {
    try unsafe driver.pointer("cuEventCreate", device: name) { result in
      unsafe driver.functions.createEvent(result, 0)
    }
  }

  /// Puts an event into the stream.
  private func record(_ event: DriverHandle) throws(DeviceError) {
    let status = unsafe driver.functions.recordEvent(event.pointer, stream.pointer)
    try check(status, "cuEventRecord")
  }

  /// Destroys an event; the driver waits for it, if it is still to come.
  private func destroy(_ event: DriverHandle) {
    _ = unsafe driver.functions.destroyEvent(event.pointer)
  }

  /// Returns the seconds between two events that have both been reached.
  private func seconds(
    from start: DriverHandle, to end: DriverHandle
  ) throws(DeviceError) -> Double {
    let milliseconds = try unsafe driver.value("cuEventElapsedTime", device: name, Float(0)) {
      unsafe driver.functions.elapsedMilliseconds($0, start.pointer, end.pointer)
    }
    return Double(milliseconds) / 1000
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
