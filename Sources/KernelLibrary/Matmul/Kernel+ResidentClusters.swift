import DeviceRuntime
import KernelLanguage

extension Kernel {
  /// Returns the blocks of a launch that computes a product with a configuration.
  func grid(
    of configuration: StructuredConfiguration, for shape: MatmulShape, on device: any Device
  ) throws(DeviceError) -> Dimensions {
    let limit = try residentClusterCount(on: device)
    let clusters =
      configuration.splitKPlan(shape, clusterLimit: limit)?.clusterCount
      ?? configuration.scheduler.clusterCount(
        tileCount: configuration.clusterTiles(shape).count, clusterLimit: limit)
    return Dimensions(clusters * configuration.clusterBlockCount)
  }

  /// Returns how many clusters of the kernel the device runs at the same time.
  func residentClusterCount(on device: any Device) throws(DeviceError) -> Int {
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
