// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Simulator
import Testing

@Suite struct LifetimeTests {
  /// A kernel that copies a box of 4 rows of 8 elements, and stores its elements in order.
  private static let kernel = Kernel<Hopper, TensorMap<UInt32>, GlobalBuffer<UInt32>>(
    "copy", parameters: ["map", "output"], block: 32
  ) { k, map, output in
    let box = k.sharedField("box", of: UInt32.self, count: 32, alignment: 128)
    let loaded = k.sharedBarrier("loaded", arrivals: 1)
    k.if(k.threadIndex.x == 0) {
      loaded.initialize()
      k.fenceBarrierInitialization()
      loaded.arrive(expectingByteCount: 128)
      k.cpAsyncBulkTensor(
        map, [k.constant(0), k.constant(0)], to: box.address, signalling: loaded)
    }
    k.synchronize()
    loaded.wait(parity: k.constant(0))
    output[k.threadIndex.x] = box[k.threadIndex.x]
  }

  /// Returns a map that holds the only reference to its buffer.
  private func map(on device: any Device) throws -> TensorMap<UInt32> {
    let buffer = try device.makeBuffer((0..<32).map { UInt32($0) })
    return try device.makeTensorMap(
      TensorMapDescription(
        elementType: .u32, address: buffer.address, extents: [8, 4], byteStrides: [32],
        box: [8, 4]), of: UInt32.self, over: buffer)
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1)])
  func `a tensor map keeps the memory of its tensor`(schedule: Schedule) throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 1, schedule: schedule)
    let map = try map(on: device)
    let output = try device.makeBuffer([UInt32](repeating: 0, count: 32))
    try device.launch(LifetimeTests.kernel, grid: 1, map, output)
    #expect(try output.read() == (0..<32).map { UInt32($0) })
  }

  @Test func `a launch that has not ended keeps what its arguments name`() throws {
    let device = RecordingDevice()
    weak var tensor: Allocation?
    weak var output: Allocation?
    do {
      let map = try map(on: device)
      let buffer = try device.makeBuffer(of: UInt32.self, count: 32)
      (tensor, output) = (map.memory, buffer.allocation)
      try device.launch(LifetimeTests.kernel, grid: 1, map, buffer)
    }
    #expect(tensor != nil && output != nil)
    device.forgetLaunches()
    #expect(tensor == nil && output == nil)
  }

  @Test func `memory is freed with its last owner`() throws {
    var machine = SimulatedMachine.hopper
    machine.globalMemoryByteCount = 1024
    let device = SimulatedDevice(machine)
    for _ in 0..<3 {
      let map = try map(on: device)
      let output = try device.makeBuffer([UInt32](repeating: 0, count: 200))
      try device.launch(LifetimeTests.kernel, grid: 1, map, output)
    }
    _ = try device.makeBuffer(of: UInt8.self, count: 1024)
  }
}
