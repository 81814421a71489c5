// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing
import TileLayout

@Suite struct ExecutionTests {
  @Test func `scale scales every element and no other`() throws {
    let device = SimulatedDevice(.hopper)
    let x = try device.makeBuffer((0..<1000).map { Float($0) })
    let y = try device.makeBuffer([Float](repeating: -1, count: 1100))
    try device.launch(Scale().kernel, grid: 4, block: 256, 2.5, x, y, 1000)
    let expected = (0..<1100).map { $0 < 1000 ? 2.5 * Float($0) : -1 }
    #expect(try y.read() == expected)
  }

  @Test(arguments: MatmulCase.ragged)
  func `the naive kernel computes`(test: MatmulCase) throws {
    try checkMatmul(on: SimulatedDevice(.hopper), NaiveMatmul<BFloat16>(), test)
    try checkMatmul(on: SimulatedDevice(.blackwell), NaiveMatmul<HalfFloat>(), test)
  }

  @Test(arguments: MatmulCase.ragged, SwizzleMode.allCases)
  func `the tensor-core kernels compute`(test: MatmulCase, swizzle: SwizzleMode) throws {
    try checkMatmul(
      on: SimulatedDevice(.hopper),
      TensorCoreMatmul<Hopper, BFloat16>(.init(swizzle: swizzle)), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell),
      TensorCoreMatmul<Blackwell, BFloat16>(.init(swizzle: swizzle)), test)
  }

  @Test(arguments: [MatmulCase(130, 140, 150, .positions), MatmulCase(70, 66, 200, .normal)])
  func `the tensor-core kernels compute with f16`(test: MatmulCase) throws {
    try checkMatmul(on: SimulatedDevice(.hopper), TensorCoreMatmul<Hopper, HalfFloat>(), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell), TensorCoreMatmul<Blackwell, HalfFloat>(), test)
  }

  @Test(
    arguments: [(128, 128, 64), (128, 64, 128), (64, 208, 64), (64, 256, 64), (64, 16, 192)],
    [SwizzleMode.none, .bytes128])
  func `tiles of other extents compute`(tile: (Int, Int, Int), swizzle: SwizzleMode) throws {
    let test = MatmulCase(150, 300, 200, .positions)
    try checkMatmul(
      on: SimulatedDevice(.hopper),
      TensorCoreMatmul<Hopper, BFloat16>(
        .init(tileM: tile.0, tileN: tile.1, tileK: tile.2, swizzle: swizzle)), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell),
      TensorCoreMatmul<Blackwell, BFloat16>(
        .init(tileM: tile.0, tileN: tile.1, tileK: tile.2, swizzle: swizzle)), test)
  }

  @Test(arguments: StoreCase.all, MatmulCase.ragged + MatmulCase.aroundLargeTiles)
  func `the kernels that store by tensor copies compute`(
    configuration: StoreCase, test: MatmulCase
  ) throws {
    try checkMatmul(
      on: SimulatedDevice(.hopper),
      TensorStoreMatmul<Hopper, BFloat16>(configuration.configuration), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell),
      TensorStoreMatmul<Blackwell, BFloat16>(configuration.configuration), test)
  }

  @Test(arguments: [MatmulCase(130, 140, 150, .positions), MatmulCase(70, 66, 200, .normal)])
  func `the kernels that store by tensor copies compute with f16`(test: MatmulCase) throws {
    try checkMatmul(on: SimulatedDevice(.hopper), TensorStoreMatmul<Hopper, HalfFloat>(), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell), TensorStoreMatmul<Blackwell, HalfFloat>(), test)
  }
}

@Suite struct OutputAlignmentTests {
  // TMA writes whole units of 16 bytes. Rows of 60, 64 and 65 elements end in the middle of one, at
  // the end of one, and one element into the next; the guards follow immediately.
  @Test(arguments: [60, 64, 65], [0, 2, 4, 6])
  func `nothing is written beyond a row or beyond C`(n: Int, shift: Int) throws {
    let test = MatmulCase(70, n, 64, .positions)
    try checkMatmul(
      on: SimulatedDevice(.hopper), TensorStoreMatmul<Hopper, BFloat16>(), test, shiftingC: shift)
    try checkMatmul(
      on: SimulatedDevice(.blackwell), TensorStoreMatmul<Blackwell, BFloat16>(), test,
      shiftingC: shift)
  }
}

/// The schedules under which every kernel must be correct.
private let schedules = [Schedule.eager, .late] + (0..<20).map { Schedule.random(seed: $0) }

@Suite struct ScheduleTests {
  /// Integers for exactness and normal numbers; more tiles than SMs; and more k-tiles than stages,
  /// a smaller number, part of one, and none.
  static let cases = [
    MatmulCase(100, 150, 200, .normal), MatmulCase(130, 270, 328), MatmulCase(70, 9, 40),
    MatmulCase(20, 30, 0),
  ]

  @Test(arguments: schedules, cases)
  func `steps 2 and 3 depend on no schedule`(schedule: Schedule, test: MatmulCase) throws {
    for configuration in [TensorCoreConfiguration(), .init(swizzle: .bytes128)] {
      try checkMatmul(
        on: SimulatedDevice(.hopper, multiprocessors: 2, schedule: schedule),
        TensorCoreMatmul<Hopper, BFloat16>(configuration), test)
      try checkMatmul(
        on: SimulatedDevice(.blackwell, multiprocessors: 2, schedule: schedule),
        TensorCoreMatmul<Blackwell, BFloat16>(configuration), test)
    }
  }

  @Test(arguments: schedules, cases)
  func `step 4 and large tiles depend on no schedule`(schedule: Schedule, test: MatmulCase) throws {
    for configuration in StoreCase.all.map(\.configuration) {
      try checkMatmul(
        on: SimulatedDevice(.hopper, multiprocessors: 2, schedule: schedule),
        TensorStoreMatmul<Hopper, BFloat16>(configuration), test)
      try checkMatmul(
        on: SimulatedDevice(.blackwell, multiprocessors: 2, schedule: schedule),
        TensorStoreMatmul<Blackwell, BFloat16>(configuration), test)
    }
  }
}
