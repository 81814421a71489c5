// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@Suite struct ProgramLaunchTests {
  /// A program with one 4-byte parameter and the given block and cluster.
  private func program(block: Dimensions? = nil, cluster: Dimensions? = nil) -> Program {
    Program(
      text: "", entry: "kernel", parameters: [.init(name: "count", byteCount: 4, alignment: 4)],
      block: block, cluster: cluster)
  }

  /// Launches that break a rule, and a part of the error message.
  private static let broken: [(LaunchConfiguration, String)] = [
    (LaunchConfiguration(grid: 0, block: 32), "grid 0x1x1"),
    (LaunchConfiguration(grid: 1, block: Dimensions(32, -1)), "block 32x-1x1"),
    (LaunchConfiguration(grid: Dimensions(1, 65536), block: 32), "larger than"),
    (LaunchConfiguration(grid: 1, block: 1025), "1024 threads"),
    (LaunchConfiguration(grid: 1, block: Dimensions(64, 32)), "1024 threads"),
    (LaunchConfiguration(grid: 3, block: 32, cluster: 2), "whole number of clusters"),
    (LaunchConfiguration(grid: 32, block: 32, cluster: 32), "16 blocks"),
    (LaunchConfiguration(grid: 1, block: 32, dynamicSharedByteCount: -1), "-1 bytes"),
  ]

  @Test(arguments: broken)
  func `a launch that breaks a rule is refused`(_ configuration: LaunchConfiguration, part: String)
  {
    let error = #expect(throws: DeviceError.self) {
      try program().checkLaunch(configuration, [KernelArgument(UInt32(1))])
    }
    #expect(error?.description.contains(part) == true, "\(String(describing: error))")
  }

  @Test func `a launch must have the extents that the kernel fixes`() throws {
    let arguments = [KernelArgument(UInt32(1))]
    let fixed = program(block: 64, cluster: 2)
    try fixed.checkLaunch(LaunchConfiguration(grid: 2, block: 64, cluster: 2), arguments)
    #expect(throws: DeviceError.self) {
      try fixed.checkLaunch(LaunchConfiguration(grid: 2, block: 32, cluster: 2), arguments)
    }
    #expect(throws: DeviceError.self) {
      try fixed.checkLaunch(LaunchConfiguration(grid: 2, block: 64), arguments)
    }
  }

  @Test func `the number and sizes of arguments must match the parameters`() throws {
    let configuration = LaunchConfiguration(grid: 1, block: 32)
    try program().checkLaunch(configuration, [KernelArgument(Float(1))])
    #expect(throws: DeviceError.self) { try program().checkLaunch(configuration, []) }
    #expect(throws: DeviceError.self) {
      try program().checkLaunch(configuration, [KernelArgument(UInt64(1))])
    }
  }
}
