// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import PTX
import Simulator
import TestSupport
import Testing

@Suite struct OutputTests {
  /// Returns the instructions of a kernel's plain text.
  private func instructionCount(_ kernel: OutputKernel.Parameters) throws -> Int {
    (try kernel.module().functions[0].blocks ?? []).reduce(0) { $0 + $1.instructions.count }
  }

  @Test func `tensors record no more than index arithmetic by hand does`() throws {
    let byTensors = try instructionCount(OutputKernel.byTensors)
    let byHand = try instructionCount(OutputKernel.byHand)
    #expect(byTensors <= byHand)
    print("output: \(byTensors) PTX instructions by tensors, \(byHand) by hand")
  }

  @Test(arguments: ["sm_80", "sm_90a", "sm_100a"])
  func `tensors assemble to no more than index arithmetic by hand does`(
    architecture: String
  ) throws {
    let byTensors = try machineInstructions(
      OutputKernel.byTensors.module().ptx(form: .plain), architecture: architecture)
    let byHand = try machineInstructions(
      OutputKernel.byHand.module().ptx(form: .plain), architecture: architecture)
    #expect(byTensors.count > 100)
    #expect(byTensors.count <= byHand.count)
    print("output: \(byTensors.count) instructions of \(architecture), \(byHand.count) by hand")
  }

  @Test(arguments: [(64, 64), (128, 200), (100, 70), (77, 65), (1, 1)])
  func `tensors store what index arithmetic by hand does`(m: Int, n: Int) throws {
    let device = SimulatedDevice(.hopper)
    let grid = Dimensions((n + 63) / 64, (m + 63) / 64)
    let results = try [OutputKernel.byTensors, OutputKernel.byHand].map { kernel in
      let poison = [BFloat16](repeating: BFloat16(Float.nan), count: m * n)
      let c = try device.makeBuffer(poison)
      try device.launch(kernel, grid: grid, c, UInt32(m), UInt32(n))
      return try c.read().map(\.bitPattern)
    }
    #expect(results[0] == results[1])
    #expect(!results[0].contains(BFloat16(Float.nan).bitPattern))
  }
}
