import Simulator

/// How many blocks of a kernel a multiprocessor holds at a time, and what it runs out of first.
///
/// - SeeAlso: CUDA C++ Programming Guide, "Occupancy"; `cuda_occupancy.h`.
struct Occupancy: Encodable, Equatable {
  /// The blocks that fit, by what they need.
  let limits: [String: Int]

  /// Counts the blocks.
  ///
  /// - Parameters:
  ///   - machine: The machine.
  ///   - threadCount: The threads of a block.
  ///   - sharedByteCount: The shared memory of a block, static and dynamic, in bytes.
  ///   - registerCount: The registers of a thread, where they are known.
  ///   - tensorColumnCount: The columns of Tensor Memory that a block allocates.
  init(
    on machine: SimulatedMachine, threadCount: Int, sharedByteCount: Int, registerCount: Int?,
    tensorColumnCount: Int
  ) {
    let warpCount = (threadCount + 31) / 32
    // Shared memory is given out in units of 128 bytes, with a part of the system's own.
    let shared = sharedByteCount + SimulatedMachine.reservedSharedByteCount
    var limits = [
      "blocks": machine.blocksPerMultiprocessor,
      "threads": machine.threadsPerMultiprocessor / max(32 * warpCount, 1),
      "sharedMemory": machine.sharedMemoryPerMultiprocessor / ((shared + 127) / 128 * 128),
    ]
    if let registerCount {
      // Each of four parts of the multiprocessor gives its warps registers in units of 256.
      let perWarp = max((32 * registerCount + 255) / 256 * 256, 256)
      let warps = machine.registersPerMultiprocessor / 4 / perWarp * 4
      limits["registers"] = warps / max(warpCount, 1)
    }
    if tensorColumnCount > 0 { limits["tensorMemory"] = 512 / tensorColumnCount }
    self.limits = limits
  }

  /// The blocks that a multiprocessor holds.
  var blocksPerMultiprocessor: Int { limits.values.min() ?? 0 }

  /// What there would have to be more of, for more blocks.
  var bound: [String] {
    limits.filter { $0.value == blocksPerMultiprocessor }.map(\.key).sorted()
  }

  /// The keys of the object.
  private enum Key: String, CodingKey {
    case blocksPerMultiprocessor, limits, bound
  }

  /// Writes the object.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(blocksPerMultiprocessor, forKey: .blocksPerMultiprocessor)
    try container.encode(limits, forKey: .limits)
    try container.encode(bound, forKey: .bound)
  }
}
