// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TestSupport
import Testing

@testable import Simulator

let schedules: [Schedule] =
  [.eager, .late] + (0..<20).map { Schedule.random(seed: $0) }

@Suite struct MatrixKernelTests {
  @Test(arguments: schedules)
  func `a wgmma kernel gives the exact product under every schedule`(schedule: Schedule) throws {
    let device = SimulatedDevice(.hopper, options: SimulationOptions(schedule: schedule))
    let a = IntegerMatrix(rows: 64, columns: 256, seed: 1)
    let b = IntegerMatrix(rows: 64, columns: 256, seed: 2)
    let product = try multiply64("wgmma_64x64", entry: "gemm64", on: device, a: a, b: b)
    #expect(product == a.product(withTransposeOf: b))
  }

  @Test(arguments: schedules)
  func `a tcgen05 kernel gives the exact product under every schedule`(schedule: Schedule) throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 2, schedule: schedule)
    let a = IntegerMatrix(rows: 192, columns: 192, seed: 3)
    let b = IntegerMatrix(rows: 128, columns: 192, seed: 4)
    let product = try multiply64("tcgen05_64x64", entry: "mm64", on: device, a: a, b: b)
    #expect(product == a.product(withTransposeOf: b))
  }
}
