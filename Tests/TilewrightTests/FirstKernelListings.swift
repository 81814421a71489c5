// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import Tilewright

/// The programs of the article on writing a kernel, written as its readers would.
@Suite struct FirstKernelListings {
  @Test func `sums of rows`() throws {
    let rowSums = Kernel<
      AnyArchitecture, GlobalBuffer<Float>, GlobalBuffer<Float>, UInt32
    >("row_sums", parameters: ["x", "sums", "columns"], block: 256) { k, x, sums, columns in
      let row = x.advanced(by: k.blockIndex.x * columns)
      let sum = k.variable(Float(0))
      k.loop(from: k.threadIndex.x, to: columns, by: 256) { column in
        sum += row[column]
      }
      // Within a warp, lanes add what their neighbors hold.
      for distance in [16, 8, 4, 2, 1] {
        sum += k.shuffle(sum.value, .down, distance)
      }
      // Between warps, the sums pass through shared memory.
      let partial = k.sharedField("partial", of: Float.self, count: 8)
      k.if(k.laneIndex == 0) { partial[k.warpIndex] = sum.value }
      k.synchronize()
      k.if(k.threadIndex.x == 0) {
        let total = k.variable(Float(0))
        for warp in 0..<8 { total += partial[warp] }
        sums[k.blockIndex.x] = total.value
      }
    }

    let rows = 3
    let columns = 1000
    let values = (0..<rows * columns).map { Float($0 % 7) }
    let expected = (0..<rows).map { row in
      values[row * columns..<(row + 1) * columns].reduce(0, +)
    }
    for schedule in [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)] {
      let device = SimulatedDevice(.hopper, options: SimulationOptions(schedule: schedule))
      let x = try device.makeBuffer(values)
      let sums = try device.makeBuffer(of: Float.self, count: rows)
      try device.launch(rowSums, grid: Dimensions(rows), x, sums, UInt32(columns))
      #expect(try sums.read() == expected)
    }
  }

  @Test func `what a launch counted`() throws {
    let scale = Kernel<AnyArchitecture, Float, GlobalBuffer<Float>, UInt32>("scale") {
      k, alpha, x, count in
      let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
      k.if(i < count) { x[i] = alpha * x[i] }
    }
    let device = SimulatedDevice(.hopper)
    let x = try device.makeBuffer([Float](repeating: 1, count: 1000))
    let result = try device.launch(scale, grid: 4, block: 256, 2, x, 1000)
    let counters = try #require(result.counters)
    #expect(counters.bytes["global.read"] == 4000)
    #expect(counters.instructions["ld.global"] == 32)
  }

  @Test func `one kernel, each architecture`() throws {
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<UInt32>>("indices", block: 32) { k, x in
      x[k.threadIndex.x] = k.threadIndex.x
    }
    let text = try kernel.program().text
    #expect(text.contains(".target sm_80"))
    for device in [SimulatedDevice(.hopper), SimulatedDevice(.blackwell)] {
      let x = try device.makeBuffer(of: UInt32.self, count: 32)
      try device.launch(kernel, grid: 1, x)
      #expect(try x.read() == Array(0..<32))
    }
  }
}
