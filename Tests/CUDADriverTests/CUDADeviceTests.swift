// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import CUDADriver

/// Whether this machine has a GPU and its driver.
let hasGPU = (try? CUDADevice.all())?.isEmpty == false

extension Tag {
  /// Tests that need a GPU.
  @Tag static var gpu: Self
}

@Suite struct CUDADeviceTests {
  @Test(.disabled(if: hasGPU, "this machine has a GPU"))
  func `without a driver there is an error that says so`() {
    let error = #expect(throws: DeviceError.self) { try CUDADevice(ordinal: 0) }
    guard case .unavailable(let device, let reason)? = error else {
      Issue.record("expected 'unavailable', found \(String(describing: error))")
      return
    }
    #expect(device.hasPrefix("cuda"))
    #expect(reason.contains("NVIDIA driver"))
  }

  @Test func `a missing library is not opened`() {
    #expect(SharedLibrary("libtilewright-of-nobody.so.1") == nil)
  }

  @Test func `exactly the statuses of failed kernels have a kind`() {
    let faults = (0..<1000).filter { DriverStatus(rawValue: $0).faultKind != nil }
    #expect(faults == [214, 700, 702, 710, 714, 715, 716, 717, 718, 719])
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `memory is written and read back`() throws {
    let device = try CUDADevice()
    let elements = (0..<1000).map { UInt32($0) }
    let buffer = try device.makeBuffer(elements)
    #expect(try buffer.read() == elements)
    #expect(buffer.address % 256 == 0)
    #expect(throws: DeviceError.self) { try device.allocate(byteCount: 1 << 50) }
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `a kernel runs, is timed, and finds its arguments`() throws {
    let device = try CUDADevice()
    let output = try device.makeBuffer([UInt32](repeating: 0, count: 256))
    let program = Program(
      text: addPTX, entry: "add",
      parameters: [
        .init(name: "value", byteCount: 4, alignment: 4),
        .init(name: "output", byteCount: 8, alignment: 8),
      ])
    let configuration = LaunchConfiguration(grid: 4, block: 64)
    let result = try device.launch(
      program, configuration, [KernelArgument(UInt32(7)), KernelArgument(output.address)])
    #expect(result.seconds > 0 && result.seconds < 1)
    #expect(try output.read() == (0..<256).map { UInt32($0) + 7 })
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `clusters are formed from the launch and from the text`() throws {
    let device = try CUDADevice()
    try #require(device.computeCapability >= 90)
    for directive in ["", ".reqnctapercluster 2, 1, 1"] {
      let output = try device.makeBuffer([UInt32](repeating: 9, count: 8))
      let program = Program(
        text: clusterPTX(directive), entry: "ranks",
        parameters: [.init(name: "output", byteCount: 8, alignment: 8)],
        cluster: directive.isEmpty ? nil : 2)
      try device.launch(
        program, LaunchConfiguration(grid: 8, block: 32, cluster: 2),
        [KernelArgument(output.address)])
      #expect(try output.read() == [0, 1, 0, 1, 0, 1, 0, 1])
    }
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `a text with an error is rejected with the compiler's message`() throws {
    let device = try CUDADevice()
    let text = addPTX.replacing("add.u32", with: "add.u31")
    let program = Program(text: text, entry: "add", parameters: [])
    let error = #expect(throws: DeviceError.self) {
      try device.launch(program, LaunchConfiguration(grid: 1, block: 1), [])
    }
    #expect(error?.description.contains("u31") == true, "\(String(describing: error))")
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `a tensor map is encoded in 128 bytes, and one that breaks a rule is not`() throws {
    let device = try CUDADevice()
    let buffer = try device.makeBuffer(of: UInt16.self, count: 64 * 64)
    var description = TensorMapDescription(
      elementType: .bf16, address: buffer.address, extents: [64, 64], byteStrides: [128],
      box: [64, 64], swizzle: .bytes128)
    let image = try device.makeTensorMapImage(description)
    #expect(image.count == 128 && image.contains { $0 != 0 })
    description.byteStrides = [120]
    #expect(throws: DeviceError.invalidTensorMap(.stride(dimension: 1, byteStride: 120))) {
      try device.makeTensorMapImage(description)
    }
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `several threads use a device at the same time`() async throws {
    let device = try CUDADevice()
    let sums = try await withThrowingTaskGroup(of: UInt32.self) { group in
      for task in 0..<16 {
        group.addTask {
          let buffer = try device.makeBuffer([UInt32](repeating: UInt32(task), count: 4096))
          return try buffer.read().reduce(0, +)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums.sorted() == (0..<16).map { 4096 * $0 })
  }
}

/// A kernel that writes each thread's index in the grid plus a value to the thread's element.
private let addPTX = """
  .version 7.0
  .target sm_80
  .address_size 64
  .visible .entry add(.param .u32 value, .param .u64 output)
  {
    .reg .b32 %r<6>;
    .reg .b64 %rd<4>;
    ld.param.u32 %r0, [value];
    ld.param.u64 %rd0, [output];
    mov.u32 %r1, %ctaid.x;
    mov.u32 %r2, %ntid.x;
    mov.u32 %r3, %tid.x;
    mad.lo.u32 %r4, %r1, %r2, %r3;
    add.u32 %r5, %r4, %r0;
    cvta.to.global.u64 %rd1, %rd0;
    mul.wide.u32 %rd2, %r4, 4;
    add.u64 %rd3, %rd1, %rd2;
    st.global.u32 [%rd3], %r5;
    ret;
  }
  """

/// Returns a kernel that writes each block's rank in its cluster, with a directive at the top.
private func clusterPTX(_ directive: String) -> String {
  """
  .version 7.8
  .target sm_90
  .address_size 64
  .visible .entry ranks(.param .u64 output) \(directive)
  {
    .reg .b32 %r<2>;
    .reg .b64 %rd<4>;
    ld.param.u64 %rd0, [output];
    mov.u32 %r0, %ctaid.x;
    mov.u32 %r1, %cluster_ctarank;
    cvta.to.global.u64 %rd1, %rd0;
    mul.wide.u32 %rd2, %r0, 4;
    add.u64 %rd3, %rd1, %rd2;
    st.global.u32 [%rd3], %r1;
    ret;
  }
  """
}
