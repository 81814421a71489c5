// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import PTX
import Simulator
import TestSupport
import Testing

/// Host numbers in place of device values.
@Suite struct ConstantOperandTests {
  /// Every operation that takes a constant, in one thread.
  private static let kernel = Kernel<
    Hopper, GlobalBuffer<Float>, GlobalBuffer<UInt32>, GlobalBuffer<BFloat16>, Float
  >("constants", block: 1) { k, floats, words, halves, x in
    floats.store(1.5)
    floats.store(0, at: k.constant(1))
    floats[2] = k.max(x, 0.0)
    floats[3] = k.min(0, x)
    floats[4] = k.fma(x, 2, 1)
    floats[5] = k.select(x < 0, 7, 8)
    floats[6] = k.select(x < 0, x, 8)
    floats[6] *= 2
    let sum = k.variable(Float(1))
    sum.set(3)
    sum /= 2
    sum -= 0.25
    floats[7] = sum.value
    floats[8] += 1
    floats[9] /= x
    words.store(5)
    words[0] <<= 2
    words[1] = k.max(words[0], 100)
    words[2] = words.advanced(by: 1).atomic(.add, 11)
    words.advanced(by: 3).reduce(.max, 12)
    let bits = k.variable(UInt32(0xF0))
    bits >>= 4
    bits %= 10
    bits |= 0x20
    words[4] = bits.value
    halves.store(-2.5, if: x < 0)
    let barrier = k.sharedBarrier("done", arrivals: 1)
    barrier.initialize()
    barrier.arrive()
    barrier.wait(parity: 0)
    words[5] = k.select(barrier.test(parity: 1), 1, 2)
  }

  @Test func `they do what the values would`() throws {
    let device = SimulatedDevice(.hopper)
    let floats = try device.makeBuffer([Float](repeating: 8, count: 10))
    let words = try device.makeBuffer([UInt32](repeating: 8, count: 6))
    let halves = try device.makeBuffer(of: BFloat16.self, count: 1)
    try device.launch(Self.kernel, grid: 1, floats, words, halves, -2)
    #expect(try floats.read() == [1.5, 0, 0, -2, -3, 7, -4, 1.25, 9, -4])
    #expect(try words.read() == [20, 111, 100, 12, 0x25, 2])
    #expect(try halves.read() == [-2.5])
  }

  @Test func `ptxas accepts them`() throws {
    let module = try Self.kernel.module()
    let report = try assemble(module.ptx(), architecture: module.target.description)
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test func `expressions of elements and constants are checked within few steps`() throws {
    let source = """
      let kernel = Kernel<
        Hopper, GlobalBuffer<Float>, GlobalBuffer<Float>, GlobalBuffer<UInt32>, UInt32, Float
      >("k") { k, x, y, n, count, alpha in
        let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
        k.if(i + 1 < count && n[i] != 0) {
          y[i] = alpha * x[i] + 2 * x[i + 1] - x[2 * i] * 0.5 + 1
          y[i] = y[i] / 3 - (x[i] + 1) * (x[i] - 1) + alpha * alpha
          y[0] += alpha * x[i] * 2 + 1
          n[i + 1] = (n[i] & 15) * 16 + (i >> 4) % 8 + 3
          y[i] = (y[i] + x[i + 1] + x[i + 2] + x[i + 3]) * 0.25 + alpha * x[i] - x[i] * x[i] / 3
        }
      }
      """
    let report = try compile(
      source, importing: ["KernelLanguage", "DeviceRuntime"],
      options: ["-Xfrontend", "-solver-scope-threshold=3000"])
    #expect(report.isAccepted, "\(report.log)")
  }
}
