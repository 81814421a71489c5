// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing
import TileLayout

/// The counters that each step of the ladder changes: 4 × 2 tiles of 64 × 64, and 5 k-tiles.
@Suite struct CounterTests {
  /// The number of blocks with 64 × 64 tiles.
  private static let blocks: UInt64 = 4 * 2

  /// The number of pairs of tiles that each block fetches.
  private static let kTiles: UInt64 = 5

  /// Returns the counters of a kernel.
  private func counters(
    _ kernel: any MatmulKernel<BFloat16>, on device: SimulatedDevice
  ) throws -> ExecutionCounters {
    let shape = MatmulShape(m: 256, n: 128, k: 320)
    let a = MatmulInputs.integers.matrix(of: BFloat16.self, rows: 256, columns: 320, seed: 1)
    let b = MatmulInputs.integers.matrix(of: BFloat16.self, rows: 128, columns: 320, seed: 2)
    let c = try device.makeBuffer(of: BFloat16.self, count: 256 * 128)
    let result = try kernel.launch(
      on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), c: c, shape: shape)
    return try #require(result.counters)
  }

  /// Returns the counters of a configuration's kernel, with C stored from registers, on each
  /// architecture.
  private func loaded(_ configuration: TensorCoreConfiguration) throws -> [ExecutionCounters] {
    [
      try counters(
        TensorCoreMatmul<Hopper, BFloat16>(configuration), on: SimulatedDevice(.hopper)),
      try counters(
        TensorCoreMatmul<Blackwell, BFloat16>(configuration), on: SimulatedDevice(.blackwell)),
    ]
  }

  /// Returns the counters of a configuration's kernel, with C stored by tensor copies, on each
  /// architecture.
  private func stored(_ configuration: TensorCoreConfiguration) throws -> [ExecutionCounters] {
    [
      try counters(
        TensorStoreMatmul<Hopper, BFloat16>(configuration), on: SimulatedDevice(.hopper)),
      try counters(
        TensorStoreMatmul<Blackwell, BFloat16>(configuration), on: SimulatedDevice(.blackwell)),
    ]
  }

  @Test func `step 2 fetches a tile in eight pieces, step 3 in one`() throws {
    for counters in try loaded(.init()) {
      #expect(
        counters.instructions["cp.async.bulk.tensor.load"] == Self.blocks * Self.kTiles * 2 * 8)
    }
    for counters in try loaded(.init(swizzle: .bytes128)) {
      #expect(counters.instructions["cp.async.bulk.tensor.load"] == Self.blocks * Self.kTiles * 2)
    }
  }

  @Test func `layouts for the tensor cores have no bank conflicts`() throws {
    for swizzle in SwizzleMode.allCases {
      for counters in try loaded(.init(swizzle: swizzle)) + stored(.init(swizzle: swizzle)) {
        #expect(counters.modelledBankConflicts.isEmpty)
        #expect(counters.bankConflicts.isEmpty)
      }
    }
  }

  @Test func `step 3 stores pairs from registers, step 4 a tile by one copy`() throws {
    for counters in try loaded(.init(swizzle: .bytes128)) {
      // Four warps, two rows of eight pairs in each lane, 4 bytes each.
      #expect(counters.instructions["st.global"] == Self.blocks * 4 * 16)
      #expect(counters.bytes["global.write"] == 256 * 128 * 2)
      #expect(counters.instructions["cp.async.bulk.tensor.store"] == nil)
      #expect(counters.instructions["stmatrix"] == nil)
    }
    for counters in try stored(.init(swizzle: .bytes128)) {
      #expect(counters.instructions["st.global"] == nil)
      #expect(counters.bytes["global.write"] == nil)
      #expect(counters.bytes["tma.write"] == 256 * 128 * 2)
      #expect(counters.instructions["cp.async.bulk.tensor.store"] == Self.blocks)
      #expect(counters.instructions["stmatrix"] == Self.blocks * 4 * 4)
      #expect(counters.bankConflicts["stmatrix"] == nil)
    }
  }

  @Test(arguments: [(64, 2, 4), (128, 1, 2)])
  func `larger tiles fetch less`(extent: Int, columns: Int, rows: Int) throws {
    // Each element of A is fetched once for each column of tiles, each of B once for each row.
    let elements = 256 * 320 * columns + 128 * 320 * rows
    let configuration = TensorCoreConfiguration(
      tileM: extent, tileN: extent, swizzle: .bytes128)
    for counters in try stored(configuration) {
      #expect(counters.bytes["tma.read"] == UInt64(2 * elements))
    }
  }
}
