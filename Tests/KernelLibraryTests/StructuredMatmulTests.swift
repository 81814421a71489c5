// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing

/// The kernel under test, with bf16 and without an epilogue.
typealias Structured<Machine: StructuredMachine> = StructuredMatmul<
  Machine, BFloat16, BFloat16, Identity
>

/// A small configuration whose ring wraps early.
private func small(clusterM: Int = 2) -> StructuredConfiguration {
  StructuredConfiguration(tileN: 64, stageCount: 3, clusterM: clusterM, supergroupRows: 2)
}

/// Shapes that reach every edge: of tiles, of the ring, of the accumulators, of the grid.
private let shapes = [
  MatmulCase(128, 64, 64, .positions), MatmulCase(256, 128, 64, .positions),
  MatmulCase(64, 64, 0), MatmulCase(8, 8, 8), MatmulCase(1, 8, 8), MatmulCase(130, 72, 136),
  // More tiles than blocks; fewer k-tiles than the ring has stages, the same number, and more.
  MatmulCase(1300, 200, 128), MatmulCase(700, 264, 192, .positions), MatmulCase(530, 328, 264),
  MatmulCase(300, 136, 520, .normal),
]

/// The schedules under which results must be the same.
private let everySchedule =
  [Schedule.eager, .late] + (0..<20).map { Schedule.random(seed: $0) }

/// A configuration for CTA pairs, with rings that wrap early.
private func paired(
  clusterM: Int = 2, tileN: Int = 64, _ scheduler: SchedulerKind = .launchControl,
  _ order: TileOrder = .supergroups
) -> StructuredConfiguration {
  StructuredConfiguration(
    tileN: tileN, stageCount: 3, clusterM: clusterM, ctasPerMMA: 2, supergroupRows: 2,
    order: order, scheduler: scheduler)
}

@Suite struct StructuredMatmulTests {
  @Test(arguments: shapes, [2, 4])
  func `pairs of blocks multiply together`(test: MatmulCase, clusterM: Int) throws {
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 8),
      Structured<Blackwell>(paired(clusterM: clusterM)), test)
  }

  @Test(arguments: everySchedule, SchedulerKind.allCases)
  func `the result of single blocks depends on no schedule`(
    schedule: Schedule, scheduler: SchedulerKind
  ) throws {
    // Accumulators of 256 columns: a ring of two, which wraps if a block computes three tiles.
    var configuration = small(clusterM: 1)
    (configuration.tileN, configuration.scheduler) = (256, scheduler)
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 2, schedule: schedule),
      Structured<Blackwell>(configuration), MatmulCase(400, 296, 200, .normal))
  }

  @Test(arguments: everySchedule, SchedulerKind.allCases)
  func `the result of pairs depends on no schedule`(
    schedule: Schedule, scheduler: SchedulerKind
  ) throws {
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 2, schedule: schedule),
      Structured<Blackwell>(paired(tileN: 256, scheduler)), MatmulCase(300, 520, 200, .normal))
  }

  @Test(arguments: everySchedule, [1, 2])
  func `the result of clusters of four depends on no schedule`(
    schedule: Schedule, ctasPerMMA: Int
  ) throws {
    var configuration = paired(clusterM: 4, .launchControl, .hilbert)
    configuration.ctasPerMMA = ctasPerMMA
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 8, schedule: schedule),
      Structured<Blackwell>(configuration), MatmulCase(700, 136, 328, .normal))
  }

  @Test(arguments: shapes, [1, 2, 4])
  func `the structured kernel computes`(test: MatmulCase, clusterM: Int) throws {
    try checkMatmul(
      on: SimulatedDevice(.hopper, multiprocessors: 4),
      Structured<Hopper>(small(clusterM: clusterM)), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 4),
      Structured<Blackwell>(small(clusterM: clusterM)), test)
  }

  @Test(arguments: [Schedule.late] + (0..<20).map { Schedule.random(seed: $0) })
  func `the result depends on no schedule`(schedule: Schedule) throws {
    let test = MatmulCase(1100, 200, 328, .normal)
    try checkMatmul(
      on: SimulatedDevice(.hopper, multiprocessors: 4, schedule: schedule),
      Structured<Hopper>(small()), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 4, schedule: schedule),
      Structured<Blackwell>(small()), test)
  }

  @Test(arguments: SchedulerKind.allCases, TileOrder.allCases)
  func `tiles come in every order`(scheduler: SchedulerKind, order: TileOrder) throws {
    var configuration = small()
    (configuration.scheduler, configuration.order) = (scheduler, order)
    for test in [MatmulCase(1100, 328, 72), MatmulCase(100, 40, 200, .positions)] {
      try checkMatmul(
        on: SimulatedDevice(.blackwell, multiprocessors: 4),
        Structured<Blackwell>(configuration), test)
      guard scheduler != .launchControl else { continue }
      try checkMatmul(
        on: SimulatedDevice(.hopper, multiprocessors: 4), Structured<Hopper>(configuration), test)
    }
  }

  #if !DEBUG
    @Test func `1024 cubed is simulated in less than five seconds`() throws {
      let device = SimulatedDevice(.blackwell, options: SimulationOptions(hostThreadCount: 2))
      let a = try device.makeBuffer(
        MatmulInputs.normal.matrix(of: BFloat16.self, rows: 1024, columns: 1024, seed: 1))
      let c = try device.makeBuffer(of: BFloat16.self, count: 1024 * 1024)
      let shape = MatmulShape(m: 1024, n: 1024, k: 1024)
      let result = try Structured<Blackwell>().launch(on: device, a: a, b: a, c: c, shape: shape)
      #expect(result.seconds < 5, "\(result.seconds) s")
      print("simulated 1024 cubed on Blackwell in \(result.seconds) s")
    }
  #endif

  @Test func `the shipped configurations compute`() throws {
    let test = MatmulCase(1000, 520, 264)
    try checkMatmul(on: SimulatedDevice(.hopper, multiprocessors: 4), Structured<Hopper>(), test)
    try checkMatmul(
      on: SimulatedDevice(.blackwell, multiprocessors: 4), Structured<Blackwell>(), test)
    try checkMatmul(
      on: SimulatedDevice(.hopper, multiprocessors: 4),
      StructuredMatmul<Hopper, HalfFloat, HalfFloat, Identity>(), test)
  }

  @Test func `rows that tensor copies cannot address are refused`() throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 2)
    let kernel = try Structured<Hopper>(small())
    let buffer = try device.makeBuffer([BFloat16](repeating: BFloat16(0), count: 4096))
    let other = try device.makeBuffer([BFloat16](repeating: BFloat16(0), count: 4096))
    /// Expects a launch to be refused with a message.
    func refuse(
      _ shape: MatmulShape, _ c: GlobalBuffer<BFloat16>, _ text: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(
        throws: DeviceError.invalidLaunch(entry: kernel.entry, reason: text),
        sourceLocation: sourceLocation
      ) {
        try kernel.prepare(
          on: device, a: buffer, b: buffer, d: c, shape: shape, epilogue: Identity())
      }
    }
    refuse(
      MatmulShape(m: 8, n: 8, k: 9), other,
      "the rows of A must be multiples of 16 bytes, which is 8 elements, not 9; the nearest is 8.")
    refuse(
      MatmulShape(m: 8, n: 12, k: 8), other,
      "the rows of D must be multiples of 16 bytes, which is 8 elements, not 12; the nearest is 16."
    )
    refuse(MatmulShape(m: 8, n: 8, k: 8), buffer, "D overlaps A.")
    refuse(
      MatmulShape(m: 1024, n: 8, k: 8), other, "A has 1024 x 8 elements; its buffer has 4096.")
    refuse(MatmulShape(m: -1, n: 8, k: 8), other, "m must be 0 to 2147483647, not -1.")
  }

  @Test(
    arguments: [
      (
        StructuredConfiguration(tileM: 64),
        ConfigurationError.tileRows(64, allowed: [128, 256], nearest: 128)
      ),
      (.init(tileN: 100), .tileColumns(100, multiple: 16, limit: 256, nearest: 96)),
      (.init(tileN: 320), .tileColumns(320, multiple: 16, limit: 256, nearest: 256)),
      (.init(tileK: 32), .tileDepth(32, multiple: 64, nearest: 64)),
      (.init(stageCount: 1), .count(of: "stages", 1, range: 2...16, nearest: 2)),
      (
        .init(tileN: 200, clusterM: 5),
        .count(of: "blocks of a cluster along M", 5, range: 1...4, nearest: 4)
      ),
      (
        .init(ctasPerMMA: 2),
        .count(of: "CTAs per MMA", 2, range: 1...1, nearest: 1)
      ),
      (
        .init(storeBoxCount: 0), .count(of: "store boxes of a warp", 0, range: 1...8, nearest: 1)
      ),
      (
        .init(scheduler: .launchControl),
        .scheduler(
          "launchcontrol", allowed: ["single", "persistent", "splitk"], nearest: "persistent")
      ),
      (
        .init(supergroupRows: 0), .count(of: "rows of a supergroup", 0, range: 1...4096, nearest: 1)
      ),
      (
        .init(stageCount: 5),
        .stagesExceedSharedMemory(byteCount: 278_528, limit: 231_424, nearestStageCount: 4)
      ),
    ])
  func `an impossible configuration names the rule, the value and the nearest legal one`(
    configuration: StructuredConfiguration, error: ConfigurationError
  ) {
    #expect(throws: error) { try Structured<Hopper>(configuration) }
  }

  @Test(
    arguments: [
      (
        StructuredConfiguration(clusterM: 3, ctasPerMMA: 2),
        ConfigurationError.clusterOfPairs(3, nearest: 4)
      ),
      (.init(clusterM: 1, ctasPerMMA: 2), .clusterOfPairs(1, nearest: 2)),
      (
        .init(ctasPerMMA: 3),
        .count(of: "CTAs per MMA", 3, range: 1...2, nearest: 2)
      ),
      (
        .init(stageCount: 7, ctasPerMMA: 2),
        .stagesExceedSharedMemory(byteCount: 245_760, limit: 231_424, nearestStageCount: 6)
      ),
    ])
  func `an impossible configuration of Blackwell names them as well`(
    configuration: StructuredConfiguration, error: ConfigurationError
  ) {
    #expect(throws: error) { try Structured<Blackwell>(configuration) }
  }
}
