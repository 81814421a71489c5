// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing

/// Small configurations of every consumer plan, with rings that wrap early.
private let configurations = [
  StructuredConfiguration(tileM: 64, tileN: 64, stageCount: 3, clusterM: 1, consumers: .single),
  StructuredConfiguration(tileM: 128, tileN: 64, stageCount: 2, clusterM: 2, consumers: .single),
  StructuredConfiguration(tileM: 256, tileN: 64, stageCount: 3, clusterM: 1, supergroupRows: 3),
  StructuredConfiguration(tileM: 64, tileN: 128, stageCount: 3, clusterM: 2, consumers: .pingPong),
  StructuredConfiguration(tileM: 128, tileN: 64, stageCount: 4, clusterM: 1, consumers: .pingPong),
  // Clusters that share A, or both operands; tiles that end within a box of their stores.
  StructuredConfiguration(tileM: 256, tileN: 72, stageCount: 3, clusterM: 1, clusterN: 2),
  StructuredConfiguration(tileN: 64, stageCount: 2, clusterM: 2, clusterN: 2, order: .hilbert),
  StructuredConfiguration(
    tileN: 120, stageCount: 3, clusterM: 1, clusterN: 4, usesProgrammaticDependentLaunch: true),
  // Deferred stores, with fewer boxes than the tile has, with as many, and with overlapping boxes.
  StructuredConfiguration(tileN: 128, stageCount: 3, storeBoxCount: 1, defersStores: true),
  StructuredConfiguration(
    tileM: 256, tileN: 72, stageCount: 3, clusterM: 1, storeBoxCount: 4, defersStores: true),
  StructuredConfiguration(
    tileM: 64, tileN: 64, stageCount: 3, clusterM: 1, consumers: .single, order: .hilbert,
    defersStores: true),
]

@Suite struct ConsumerPlanTests {
  @Test(arguments: configurations)
  func `warpgroups compute tiles together, alternately or alone`(
    configuration: StructuredConfiguration
  ) throws {
    let kernel = try Structured<Hopper>(configuration)
    for test in [
      MatmulCase(128, 64, 64, .positions), MatmulCase(64, 64, 0), MatmulCase(1, 8, 8),
      MatmulCase(700, 264, 192), MatmulCase(300, 136, 520, .normal),
    ] {
      try checkMatmul(on: SimulatedDevice(.hopper, multiprocessors: 4), kernel, test)
    }
    for schedule in [Schedule.late] + (0..<20).map({ Schedule.random(seed: $0) }) {
      try checkMatmul(
        on: SimulatedDevice(.hopper, multiprocessors: 4, schedule: schedule), kernel,
        MatmulCase(530, 200, 328, .normal))
    }
  }

  @Test func `tiles that exceed a warpgroup's registers are refused`() {
    #expect(throws: ConfigurationError.tileColumns(256, multiple: 16, limit: 192, nearest: 192)) {
      try Structured<Hopper>(.init(consumers: .pingPong))
    }
    #expect(throws: ConfigurationError.tileRows(192, allowed: [64, 128], nearest: 128)) {
      try Structured<Hopper>(.init(tileM: 192, tileN: 128, consumers: .single))
    }
    #expect(throws: ConfigurationError.tileColumns(72, multiple: 64, limit: 256, nearest: 64)) {
      try StructuredMatmul<Hopper, BFloat16, BFloat16, MatrixAdded<Identity, BFloat16>>(
        .init(tileN: 72, clusterM: 1))
    }
    #expect(throws: ConfigurationError.clusterColumns(3, nearest: 2)) {
      try Structured<Hopper>(.init(tileN: 128, clusterM: 1, clusterN: 3))
    }
    #expect(throws: ConfigurationError.consumers("single", allowed: ["cooperative"])) {
      try Structured<Blackwell>(.init(consumers: .single))
    }
  }
}
