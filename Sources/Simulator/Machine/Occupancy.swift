// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The number of blocks of a kernel that an SM holds at a time, and the resource that limits it.
///
/// - SeeAlso: CUDA C++ Programming Guide, "Occupancy"; `cuda_occupancy.h`.
package struct Occupancy: Equatable {
  /// A resource of an SM that blocks need.
  package enum Resource: String, CaseIterable {
    case blocks, threads, sharedMemory, registers, tensorMemory
  }

  /// The blocks that fit, by what they need.
  package let limits: [Resource: Int]

  /// The partitions of an SM, over which its warps are distributed; each has its own registers.
  private static let partitionCount = 4

  /// Counts the blocks.
  ///
  /// - Parameters:
  ///   - machine: The machine.
  ///   - threadCount: The threads of a block.
  ///   - sharedByteCount: The shared memory of a block, static and dynamic, in bytes.
  ///   - registerCount: The registers of a thread, where they are known.
  ///   - tensorColumnCount: The columns of Tensor Memory that a block allocates.
  package init(
    on machine: SimulatedMachine, threadCount: Int, sharedByteCount: Int, registerCount: Int?,
    tensorColumnCount: Int = 0
  ) {
    let warpCount = max((threadCount + 31) / 32, 1)
    // Shared memory is allocated in units of 128 bytes, and the system reserves some for each block.
    let shared = sharedByteCount + SimulatedMachine.reservedSharedByteCount
    var limits: [Resource: Int] = [
      .blocks: machine.blocksPerMultiprocessor,
      .threads: machine.threadsPerMultiprocessor / (32 * warpCount),
      .sharedMemory: machine.sharedMemoryPerMultiprocessor / ((shared + 127) / 128 * 128),
    ]
    if let registerCount {
      // Each partition allocates registers to its warps in units of 256.
      let perWarp = max((32 * registerCount + 255) / 256 * 256, 256)
      let warpsOfPartition = machine.registersPerMultiprocessor / Occupancy.partitionCount / perWarp
      limits[.registers] = warpsOfPartition * Occupancy.partitionCount / warpCount
    }
    if tensorColumnCount > 0 { limits[.tensorMemory] = 512 / tensorColumnCount }
    self.limits = limits
  }

  /// The number of blocks that an SM holds.
  package var blocksPerMultiprocessor: Int { limits.values.min() ?? 0 }

  /// The resources that limit the number of blocks.
  package var bound: [Resource] {
    Resource.allCases.filter { limits[$0] == blocksPerMultiprocessor }
  }
}
