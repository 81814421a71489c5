// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Program {
  /// Checks what every device asks of a launch of this program, whose arguments name memory that
  /// `device` can use.
  ///
  /// - Parameters:
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order.
  ///   - device: The device that is to run the kernel.
  /// - Throws: `DeviceError.invalidLaunch` for the first rule that is broken.
  public func checkLaunch(
    _ configuration: LaunchConfiguration, _ arguments: [KernelArgument], on device: any Device
  ) throws(DeviceError) {
    try checkLaunch(configuration, arguments)
    for (parameter, argument) in zip(parameters, arguments) {
      guard let memory = argument.memory, !device.canUse(memory) else { continue }
      throw .invalidLaunch(
        entry: entry,
        reason: """
          the argument of '\(parameter.name)' is memory of '\(memory.device.name)', not of \
          '\(device.name)'.
          """)
    }
  }

  /// Checks the rules for a launch of this program that hold on every device.
  ///
  /// Each device checks its own limits, such as shared memory.
  ///
  /// - Parameters:
  ///   - configuration: Grid, block, cluster and dynamic shared memory.
  ///   - arguments: One argument for each parameter, in order.
  /// - Throws: `DeviceError.invalidLaunch` for the first rule that is broken.
  public func checkLaunch(
    _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) {
    if let reason = broken(configuration) ?? broken(arguments) {
      throw .invalidLaunch(entry: entry, reason: reason)
    }
  }

  /// Checks the extents and the shared memory of a launch of this program.
  ///
  /// - Throws: `DeviceError.invalidLaunch` for the first rule that is broken.
  public func checkExtents(_ configuration: LaunchConfiguration) throws(DeviceError) {
    if let reason = broken(configuration) { throw .invalidLaunch(entry: entry, reason: reason) }
  }

  /// Returns the rule that the extents break, if any.
  private func broken(_ configuration: LaunchConfiguration) -> String? {
    if let rule = configuration.brokenRule { return rule }
    if let required = block, required != configuration.block {
      return "the block is \(configuration.block), but the kernel requires \(required)."
    }
    if let required = cluster, required != configuration.cluster {
      return "the cluster is \(configuration.cluster), but the kernel requires \(required)."
    }
    return nil
  }

  /// Returns which rule the arguments break, if any.
  private func broken(_ arguments: [KernelArgument]) -> String? {
    guard arguments.count == parameters.count else {
      return "it has \(parameters.count) parameters but was given \(arguments.count) arguments."
    }
    for (parameter, argument) in zip(parameters, arguments) {
      guard parameter.byteCount == argument.bytes.count else {
        return """
          the parameter '\(parameter.name)' has \(parameter.byteCount) bytes, but its argument \
          \(argument.bytes.count).
          """
      }
      guard argument.alignment > 0, argument.alignment.nonzeroBitCount == 1 else {
        return """
          the alignment of the argument of '\(parameter.name)' must be a power of two, not \
          \(argument.alignment).
          """
      }
    }
    return nil
  }
}

extension LaunchConfiguration {
  /// The first rule that the launch breaks whatever the kernel: a sentence; nil where it breaks none.
  package var brokenRule: String? {
    for (name, extents) in [("grid", grid), ("block", block), ("cluster", cluster)] {
      guard min(extents.x, extents.y, extents.z) >= 1 else {
        return "the \(name) \(extents) has an extent that is not positive."
      }
    }
    guard grid.x <= Int(Int32.max), max(grid.y, grid.z) <= 65535 else {
      return "the grid \(grid) is larger than 2147483647x65535x65535."
    }
    guard max(block.x, block.y) <= 1024, block.z <= 64, block.count <= 1024 else {
      return "the block \(block) has more than 1024 threads, or more than 64 along z."
    }
    guard max(cluster.x, cluster.y, cluster.z) <= 16, cluster.count <= 16 else {
      return "the cluster \(cluster) has more than 16 blocks."
    }
    guard
      grid.x % cluster.x == 0, grid.y % cluster.y == 0, grid.z % cluster.z == 0
    else { return "the grid \(grid) is not a whole number of clusters of \(cluster)." }
    guard (0...Int(Int32.max)).contains(dynamicSharedByteCount) else {
      return "a block cannot have \(dynamicSharedByteCount) bytes of shared memory."
    }
    return nil
  }
}
