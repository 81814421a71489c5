// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import CUDADriver

@Suite struct CUDAGraphTests {
  /// A kernel that adds 1 to 256 numbers.
  private let program = Program(
    text: """
      .version 8.0
      .target sm_80
      .address_size 64
      .visible .entry increment(.param .u64 numbers)
      {
        .reg .b32 %r<3>;
        .reg .b64 %rd<4>;
        ld.param.u64 %rd1, [numbers];
        mov.u32 %r1, %tid.x;
        mul.wide.u32 %rd2, %r1, 4;
        add.u64 %rd3, %rd1, %rd2;
        ld.global.u32 %r2, [%rd3];
        add.u32 %r2, %r2, 1;
        st.global.u32 [%rd3], %r2;
        ret;
      }
      """, entry: "increment", parameters: [.init(name: "numbers", byteCount: 8, alignment: 8)])

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `a graph runs its launches in order, as often as it is run`() throws {
    let device = try CUDADevice(timeLimit: 10)
    let numbers = try device.makeBuffer([UInt32](repeating: 5, count: 256))
    let graph = try CUDAGraph(on: device, name: "increments") { recorder throws(DeviceError) in
      for _ in 0..<3 {
        try recorder.launch(
          program, LaunchConfiguration(grid: 1, block: 256), [KernelArgument(numbers.address)])
      }
    }
    #expect(try numbers.read() == [UInt32](repeating: 5, count: 256))
    for _ in 0..<2 { #expect(try graph.run() > 0) }
    #expect(try numbers.read() == [UInt32](repeating: 11, count: 256))
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `a graph keeps what its launches name, and no longer than it lives`() throws {
    let device = try CUDADevice(timeLimit: 10)
    let output = try device.makeBuffer([UInt32](repeating: 5, count: 256))
    weak var memory: Allocation?
    weak var own: Allocation?
    do {
      let graph = try CUDAGraph(on: device, name: "increments") { recorder throws(DeviceError) in
        let numbers = try device.makeBuffer([UInt32](repeating: 5, count: 256))
        let scratch = try recorder.makeBuffer([UInt32](repeating: 5, count: 256))
        (memory, own) = (numbers.allocation, scratch.allocation)
        for buffer in [numbers, scratch, output] {
          try recorder.launch(
            program, LaunchConfiguration(grid: 1, block: 256), [KernelArgument(buffer)])
        }
      }
      // A new allocation would reuse memory that had been freed.
      let others = try (0..<16).map { _ in
        try device.makeBuffer([UInt32](repeating: 9, count: 256))
      }
      try graph.run()
      for other in others { #expect(try other.read() == [UInt32](repeating: 9, count: 256)) }
      #expect(memory != nil)
    }
    #expect(memory == nil && own == nil)
    #expect(try output.read() == [UInt32](repeating: 6, count: 256))
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `an error in a recording is rethrown, and the device still works`() throws {
    let device = try CUDADevice()
    let numbers = try device.makeBuffer([UInt32](repeating: 5, count: 256))
    #expect(throws: DeviceError.self) {
      try CUDAGraph(on: device, name: "wrong") { recorder throws(DeviceError) in
        try recorder.launch(program, LaunchConfiguration(grid: 1, block: 256), [])
      }
    }
    try device.launch(
      program, LaunchConfiguration(grid: 1, block: 256), [KernelArgument(numbers.address)])
    #expect(try numbers.read() == [UInt32](repeating: 6, count: 256))
  }

  @Test(.tags(.gpu), .enabled(if: hasGPU, "this machine has no GPU"))
  func `cuBLASLt multiplies`() throws {
    let device = try CUDADevice(timeLimit: 10)
    guard let library = try? VendorLibrary(on: device) else { return }
    let product = try VendorMatmul(library, of: .f16, shape: .init(m: 64, n: 32, k: 16))
    // Ones of f16.
    let a = try device.makeBuffer([UInt16](repeating: 0x3C00, count: 64 * 16))
    let b = try device.makeBuffer([UInt16](repeating: 0x3C00, count: 32 * 16))
    let c = try device.makeBuffer([UInt16](repeating: 0, count: 64 * 32))
    for candidate in product.candidates {
      try c.write([UInt16](repeating: 0, count: 64 * 32))
      let graph = try CUDAGraph(on: device, name: library.summary) { recorder throws(DeviceError) in
        try product.record(
          candidate, on: recorder, a: a, b: b, c: c)
      }
      try graph.run()
      // 16 in f16.
      #expect(try c.read() == [UInt16](repeating: 0x4C00, count: 64 * 32))
    }
  }
}
