// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels

extension Kernel where Machine: StructuredMachine {
  /// Returns the grid of a launch that computes a product with a configuration, and the arguments of
  /// the numbering and of the scheduler.
  func plan(
    _ configuration: StructuredConfiguration, _ scheduling: any TileScheduling<Machine>,
    for shape: MatmulShape, on device: any Device
  ) throws(DeviceError) -> (grid: Dimensions, arguments: AddedArguments) {
    let tiles = configuration.scheduledTiles(
      shape, clusterLimit: try residentClusterCount(on: device),
      kernel: Machine.scheduledKernel(configuration))
    let arguments =
      try configuration.ordering.arguments(for: tiles, on: device)
      + scheduling.arguments(for: tiles, on: device)
    let clusters = scheduling.clusterCount(of: tiles)
    return (Dimensions(clusters * configuration.clusterBlockCount), AddedArguments(arguments))
  }

  /// Returns the number of clusters of the kernel that the device runs at the same time.
  private func residentClusterCount(on device: any Device) throws(DeviceError) -> Int {
    let program: Program
    do {
      program = try self.program()
    } catch {
      throw .programRejected(entry: entry, reason: error.description)
    }
    let cluster = declaration.cluster ?? 1
    return try device.residentClusterCount(
      of: program,
      LaunchConfiguration(
        grid: cluster, block: program.block ?? 1, cluster: cluster,
        dynamicSharedByteCount: program.dynamicSharedByteCount))
  }
}
