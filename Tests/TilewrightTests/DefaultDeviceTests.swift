// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import Tilewright

@Suite struct DefaultDeviceTests {
  @Test func `without a usable GPU the simulator is used, with the reason`() throws {
    let device = DefaultDevice(simulating: .hopper) { _ in false }
    #expect(device.isSimulator)
    #expect(device.name == "simulator")
    #expect(device.computeCapability == 90)
    #expect(!device.reason.isEmpty)
    #expect(device.summary.hasSuffix(device.reason))
  }

  @Test func `one import is enough to write a kernel and run it`() throws {
    let scale = Kernel<AnyArchitecture, Float, GlobalBuffer<Float>, UInt32>("scale_in_place") {
      k, alpha, x, count in
      let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
      k.if(i < count) { x[i] = alpha * x[i] }
    }
    let device = DefaultDevice()
    let x = try device.makeBuffer((0..<100).map { Float($0) })
    try device.launch(scale, grid: 4, block: 32, 3, x, 90)
    #expect(try x.read() == (0..<100).map { Float($0 < 90 ? 3 * $0 : $0) })
  }
}
