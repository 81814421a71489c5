import DeviceRuntime

extension Device {
  /// Runs a kernel to its end.
  ///
  /// - Parameters:
  ///   - kernel: The kernel.
  ///   - grid: The blocks of the grid.
  ///   - block: The threads of a block, given exactly where the kernel leaves them open.
  ///   - arguments: An argument of the declared type for each parameter.
  /// - Returns: How long the kernel took, and what was counted.
  /// - Throws: `programRejected` where the kernel is invalid, `invalidLaunch` where the launch is,
  ///   and what the device throws.
  @discardableResult
  public func launch<Machine: Architecture, each Argument: KernelParameter>(
    _ kernel: Kernel<Machine, repeat each Argument>, grid: Dimensions, block: Dimensions? = nil,
    _ arguments: repeat each Argument
  ) throws(DeviceError) -> LaunchResult {
    let program: Program
    do {
      program = try kernel.program()
    } catch {
      throw .programRejected(entry: kernel.entry, reason: error.description)
    }
    let threads = try program.resolvedBlock(block)
    var packed = LaunchArguments()
    repeat (each arguments).pass(to: &packed)
    try program.check(packed)
    let configuration = LaunchConfiguration(
      grid: grid, block: threads, cluster: program.cluster ?? 1,
      dynamicSharedByteCount: program.dynamicSharedByteCount)
    return try launch(program, configuration, packed.values)
  }
}

extension Program {
  /// Returns the threads of a block, said by the kernel or by the launch.
  fileprivate func resolvedBlock(_ given: Dimensions?) throws(DeviceError) -> Dimensions {
    switch (block, given) {
    case (let declared?, nil): return declared
    case (nil, let given?): return given
    case (let declared?, let given?):
      guard declared == given else {
        throw invalid("the kernel's blocks have \(declared) threads, not \(given).")
      }
      return declared
    case (nil, nil):
      throw invalid("the kernel leaves the threads of a block to the launch, which gives none.")
    }
  }

  /// Checks that each tensor map was made for the tile that it fills.
  fileprivate func check(_ arguments: LaunchArguments) throws(DeviceError) {
    for (position, map) in arguments.tensorMaps.sorted(by: { $0.key < $1.key }) {
      // A list that is too long is refused with its length.
      guard parameters.indices.contains(position),
        let requirement = parameters[position].tensorMap
      else { continue }
      guard !requirement.isMet(by: map) else { continue }
      throw invalid(
        """
        the tensor map '\(parameters[position].name)' has boxes of \(map.box) \
        \(map.elementType.rawValue) elements, swizzle \(map.swizzle); the tile \
        '\(requirement.tileName)' needs \(requirement.box) \
        \(requirement.elementType.rawValue), swizzle \(requirement.swizzle).
        """)
    }
  }

  /// Returns the error of a launch that breaks a rule.
  private func invalid(_ reason: String) -> DeviceError {
    .invalidLaunch(entry: entry, reason: reason)
  }
}
