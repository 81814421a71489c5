// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The `CUlaunchConfig` of a launch, with its attributes.
///
/// - SeeAlso: CUDA Driver API, `cuLaunchKernelEx`; `cuda.h`, `CUlaunchConfig_st` (56 bytes) and
///   `CUlaunchAttribute_st` (72 bytes: an identifier, and at offset 8 a union of 64).
@safe struct LaunchBlock: ~Copyable {
  /// The offset of the first attribute, after the configuration.
  private static let attributeOffset = 64

  /// The bytes of an attribute.
  private static let attributeByteCount = 72

  /// The structures, one after the other.
  private let memory: UnsafeMutableRawPointer

  /// Lays out the structures as C does.
  ///
  /// - Parameters:
  ///   - configuration: The extents of grid, block and cluster, all below 2^32.
  ///   - sharedByteCount: The dynamic shared memory of a block.
  ///   - stream: The stream that the kernel runs in.
  ///   - hasClusterAttribute: Whether the launch passes the cluster.
  ///   - mayStartEarly: Whether the kernel may start before the preceding one in the stream has
  ///     ended.
  init(
    _ configuration: LaunchConfiguration, sharedByteCount: Int, stream: DriverHandle,
    hasClusterAttribute: Bool, mayStartEarly: Bool = false
  ) {
    let byteCount = LaunchBlock.attributeOffset + 2 * LaunchBlock.attributeByteCount
    unsafe memory = .allocate(byteCount: byteCount, alignment: 8)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let grid = configuration.grid
    let block = configuration.block
    let extents = [grid.x, grid.y, grid.z, block.x, block.y, block.z, sharedByteCount]
    for (index, extent) in extents.enumerated() { store(UInt32(extent), at: 4 * index) }
    store(UInt(bitPattern: unsafe stream.pointer), at: 32)
    let cluster = configuration.cluster
    var attributes: [(identifier: UInt32, values: [Int])] = []
    // CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION
    if hasClusterAttribute { attributes.append((4, [cluster.x, cluster.y, cluster.z])) }
    // CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION
    if mayStartEarly { attributes.append((6, [1])) }
    guard !attributes.isEmpty else { return }
    store(UInt(bitPattern: unsafe memory + LaunchBlock.attributeOffset), at: 40)
    store(UInt32(attributes.count), at: 48)
    for (index, attribute) in attributes.enumerated() {
      let offset = LaunchBlock.attributeOffset + index * LaunchBlock.attributeByteCount
      store(attribute.identifier, at: offset)
      for (place, value) in attribute.values.enumerated() {
        store(UInt32(value), at: offset + 8 + 4 * place)
      }
    }
  }

  deinit { unsafe memory.deallocate() }

  /// Stores a field; every offset above is in the memory and aligned for the field.
  private func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
    unsafe memory.storeBytes(of: value, toByteOffset: offset, as: type(of: value))
  }

  /// Calls `body` with the `CUlaunchConfig`, which is valid during the call.
  func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
    unsafe body(UnsafeRawPointer(memory))
  }
}
