// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing
import Tilewright

/// The faulty programs of the article on reading faults, which shows their reports as snapshots.
@Suite struct FaultListings {
  /// Returns the fault with which a launch ends.
  private func fault(_ launch: () throws(DeviceError) -> Void) throws -> KernelFault {
    do throws(DeviceError) {
      try launch()
    } catch {
      guard case .fault(let fault) = error else { throw error }
      return fault
    }
    throw NoFault()
  }

  /// The launch had no fault.
  private struct NoFault: Error {}

  @Test func `an index beyond the buffer`() throws {
    let double = Kernel<AnyArchitecture, GlobalBuffer<Float>>("double", parameters: ["x"]) { k, x in
      let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
      x[i] = 2 * x[i]
    }
    let device = SimulatedDevice(.hopper)
    let x = try device.makeBuffer([Float](repeating: 1, count: 1000))
    let fault = try fault { () throws(DeviceError) in
      try device.launch(double, grid: 4, block: 256, x)
    }
    #expect(fault.kind == "out-of-bounds")
    expectSnapshot(fault.report, named: "an_index_beyond_the_buffer", ending: "txt")
  }

  @Test func `a barrier that is missing`() throws {
    let fold = Kernel<AnyArchitecture, GlobalBuffer<UInt32>>(
      "fold", parameters: ["x"], block: 64
    ) { k, x in
      let i = k.threadIndex.x
      let values = k.sharedField("values", of: UInt32.self, count: 64)
      values[i] = x[i]
      // `k.synchronize()` is missing here.
      x[i] = x[i] + values[63 - i]
    }
    let device = SimulatedDevice(.hopper)
    let x = try device.makeBuffer([UInt32](0..<64))
    let fault = try fault { () throws(DeviceError) in
      try device.launch(fold, grid: 1, x)
    }
    #expect(fault.kind == "uninitialized-read")
    expectSnapshot(fault.report, named: "a_barrier_that_is_missing", ending: "txt")
  }

  @Test func `bytes that nobody announced`() throws {
    let tile = try SharedTile<Float>("tile", rows: 32, columns: 32, swizzle: .bytes128)
    let copy = Kernel<Hopper, TensorMap<Float>, GlobalBuffer<Float>>(
      "copy_tile", parameters: ["x", "y"], block: 32
    ) { k, x, y in
      let stage = k.shared(tile)
      let loaded = k.sharedBarrier("loaded", arrivals: 1)
      let loader = TileLoader(k, from: x, filling: tile)
      k.if(k.threadIndex.x == 0) {
        loaded.initialize()
        k.fenceBarrierInitialization()
        // `loaded.arrive(expectingByteCount: loader.byteCount)` is missing here.
        loader.load(stage, row: k.constant(0), column: k.constant(0), signalling: loaded)
      }
      k.synchronizeWarp()
      loaded.wait(parity: k.constant(0))
      y[k.threadIndex.x] = stage[k.threadIndex.x, 0]
    }
    let device = SimulatedDevice(.hopper)
    let x = try device.makeBuffer([Float](repeating: 1, count: 32 * 32))
    let y = try device.makeBuffer(of: Float.self, count: 32)
    let map = try device.makeTensorMap(
      tile.tensorMapDescription(of: x, rows: 32, columns: 32, pitch: 32), of: Float.self,
      over: x)
    let fault = try fault { () throws(DeviceError) in
      try device.launch(copy, grid: 1, map, y)
    }
    #expect(fault.kind == "deadlock")
    expectSnapshot(fault.report, named: "bytes_that_nobody_announced", ending: "txt")
  }

  @Test func `two fields with one name`() throws {
    let swap = Kernel<AnyArchitecture, GlobalBuffer<Float>>("swap", block: 32) { k, x in
      let first = k.sharedField("values", of: Float.self, count: 32)
      let second = k.sharedField("values", of: Float.self, count: 32)
      first[k.threadIndex.x] = x[k.threadIndex.x]
      second[k.threadIndex.x] = first[k.threadIndex.x]
    }
    let error = try #require(throws: KernelError.self) { try swap.program() }
    expectSnapshot("\(error)", named: "two_fields_with_one_name", ending: "txt")
  }

  @Test func `an element that is wrong`() throws {
    let shape = MatmulShape(m: 64, n: 64, k: 64)
    let a = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 64, columns: 64, seed: 1)
    let b = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 64, columns: 64, seed: 2)
    let kernel = try TensorCoreMatmul<Hopper, BFloat16>()
    let device = SimulatedDevice(.hopper)
    let c = try device.makeBuffer(of: BFloat16.self, count: 64 * 64)
    try kernel.launch(
      on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), c: c, shape: shape)
    var product = try c.read()
    product[20 * 64 + 33] = 1

    let comparison = HostReference(a: a, b: b, shape: shape).compare(
      product, owner: kernel.owner)
    let mismatch = try #require(comparison.firstMismatch)
    expectSnapshot("\(mismatch)", named: "an_element_that_is_wrong", ending: "txt")
  }
}
