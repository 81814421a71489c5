// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing

/// Small kernels that split tiles, with rings that wrap early: each consumer plan, both orders.
private let kernels: [any MatmulKernel<BFloat16>] = {
  /// Returns a kernel.
  func kernel<Machine: StructuredMachine>(
    _ machine: Machine.Type, _ configuration: StructuredConfiguration
  ) -> any MatmulKernel<BFloat16> {
    do { return try Structured<Machine>(configuration) } catch { preconditionFailure("\(error)") }
  }
  let split = SchedulerKind.splitK
  return [
    kernel(
      Hopper.self,
      .init(
        tileM: 64, tileN: 64, stageCount: 3, clusterM: 1, consumers: .single, scheduler: split)),
    kernel(Hopper.self, .init(tileN: 64, stageCount: 3, scheduler: split, splitFactor: 3)),
    kernel(
      Hopper.self,
      .init(tileM: 256, tileN: 72, stageCount: 2, clusterM: 1, clusterN: 2, scheduler: split)),
    kernel(
      Hopper.self,
      .init(
        tileM: 64, tileN: 128, stageCount: 3, clusterM: 2, consumers: .pingPong, order: .hilbert,
        scheduler: split, splitFactor: 5, usesProgrammaticDependentLaunch: true)),
    kernel(
      Blackwell.self, .init(tileN: 64, stageCount: 3, clusterM: 1, scheduler: split, splitFactor: 3)
    ),
    kernel(
      Blackwell.self,
      .init(tileN: 256, stageCount: 3, ctasPerMMA: 2, order: .hilbert, scheduler: split)),
  ]
}()

/// Returns a simulated device for a kernel, with room for four of its blocks.
private func device(
  for kernel: any MatmulKernel<BFloat16>, _ schedule: Schedule = .eager
) -> SimulatedDevice {
  let isHopper = kernel.description.target == .hopper
  return SimulatedDevice(isHopper ? .hopper : .blackwell, multiprocessors: 4, schedule: schedule)
}

@Suite struct SplitTileTests {
  @Test(arguments: kernels.indices)
  func `tiles that are split are computed`(index: Int) throws {
    for test in [
      MatmulCase(128, 64, 64, .positions), MatmulCase(64, 64, 0), MatmulCase(1, 8, 8),
      MatmulCase(130, 72, 136), MatmulCase(700, 264, 192), MatmulCase(1300, 200, 128),
      MatmulCase(300, 136, 520, .normal), MatmulCase(64, 64, 2000, .normal),
      MatmulCase(65, 67, 331),
    ] {
      try checkMatmul(on: device(for: kernels[index]), kernels[index], test)
    }
  }

  @Test(arguments: kernels.indices)
  func `their results depend on no schedule, nor on earlier launches`(index: Int) throws {
    let kernel = kernels[index]
    // No kernel's last wave is full; the last kernel has the widest tiles.
    let shape = MatmulShape(m: 600, n: index == kernels.count - 1 ? 600 : 300, k: 328)
    let inputs = MatmulInputs.normal
    let a = inputs.matrix(of: BFloat16.self, rows: shape.m, columns: shape.k, seed: 1)
    let b = inputs.matrix(of: BFloat16.self, rows: shape.n, columns: shape.k, seed: 2)
    var results = Set<[UInt16]>()
    for schedule in [Schedule.eager, .late] + (0..<20).map({ Schedule.random(seed: $0) }) {
      let device = device(for: kernel, schedule)
      let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
      let product = try kernel.prepare(
        on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), c: c, shape: shape)
      // A launch resets its flags before it completes.
      for _ in 0..<2 {
        let counters = try #require(try product.launch().counters)
        #expect(counters.instructions["red.global", default: 0] > 0)
        results.insert(try c.read().map(\.bitPattern))
      }
    }
    #expect(results.count == 1)
    let comparison = HostReference(a: a, b: b, shape: shape).compare(
      try #require(results.first).map { BFloat16(bitPattern: $0) }, isExact: false,
      owner: { kernel.owner(row: $0, column: $1) })
    #expect(comparison.isMatch, "\(comparison.firstMismatch.debugDescription)")
  }

  @Test func `configurations that cannot be split or deferred are refused`() {
    #expect(
      throws: ConfigurationError.count(
        of: "splits of a tile", 1, range: 2...32, nearest: 2)
    ) { try Structured<Hopper>(.init(scheduler: .splitK, splitFactor: 1)) }
    #expect(
      throws: ConfigurationError.scheduler(
        "splitk", allowed: ["single", "persistent", "launchcontrol"], nearest: "persistent")
    ) {
      try BlockScaledMatmul<Float8E4M3, BFloat16, Identity>(
        .init(tileK: 128, clusterM: 1, scheduler: .splitK))
    }
    #expect(
      throws: ConfigurationError.deferredRegisters(
        count: 288, limit: 192, nearestTileColumns: 128)
    ) { try Structured<Hopper>(.init(tileM: 256, tileN: 192, stageCount: 3, defersStores: true)) }
    for refused in [
      StructuredConfiguration(scheduler: .splitK, defersStores: true),
      .init(tileM: 64, tileN: 128, consumers: .pingPong, defersStores: true),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try Structured<Hopper>(refused) }
      #expect(error?.description.hasSuffix("; 'false' is legal.") == true)
    }
    #expect(
      throws: ConfigurationError.deferredStores(reason: "its accumulators are not in registers")
    ) {
      try Structured<Blackwell>(.init(defersStores: true))
    }
  }
}
