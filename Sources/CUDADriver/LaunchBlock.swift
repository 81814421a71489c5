import DeviceRuntime

/// The `CUlaunchConfig` of a launch, with the attribute that gives the cluster.
///
/// - SeeAlso: CUDA Driver API, `cuLaunchKernelEx`; `cuda.h`, `CUlaunchConfig_st` (56 bytes) and
///   `CUlaunchAttribute_st` (72 bytes: an identifier, and at offset 8 a union of 64).
@safe struct LaunchBlock: ~Copyable {
  /// The offset of the attribute behind the configuration.
  private static let attributeOffset = 64

  /// Both structures.
  private let memory: UnsafeMutableRawPointer

  /// Lays out the structures as C does.
  ///
  /// - Parameters:
  ///   - configuration: The extents of grid, block and cluster, all below 2^32.
  ///   - sharedByteCount: The dynamic shared memory of a block.
  ///   - stream: The stream that the kernel runs in.
  ///   - hasClusterAttribute: Whether the launch gives the cluster.
  init(
    _ configuration: LaunchConfiguration, sharedByteCount: Int, stream: DriverHandle,
    hasClusterAttribute: Bool
  ) {
    let byteCount = LaunchBlock.attributeOffset + 72
    unsafe memory = .allocate(byteCount: byteCount, alignment: 8)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let grid = configuration.grid
    let block = configuration.block
    let extents = [grid.x, grid.y, grid.z, block.x, block.y, block.z, sharedByteCount]
    for (index, extent) in extents.enumerated() { store(UInt32(extent), at: 4 * index) }
    store(UInt(bitPattern: unsafe stream.pointer), at: 32)
    guard hasClusterAttribute else { return }
    let attribute = LaunchBlock.attributeOffset
    store(UInt(bitPattern: unsafe memory + attribute), at: 40)
    store(UInt32(1), at: 48)
    // CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION
    store(UInt32(4), at: attribute)
    let cluster = configuration.cluster
    for (index, extent) in [cluster.x, cluster.y, cluster.z].enumerated() {
      store(UInt32(extent), at: attribute + 8 + 4 * index)
    }
  }

  deinit { unsafe memory.deallocate() }

  /// Stores a field; every offset above lies in the memory, at the field's alignment.
  private func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
    unsafe memory.storeBytes(of: value, toByteOffset: offset, as: type(of: value))
  }

  /// Returns what `body` returns, given the `CUlaunchConfig`, which is valid until then.
  func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
    unsafe body(UnsafeRawPointer(memory))
  }
}
