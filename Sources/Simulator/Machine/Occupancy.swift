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

  /// The parts of a multiprocessor over which its warps are spread, each with registers of its own.
  private static let splitFactor = 4

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
    // Shared memory is given out in units of 128 bytes, with a part of the system's own.
    let shared = sharedByteCount + SimulatedMachine.reservedSharedByteCount
    var limits: [Resource: Int] = [
      .blocks: machine.blocksPerMultiprocessor,
      .threads: machine.threadsPerMultiprocessor / (32 * warpCount),
      .sharedMemory: machine.sharedMemoryPerMultiprocessor / ((shared + 127) / 128 * 128),
    ]
    if let registerCount {
      // Each part gives its warps registers in units of 256.
      let perWarp = max((32 * registerCount + 255) / 256 * 256, 256)
      let warpsOfPart = machine.registersPerMultiprocessor / Occupancy.splitFactor / perWarp
      limits[.registers] = warpsOfPart * Occupancy.splitFactor / warpCount
    }
    if tensorColumnCount > 0 { limits[.tensorMemory] = 512 / tensorColumnCount }
    self.limits = limits
  }

  /// The blocks that a multiprocessor holds.
  package var blocksPerMultiprocessor: Int { limits.values.min() ?? 0 }

  /// The resources that limit the number of blocks.
  package var bound: [Resource] {
    Resource.allCases.filter { limits[$0] == blocksPerMultiprocessor }
  }
}
