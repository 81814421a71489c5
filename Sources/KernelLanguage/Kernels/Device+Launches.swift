// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Made by Scripts/generate-launches.py; change that, not this.

import DeviceRuntime

// With a fixed number of parameters the compiler says which argument is wrong.

extension Device {
  /// Runs a kernel of no parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture
  >(
    _ kernel: Kernel<Machine>,
    grid: Dimensions, block: Dimensions? = nil
  ) throws(DeviceError) -> LaunchResult {
    let packed = LaunchArguments()
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 1 parameter to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter
  >(
    _ kernel: Kernel<Machine, Argument1>,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 2 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter
  >(
    _ kernel: Kernel<Machine, Argument1, Argument2>,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 3 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter
  >(
    _ kernel: Kernel<Machine, Argument1, Argument2, Argument3>,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 4 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter
  >(
    _ kernel: Kernel<Machine, Argument1, Argument2, Argument3, Argument4>,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 5 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter
  >(
    _ kernel: Kernel<Machine, Argument1, Argument2, Argument3, Argument4, Argument5>,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 6 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 7 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter,
    Argument7: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6, Argument7
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6,
    _ argument7: Argument7
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    argument7.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 8 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter,
    Argument7: KernelParameter,
    Argument8: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6, Argument7, Argument8
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6,
    _ argument7: Argument7,
    _ argument8: Argument8
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    argument7.pass(to: &packed)
    argument8.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 9 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter,
    Argument7: KernelParameter,
    Argument8: KernelParameter,
    Argument9: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6, Argument7, Argument8, Argument9
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6,
    _ argument7: Argument7,
    _ argument8: Argument8,
    _ argument9: Argument9
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    argument7.pass(to: &packed)
    argument8.pass(to: &packed)
    argument9.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 10 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter,
    Argument7: KernelParameter,
    Argument8: KernelParameter,
    Argument9: KernelParameter,
    Argument10: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6, Argument7, Argument8, Argument9, Argument10
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6,
    _ argument7: Argument7,
    _ argument8: Argument8,
    _ argument9: Argument9,
    _ argument10: Argument10
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    argument7.pass(to: &packed)
    argument8.pass(to: &packed)
    argument9.pass(to: &packed)
    argument10.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 11 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter,
    Argument7: KernelParameter,
    Argument8: KernelParameter,
    Argument9: KernelParameter,
    Argument10: KernelParameter,
    Argument11: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6, Argument7, Argument8, Argument9, Argument10, Argument11
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6,
    _ argument7: Argument7,
    _ argument8: Argument8,
    _ argument9: Argument9,
    _ argument10: Argument10,
    _ argument11: Argument11
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    argument7.pass(to: &packed)
    argument8.pass(to: &packed)
    argument9.pass(to: &packed)
    argument10.pass(to: &packed)
    argument11.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }

  /// Runs a kernel of 12 parameters to its end, as `launch` for any number does.
  @discardableResult
  public func launch<
    Machine: Architecture,
    Argument1: KernelParameter,
    Argument2: KernelParameter,
    Argument3: KernelParameter,
    Argument4: KernelParameter,
    Argument5: KernelParameter,
    Argument6: KernelParameter,
    Argument7: KernelParameter,
    Argument8: KernelParameter,
    Argument9: KernelParameter,
    Argument10: KernelParameter,
    Argument11: KernelParameter,
    Argument12: KernelParameter
  >(
    _ kernel: Kernel<
      Machine, Argument1, Argument2, Argument3, Argument4, Argument5,
      Argument6, Argument7, Argument8, Argument9, Argument10, Argument11,
      Argument12
    >,
    grid: Dimensions, block: Dimensions? = nil,
    _ argument1: Argument1,
    _ argument2: Argument2,
    _ argument3: Argument3,
    _ argument4: Argument4,
    _ argument5: Argument5,
    _ argument6: Argument6,
    _ argument7: Argument7,
    _ argument8: Argument8,
    _ argument9: Argument9,
    _ argument10: Argument10,
    _ argument11: Argument11,
    _ argument12: Argument12
  ) throws(DeviceError) -> LaunchResult {
    var packed = LaunchArguments()
    argument1.pass(to: &packed)
    argument2.pass(to: &packed)
    argument3.pass(to: &packed)
    argument4.pass(to: &packed)
    argument5.pass(to: &packed)
    argument6.pass(to: &packed)
    argument7.pass(to: &packed)
    argument8.pass(to: &packed)
    argument9.pass(to: &packed)
    argument10.pass(to: &packed)
    argument11.pass(to: &packed)
    argument12.pass(to: &packed)
    return try launch(kernel, grid: grid, block: block, passing: packed)
  }
}
