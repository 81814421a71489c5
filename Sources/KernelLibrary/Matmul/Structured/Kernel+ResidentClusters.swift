// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

extension Kernel {
  /// Returns the grid of a launch that computes a product with a configuration.
  func grid(
    of configuration: StructuredConfiguration, for shape: MatmulShape, on device: any Device
  ) throws(DeviceError) -> Dimensions {
    let clusters = configuration.clusterCount(
      shape, clusterLimit: try residentClusterCount(on: device))
    return Dimensions(clusters * configuration.clusterBlockCount)
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
