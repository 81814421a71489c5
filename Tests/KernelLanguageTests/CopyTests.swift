// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Simulator
import Testing

@Suite struct CopyTests {
  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `blocks add their parts of a buffer to its start, in bulk`(schedule: Schedule) throws {
    // Each of 8 blocks loads 64 words of the input and adds them to the 64 of the output.
    let kernel = Kernel<Hopper, GlobalBuffer<UInt32>, GlobalBuffer<UInt32>>(
      "fold", block: 32
    ) { k, input, output in
      let tile = k.sharedField("tile", of: UInt32.self, count: 64)
      let loaded = k.sharedBarrier("loaded", arrivals: 1)
      let part = input.advanced(by: k.blockIndex.x * 64)
      k.elected {
        loaded.initialize()
        k.fenceBarrierInitialization()
        loaded.arrive(expectingByteCount: 256)
        k.cpAsyncBulkPrefetch(part.address, byteCount: 256)
        k.cpAsyncBulk(
          from: part.address, to: tile.address, byteCount: 256, signalling: loaded)
        loaded.wait(parity: k.constant(0))
        k.cpReduceAsyncBulk(.add, from: tile, to: output, byteCount: 256)
        k.cpAsyncBulkCommitGroup()
        k.cpAsyncBulkWaitGroup(0)
      }
    }
    let device = SimulatedDevice(
      .hopper, options: SimulationOptions(schedule: schedule, hostThreadCount: 2))
    let input = try device.makeBuffer((0..<512).map { UInt32($0 * $0) })
    let output = try device.makeBuffer([UInt32](repeating: 3, count: 64))
    try device.launch(kernel, grid: 8, input, output)
    var expected = [UInt32](repeating: 3, count: 64)
    for index in 0..<512 { expected[index % 64] += UInt32(index * index) }
    #expect(try output.read() == expected)
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 3), .random(seed: 4)])
  func `a box is compared with a tensor in place`(schedule: Schedule) throws {
    let kernel = Kernel<Hopper, TensorMap<Int32>>("clamp", block: 32) { k, map in
      let tile = k.sharedField("tile", of: Int32.self, count: 8 * 16, alignment: 128)
      let zero = k.constant(UInt32(0))
      for row in 0..<4 { tile.advanced(by: k.laneIndex).advanced(by: 32 * row)[0] = k.constant(5) }
      k.fenceProxyAsync(.sharedBlock)
      k.synchronize()
      k.elected {
        k.cpAsyncBulkPrefetchTensor(map, [zero, zero])
        k.cpReduceAsyncBulkTensor(.min, from: tile.address, to: map, [k.constant(4), zero])
        k.cpAsyncBulkCommitGroup()
        k.cpAsyncBulkWaitGroup(0)
      }
    }
    let device = SimulatedDevice(.hopper, options: SimulationOptions(schedule: schedule))
    let buffer = try device.makeBuffer((0..<16 * 12).map { Int32($0 % 12) })
    let map = try device.makeTensorMap(
      TensorMapDescription(
        elementType: .s32, address: buffer.address, extents: [12, 16], byteStrides: [48],
        box: [8, 16]), of: Int32.self, over: buffer)
    try device.launch(kernel, grid: 1, map)
    let result = try buffer.read()
    for (index, value) in result.enumerated() {
      let column = Int32(index % 12)
      #expect(value == (column < 4 ? column : min(5, column)))
    }
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 5), .random(seed: 6)])
  func `blocks of a cluster send each other sums, and a barrier counts them`(schedule: Schedule)
    throws
  {
    let kernel = Kernel<Hopper, GlobalBuffer<UInt32>>("tell", block: 32, cluster: 4) { k, output in
      let sums = k.sharedField("sums", of: UInt32.self, count: 4)
      let total = k.sharedField("total", of: UInt32.self, count: 1)
      let received = k.sharedBarrier("received", arrivals: 1)
      let isFirst = k.laneIndex == 0
      k.if(isFirst) {
        received.initialize()
        k.fenceBarrierInitialization()
        total[0] = k.constant(0)
        received.arrive(expectingByteCount: 4 * 4 + 4 * 4)
      }
      k.synchronizeCluster()
      // Lanes 0 to 3 each notify one block.
      k.if(k.laneIndex < 4) {
        let sum = k.mapa(sums.advanced(by: k.clusterRank), toRank: k.laneIndex)
        let barrier = k.mapa(received.address, toRank: k.laneIndex)
        k.stAsync([k.clusterRank * 10 + k.laneIndex], to: sum, signalling: barrier)
        let all = k.mapa(total, toRank: k.laneIndex)
        k.redAsync(.add, k.clusterRank + 1, to: all, signalling: barrier)
      }
      received.wait(parity: k.constant(0))
      k.if(k.laneIndex < 4) {
        output[k.clusterRank * 5 + k.laneIndex] = sums[k.laneIndex]
        output[k.clusterRank * 5 + 4] = total[0]
      }
      k.synchronizeCluster()
    }
    let device = SimulatedDevice(.hopper, options: SimulationOptions(schedule: schedule))
    let output = try device.makeBuffer([UInt32](repeating: 0, count: 20))
    try device.launch(kernel, grid: 4, output)
    var expected: [UInt32] = []
    for block in 0..<4 {
      for other in 0..<4 { expected.append(UInt32(other * 10 + block)) }
      expected.append(10)
    }
    #expect(try output.read() == expected)
  }

  @Test func `atomic operations return the old value`() throws {
    let kernel = Kernel<Hopper, GlobalBuffer<Int64>, GlobalBuffer<Float>, GlobalBuffer<UInt64>>(
      "before", block: 32
    ) { k, longs, floats, wides in
      k.if(k.laneIndex == 0) {
        longs[1] = longs.atomic(.add, k.constant(-5))
        longs[2] = longs.atomic(.min, k.constant(-9))
        longs.reduce(.max, k.constant(-7))
        floats[4] = floats.atomicAdd(k.constant(0.5))
        let old = floats.atomicVector(.add, (0..<4).map { k.constant(Float($0)) })
        floats[5] = old[1] + old[3]
        let pair = wides.atomicCompareAndSwapPair(
          expected: (low: k.constant(1), high: k.constant(2)),
          new: (low: k.constant(8), high: k.constant(9)))
        wides[2] = pair.low * 10 + pair.high
      }
    }
    let device = SimulatedDevice(.hopper)
    let longs = try device.makeBuffer([Int64](repeating: 3, count: 4))
    let floats = try device.makeBuffer((0..<8).map { Float($0) })
    let wides = try device.makeBuffer([UInt64](arrayLiteral: 1, 2, 0, 0))
    try device.launch(kernel, grid: 1, longs, floats, wides)
    #expect(try longs.read() == [-7, 3, -2, 3])
    #expect(try floats.read() == [0.5, 2, 4, 6, 0, 4, 6, 7])
    #expect(try wides.read() == [8, 9, 12, 0])
  }
}
