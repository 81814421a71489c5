// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import StructuredKernels
import Testing
import TileLayout

/// A kernel, and the number of instructions that its configuration requires.
struct ScheduledKernel: Sendable, CustomTestStringConvertible {
  /// The name in test reports.
  let testDescription: String

  /// Returns the module.
  let module: @Sendable () throws -> Module

  /// The expected counts.
  let expected: InstructionCounts
}

// MARK: - The production kernels

extension ScheduledKernel {
  /// Production kernels: the default tiles and others, with and without clusters, and other types.
  static func production() throws -> [ScheduledKernel] {
    let configurations = [
      monolithicSchedule,
      StructuredConfiguration(tileM: 128, tileN: 128, tileK: 64, stageCount: 6, clusterM: 1),
      StructuredConfiguration(tileM: 128, tileN: 256, tileK: 128, stageCount: 2, clusterM: 4),
      StructuredConfiguration(tileM: 128, tileN: 64, tileK: 64, stageCount: 3, clusterM: 2),
    ]
    return try configurations.flatMap { configuration in
      var deferring = configuration
      deferring.defersStores = true
      return [
        try hopper(deferring, BFloat16.self), try hopper(configuration, BFloat16.self),
        try hopper(configuration, Float.self),
        try blackwell(configuration, BFloat16.self), try blackwell(configuration, Float.self),
      ]
    }
  }

  /// Returns the kernel for Hopper.
  private static func hopper<Output: StoredElement>(
    _ configuration: StructuredConfiguration, _ output: Output.Type
  ) throws -> ScheduledKernel {
    let matmul = try StructuredMatmul<Hopper, BFloat16, Output, Identity>(configuration)
    let boxes = configuration.tileN * Output.elementType.byteCount / 128
    var counts = common(configuration, boxes: boxes, output)
    counts.merge([
      .wgmma: configuration.tileK / 16, .wgmmaFence: 1, .wgmmaCommit: 1,
      // After each group, and at the end of a tile.
      .wgmmaWait: 2,
      .registerMove: 2,
      // One announces bytes; two release a stage, after a group and at the end of a tile.
      .barrierArrive: 3,
    ]) { $1 }
    // The producer waits for empty stages, the consumers for full ones.
    counts[.barrierWait, default: 0] += 2
    if configuration.defersStores {
      // A tile's first stage has its own code; deferred boxes are stored in the next tile or last.
      for kind in [CountedKind.wgmma, .wgmmaFence, .wgmmaCommit] { counts[kind, default: 0] *= 2 }
      for kind in [CountedKind.tensorMapStore, .storeCommit, .matrixStore] {
        counts[kind, default: 0] *= 2
      }
      counts[.barrierWait, default: 0] += 1
    }
    return ScheduledKernel(
      testDescription: "hopper \(matmul.entry)", module: { try matmul.module() },
      expected: InstructionCounts(counts))
  }

  /// Returns the kernel for Blackwell.
  private static func blackwell<Output: StoredElement>(
    _ configuration: StructuredConfiguration, _ output: Output.Type
  ) throws -> ScheduledKernel {
    let matmul = try StructuredMatmul<Blackwell, BFloat16, Output, Identity>(configuration)
    // A warp stores 32 rows, 16 at a time.
    let boxes = 2 * configuration.tileN * Output.elementType.byteCount / 128
    var counts = common(configuration, boxes: boxes, output)
    counts.merge([
      .tensorMultiply: configuration.tileK / 16, .tensorLoad: boxes, .tensorAllocate: 1,
      // One commit frees a stage, one publishes an accumulator.
      .tensorCommit: 2,
      // One announces bytes; one releases an accumulator.
      .barrierArrive: 2,
    ]) { $1 }
    counts[.barrierInitialize, default: 0] += 2 * (512 / configuration.tileN)
    // Empty and full stages, empty and full accumulators.
    counts[.barrierWait, default: 0] += 4
    return ScheduledKernel(
      testDescription: "blackwell \(matmul.entry)", module: { try matmul.module() },
      expected: InstructionCounts(counts))
  }

  /// Returns the counts that both architectures have.
  private static func common<Output: StoredElement>(
    _ configuration: StructuredConfiguration, boxes: Int, _ output: Output.Type
  ) -> [CountedKind: Int] {
    let isAlone = configuration.clusterM == 1
    return [
      // A and the block's slice of B, 128 bytes of k at a time.
      .tensorMapLoad: 2 * configuration.tileK * 2 / 128,
      .tensorMapStore: boxes, .storeCommit: boxes, .mapPrefetch: 3,
      // Four 8 × 8 matrices of 16 bits at a time; f32 is stored without `stmatrix`.
      .matrixStore: Output.elementType.byteCount == 2 ? 4 * boxes : 0,
      .barrierInitialize: 2 * configuration.stageCount,
      // The ring drains before a block of a cluster ends.
      .barrierWait: isAlone ? 0 : 1, .clusterArrive: isAlone ? 0 : 1,
    ]
  }
}

// MARK: - The ladder

extension ScheduledKernel {
  /// The steps of the ladder that multiply by the tensor cores.
  static func ladder() throws -> [ScheduledKernel] {
    let loaded = SwizzleMode.allCases.map { TensorCoreConfiguration(swizzle: $0) }
    let stored = StoreCase.all.map(\.configuration)
    return try loaded.flatMap { configuration in
      [
        try step(TensorCoreMatmul<Hopper, BFloat16>(configuration), configuration),
        try step(TensorCoreMatmul<Blackwell, BFloat16>(configuration), configuration),
      ]
    }
      + stored.flatMap { configuration in
        [
          try step(TensorStoreMatmul<Hopper, BFloat16>(configuration), configuration),
          try step(TensorStoreMatmul<Blackwell, BFloat16>(configuration), configuration),
        ]
      }
  }

  /// Returns a step, with what it loads, multiplies and waits for.
  ///
  /// The counts of its stores are those of the text: another test checks the widths of C's boxes.
  private static func step(
    _ kernel: some MatmulKernel<BFloat16>, _ configuration: TensorCoreConfiguration
  ) throws -> ScheduledKernel {
    let stages = configuration.stages
    // Without a swizzle a box is one chunk of 16 bytes wide.
    let boxes = max(1, configuration.tileK * 2 / max(16, configuration.swizzle.spanByteCount))
    var counts: [CountedKind: Int] = [
      // Separate code fills the ring: a load for each stage but one; one more is in the loop.
      .tensorMapLoad: stages * 2 * boxes
    ]
    let steps = configuration.tileK / 16
    if kernel.description.target == .hopper {
      counts.merge([
        .wgmma: configuration.tileM / configuration.warpgroups / 64 * steps, .wgmmaFence: 1,
        .wgmmaCommit: 1, .wgmmaWait: 1, .barrierInitialize: 2 * stages,
        .barrierArrive: stages + 1, .barrierWait: stages + 1,
      ]) { $1 }
    } else {
      counts.merge([
        .tensorMultiply: steps, .tensorAllocate: 1, .tensorCommit: 2,
        .barrierInitialize: 2 * stages + 1, .barrierArrive: stages, .barrierWait: stages + 2,
      ]) { $1 }
    }
    let found = InstructionCounts(try kernel.module().functions[0]).counts
    for kind in [CountedKind.tensorMapStore, .storeCommit, .matrixStore, .tensorLoad] {
      counts[kind] = found[kind]
    }
    return ScheduledKernel(
      testDescription: "\(kernel.description.target.rawValue) \(kernel.entry)",
      module: { try kernel.module() }, expected: InstructionCounts(counts))
  }
}
