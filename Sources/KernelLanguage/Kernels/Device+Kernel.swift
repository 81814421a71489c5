// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension Device {
  /// Runs a kernel of any number of parameters to its end.
  ///
  /// Up to twelve parameters there is a function for each number, which the compiler prefers: it says
  /// which argument is wrong.
  ///
  /// - Parameters:
  ///   - kernel: The kernel.
  ///   - grid: The blocks of the grid.
  ///   - block: The threads of a block, given if and only if the kernel does not declare them.
  ///   - arguments: An argument of the declared type for each parameter.
  /// - Returns: The time the kernel took, and the counters.
  /// - Throws: `programRejected` if the kernel is invalid, `invalidLaunch` if the launch is, and
  ///   the device's errors.
  @_disfavoredOverload
  @discardableResult
  public func launch<Machine: Architecture, each Argument: KernelParameter>(
    _ kernel: Kernel<Machine, repeat each Argument>, grid: Dimensions, block: Dimensions? = nil,
    _ arguments: repeat each Argument
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    repeat (each arguments).pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel to its end with arguments that are packed.
  func launch<Machine: Architecture, each Argument: KernelParameter>(
    _ kernel: Kernel<Machine, repeat each Argument>, grid: Dimensions, block: Dimensions?,
    passing arguments: LaunchArguments
  ) throws(DeviceError) -> LaunchResult {
    let program: Program
    do {
      program = try kernel.program()
    } catch {
      throw .programRejected(entry: kernel.entry, reason: error.description)
    }
    let threads = try program.resolvedBlock(block)
    try program.check(arguments)
    let configuration = LaunchConfiguration(
      grid: grid, block: threads, cluster: program.cluster ?? 1,
      dynamicSharedByteCount: program.dynamicSharedByteCount)
    return try launch(program, configuration, arguments.values)
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
      throw invalid(
        "the kernel leaves the threads of a block to the launch, which does not give them.")
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
