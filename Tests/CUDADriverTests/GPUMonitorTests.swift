// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import CUDADriver

@Suite struct GPUMonitorTests {
  @Test func `the fields of a value have the layout of NVML`() {
    #expect(MemoryLayout<FieldValue>.size == 40)
    #expect(MemoryLayout<FieldValue>.offset(of: \.identifier) == 0)
    #expect(MemoryLayout<FieldValue>.offset(of: \.status) == 28)
    #expect(MemoryLayout<FieldValue>.offset(of: \.value) == 32)
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `the clock and the power of a GPU are plausible`() throws {
    let device = try CUDADevice(timeLimit: 10)
    guard let monitor = GPUMonitor(of: device) else { return }
    let reading = monitor.read()
    #expect((100...5000).contains(try #require(reading.clock)))
    #expect((10...2000).contains(try #require(reading.power)))
    #expect((50...2000).contains(try #require(monitor.powerLimit)))
  }
}
