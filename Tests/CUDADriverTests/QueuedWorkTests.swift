// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import CUDADriver

@Suite struct QueuedWorkTests {
  /// A launch for error messages.
  private let work = QueuedWork.launch(
    3, "scale", LaunchConfiguration(grid: Dimensions(4, 2), block: 64))

  @Test func `a fault names the driver's status and the launch`() {
    let fault = work.fault("out-of-bounds", status: "CUDA_ERROR_ILLEGAL_ADDRESS", device: "cuda:1")
    #expect(fault.kind == "out-of-bounds")
    #expect(fault.entry == "scale")
    #expect(
      fault.report == """
        The kernel 'scale' failed on cuda:1: CUDA_ERROR_ILLEGAL_ADDRESS. The GPU does not say \
        where; the simulator does.
          launch 3 of the device, grid 4x2x1, block 64x1x1, cluster 1x1x1
        """)
  }

  @Test(arguments: [(60.0, "60 s"), (0.5, "0.5 s")])
  func `the fault of an endless kernel names the time limit`(seconds: Double, text: String) {
    let fault = work.timeLimitFault(seconds: seconds, device: "cuda:0")
    #expect(fault.kind == "time-limit")
    #expect(
      fault.report.hasPrefix(
        "The kernel 'scale' did not finish on cuda:0 within the time limit of \(text)."))
    #expect(
      fault.report.hasSuffix("launch 3 of the device, grid 4x2x1, block 64x1x1, cluster 1x1x1"))
  }

  @Test(arguments: [(UInt(130_100), "13.1.0"), (120_805, "12.8.5")])
  func `the version of cuBLASLt is printed in dotted form`(number: UInt, text: String) {
    #expect(VendorLibrary.text(number) == text)
  }
}
