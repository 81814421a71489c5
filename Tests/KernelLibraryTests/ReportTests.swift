// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import Testing

@Suite struct ReportTests {
  /// Runs a program on one tile of ones, and returns the report of its fault, if any.
  private func report(of program: Program, on device: SimulatedDevice) throws -> String? {
    let ones = try device.makeBuffer([BFloat16](repeating: 1, count: 4096))
    let c = try device.makeBuffer(of: BFloat16.self, count: 4096)
    let map = TensorMapDescription(
      elementType: .bf16, address: ones.address, extents: [64, 64], byteStrides: [128],
      box: [8, 64])
    let image = KernelArgument(bytes: try device.makeTensorMapImage(map), alignment: 64)
    let extent = KernelArgument(UInt32(64))
    do throws(DeviceError) {
      try device.launch(
        program,
        LaunchConfiguration(
          grid: 1, block: 128, dynamicSharedByteCount: program.dynamicSharedByteCount),
        [image, image, KernelArgument(c.address), extent, extent, extent])
      return nil
    } catch {
      guard case .fault(let fault) = error else { throw error }
      return fault.report
    }
  }

  @Test func `a wait with unannounced bytes names barrier, phase and line`() throws {
    var program = try TensorCoreMatmul<Blackwell, BFloat16>().kernel.program()
    #expect(try report(of: program, on: SimulatedDevice(.blackwell)) == nil)
    program.text = program.text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("arrive.expect_tx") }.joined(separator: "\n")
    let report = try #require(try report(of: program, on: SimulatedDevice(.blackwell)))
    #expect(report.hasPrefix("deadlock in kernel 'matmul_bf16_64x64x64_none'"))
    // Only the leader, which multiplies, waits for the tiles; the others wait for the accumulators.
    #expect(report.contains("block (0, 0, 0), warp 0, lanes 0: waits for barrier 'loaded'"))
    #expect(report.contains("stage 0 at shared offset 0x4400, phase 0 (parity 0)"))
    #expect(report.contains("1 of 1 arrivals are missing, and 16384 bytes arrived that were"))
    #expect(report.contains("warps 1-3, lanes 0-31: waits for barrier 'accumulated'"))
    #expect(report.contains("TileProduct.swift:"))
  }

  @Test func `missing commits leave all warps waiting for the accumulators`() throws {
    var program = try TensorCoreMatmul<Blackwell, BFloat16>().kernel.program()
    program.text = program.text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("tcgen05.commit") }.joined(separator: "\n")
    let report = try #require(try report(of: program, on: SimulatedDevice(.blackwell)))
    #expect(report.contains("warps 0-3, lanes 0-31: waits for barrier 'accumulated' stage 0"))
    #expect(report.contains("1 of 1 arrivals and 0 bytes are missing"))
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 3)])
  func `bits and counters do not depend on the number of host threads`(
    schedule: Schedule
  ) throws {
    var outcomes: [(bits: [UInt16], counters: ExecutionCounters)] = []
    for threads in 1...2 {
      var machine = SimulatedMachine.blackwell
      // On few SMs some clusters start while others run.
      machine.multiprocessorCount = 3
      let device = SimulatedDevice(
        machine, options: SimulationOptions(schedule: schedule, hostThreadCount: threads))
      let shape = MatmulShape(m: 384, n: 320, k: 200)
      let a = MatmulInputs.normal.matrix(
        of: BFloat16.self, rows: shape.m, columns: shape.k, seed: 1)
      let b = MatmulInputs.normal.matrix(
        of: BFloat16.self, rows: shape.n, columns: shape.k, seed: 2)
      let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
      let kernel = try TensorCoreMatmul<Blackwell, BFloat16>()
      let result = try kernel.launch(
        on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), c: c, shape: shape)
      outcomes.append((try c.read().map(\.bitPattern), try #require(result.counters)))
    }
    #expect(outcomes[0].bits == outcomes[1].bits)
    #expect(outcomes[0].counters == outcomes[1].counters)
  }
}
