extension Program {
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

  /// Returns the rule that the extents break, if any.
  private func broken(_ configuration: LaunchConfiguration) -> String? {
    let (grid, block, cluster) = (
      configuration.grid, configuration.block, configuration.cluster
    )
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
    if let required = self.block, required != block {
      return "the block is \(block), and the kernel asks for \(required)."
    }
    if let required = self.cluster, required != cluster {
      return "the cluster is \(cluster), and the kernel asks for \(required)."
    }
    guard (0...Int(Int32.max)).contains(configuration.dynamicSharedByteCount) else {
      return "a block cannot have \(configuration.dynamicSharedByteCount) bytes of shared memory."
    }
    return nil
  }

  /// Returns the rule that the arguments break, if any.
  private func broken(_ arguments: [KernelArgument]) -> String? {
    guard arguments.count == parameters.count else {
      return "it has \(parameters.count) parameters and was given \(arguments.count) arguments."
    }
    for (parameter, argument) in zip(parameters, arguments)
    where parameter.byteCount != argument.bytes.count {
      return """
        the parameter '\(parameter.name)' has \(parameter.byteCount) bytes and its argument \
        \(argument.bytes.count).
        """
    }
    return nil
  }
}
