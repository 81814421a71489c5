// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import StructuredKernels
import Testing
import TileLayout

/// The configurations of the kernels under test.
typealias Matmul = TensorCoreMatmul<Hopper, BFloat16>

@Suite struct ConfigurationTests {
  @Test(
    arguments: [
      (
        Matmul.Configuration(tileM: 65),
        ConfigurationError.tileRows(65, allowed: [64, 128], nearest: 64)
      ),
      (.init(tileM: 256), .tileRows(256, allowed: [64, 128], nearest: 128)),
      (.init(tileN: 50), .tileColumns(50, multiple: 16, limit: 256, nearest: 48)),
      (.init(tileN: 0), .tileColumns(0, multiple: 16, limit: 256, nearest: 16)),
      (.init(tileN: 999), .tileColumns(999, multiple: 16, limit: 256, nearest: 256)),
      (
        .init(tileK: 32, swizzle: .bytes128), .tileDepth(32, multiple: 64, nearest: 64)
      ),
      (.init(tileK: -5), .tileDepth(-5, multiple: 16, nearest: 16)),
      (
        .init(tileM: 128, tileN: 256),
        .accumulatorRegisters(count: 256, limit: 128, nearestTileColumns: 128)
      ),
      (.init(warpgroups: 2), .warpgroups(2, tileRows: 64, nearest: 1)),
      (.init(tileM: 128, warpgroups: 3), .warpgroups(3, tileRows: 128, nearest: 2)),
      (.init(tileM: 128, warpgroups: 0), .warpgroups(0, tileRows: 128, nearest: 1)),
      (
        .init(tileM: 128, tileN: 48, warpgroups: 2),
        .tileColumns(48, multiple: 32, limit: 256, nearest: 64)
      ),
      (.init(stages: 0), .stages(0)),
      (
        .init(tileM: 128, tileN: 128, swizzle: .bytes128, stages: 8),
        .sharedMemoryExceeded(byteCount: 262_144, limit: 231_424, nearestTileDepth: nil)
      ),
      (
        .init(tileK: 1024, swizzle: .bytes128),
        .sharedMemoryExceeded(byteCount: 262_144, limit: 231_424, nearestTileDepth: 896)
      ),
    ])
  func `an illegal configuration is refused with the nearest legal value`(
    configuration: Matmul.Configuration, error: ConfigurationError
  ) {
    #expect(throws: error) { try Matmul(configuration) }
    #expect(error.description.hasSuffix("."))
  }

  @Test func `the tile of C counts towards shared memory`() {
    let configuration = TensorCoreConfiguration(
      tileM: 128, tileN: 256, tileK: 128, swizzle: .bytes128, warpgroups: 2, stages: 2)
    #expect(throws: Never.self) { try Matmul(configuration) }
    let error = ConfigurationError.sharedMemoryExceeded(
      byteCount: 2 * 98_304 + 65_536, limit: 231_424, nearestTileDepth: 64)
    #expect(throws: error) { try TensorStoreMatmul<Hopper, BFloat16>(configuration) }
    #expect(throws: error) { try TensorStoreMatmul<Blackwell, BFloat16>(configuration) }
  }

  @Test func `the entry states the configuration`() throws {
    #expect(try Matmul().entry == "matmul_bf16_64x64x64_none")
    #expect(
      try TensorStoreMatmul<Hopper, BFloat16>(StoreCase.all[2].configuration).entry
        == "matmul_bf16_128x256x64_128B_warpgroups2_stages3_tma_store")
    let other = try TensorCoreMatmul<Blackwell, HalfFloat>(
      .init(tileM: 128, tileN: 96, tileK: 32, swizzle: .bytes64))
    #expect(other.entry == "matmul_f16_128x96x32_64B")
  }

  @Test(arguments: [(SwizzleMode.none, 16), (.bytes32, 8), (.bytes64, 4), (.bytes128, 2)])
  func `a tile takes one copy for each span of its width`(swizzle: SwizzleMode, count: Int) throws {
    let function = try Matmul(.init(swizzle: swizzle)).module().functions[0]
    let instructions = (function.blocks ?? []).flatMap(\.instructions)
    #expect(instructions.count { $0.opcode == .bulkTensorCopy } == count)
  }

  @Test func `each element of a tile has one owner, and threads own the same number`() throws {
    try expectOwners(TensorCoreMatmul<Hopper, BFloat16>(.init(tileM: 128, tileN: 32)), 128, 32)
    try expectOwners(TensorCoreMatmul<Blackwell, BFloat16>(.init(tileM: 128, tileN: 32)), 128, 32)
    try expectOwners(TensorCoreMatmul<Blackwell, BFloat16>(.init(tileM: 64, tileN: 32)), 64, 32)
    let shared = TensorCoreConfiguration(tileM: 128, tileN: 32, warpgroups: 2)
    try expectOwners(TensorStoreMatmul<Hopper, BFloat16>(shared), 128, 32, threads: 256)
    try expectOwners(TensorStoreMatmul<Blackwell, BFloat16>(shared), 128, 32, threads: 256)
  }

  /// Expects each thread of one block to hold the same number of the second tile's elements.
  private func expectOwners(
    _ matmul: any MatmulKernel<BFloat16>, _ tileM: Int, _ tileN: Int, threads: Int = 128
  ) {
    var counts: [ElementOwner: Int] = [:]
    for row in tileM..<2 * tileM {
      for column in tileN..<2 * tileN {
        counts[matmul.owner(row: row, column: column), default: 0] += 1
      }
    }
    #expect(counts.count == threads)
    #expect(Set(counts.values) == [tileM * tileN / threads])
    #expect(counts.keys.allSatisfy { $0.tileRow == 1 && $0.tileColumn == 1 })
  }
}

@Suite struct CatalogTests {
  @Test func `no two kernels of a target have one name`() {
    let names = MatmulCatalog.all.map { "\($0.description.name) \($0.description.target)" }
    #expect(Set(names).count == names.count)
  }

  @Test(
    arguments: [
      "naive", "tensor-core", "swizzled", "tma-store", "tile-128x128", "tile-128x256",
    ], [MatmulDescription.Target.hopper, .blackwell])
  func `a kernel is found by name and target`(
    name: String, target: MatmulDescription.Target
  ) throws {
    let entry = try #require(MatmulCatalog.entry(named: name, for: target))
    #expect(entry.description.name == name)
    #expect([target, .any].contains(entry.description.target))
  }

  @Test func `an unknown name finds nothing`() {
    #expect(MatmulCatalog.entry(named: "fastest", for: .hopper) == nil)
  }
}
