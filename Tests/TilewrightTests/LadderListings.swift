// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import Tilewright

/// Programs in the articles on the ladder, written as their readers would.
@Suite struct LadderListings {
  @Test func `a product by the first step`() throws {
    let shape = MatmulShape(m: 100, n: 70, k: 50)
    let inputs = MatmulInputs.integers
    let a = inputs.matrix(of: BFloat16.self, rows: shape.m, columns: shape.k, seed: 1)
    let b = inputs.matrix(of: BFloat16.self, rows: shape.n, columns: shape.k, seed: 2)

    let device = SimulatedDevice(.hopper)
    let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
    try NaiveMatmul<BFloat16>().launch(
      on: device, a: try device.makeBuffer(a), b: try device.makeBuffer(b), c: c, shape: shape)
    let reference = HostReference(a: a, b: b, shape: shape)
    #expect(reference.compare(try c.read(), isExact: true).isMatch)
  }

  @Test func `a swizzle is an argument`() throws {
    let plain = try TensorCoreMatmul<Hopper, BFloat16>(.init(swizzle: .none))
    let swizzled = try TensorCoreMatmul<Hopper, BFloat16>(.init(swizzle: .bytes128))

    let shape = MatmulShape(m: 100, n: 70, k: 72)
    let a = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 100, columns: 72, seed: 1)
    let b = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 70, columns: 72, seed: 2)
    let device = SimulatedDevice(.hopper)
    var products: [[UInt16]] = []
    for kernel in [plain, swizzled] {
      let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
      try kernel.launch(
        on: device, a: try device.makeBuffer(a), b: try device.makeBuffer(b), c: c, shape: shape)
      products.append(try c.read().map(\.bitPattern))
    }
    #expect(products[0] == products[1])
  }

  @Test func `larger tiles are arguments`() throws {
    let small = try TensorStoreMatmul<Hopper, BFloat16>(.init(swizzle: .bytes128))
    let square = try TensorStoreMatmul<Hopper, BFloat16>(
      .init(tileM: 128, tileN: 128, swizzle: .bytes128))
    let wide = try TensorStoreMatmul<Hopper, BFloat16>(
      .init(tileM: 128, tileN: 256, swizzle: .bytes128, warpgroups: 2, stages: 3))

    let shape = MatmulShape(m: 150, n: 270, k: 136)
    let a = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 150, columns: 136, seed: 1)
    let b = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 270, columns: 136, seed: 2)
    let device = SimulatedDevice(.hopper)
    var products: [[UInt16]] = []
    for kernel in [small, square, wide] {
      let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
      try kernel.launch(
        on: device, a: try device.makeBuffer(a), b: try device.makeBuffer(b), c: c, shape: shape)
      products.append(try c.read().map(\.bitPattern))
    }
    let reference = HostReference(a: a, b: b, shape: shape)
    let first = products[0].map { BFloat16(bitPattern: $0) }
    #expect(reference.compare(first).isMatch)
    #expect(products[1] == products[0] && products[2] == products[0])
  }

  @Test func `a curve visits neighbors`() {
    let curve = HilbertCurve(rows: 2, columns: 2)
    #expect(curve.coordinates == [0, 0, 1, 0, 1, 1, 0, 1])
  }

  @Test func `the extents choose the configuration`() {
    let square = { (extent: Int) in
      let shape = MatmulShape(m: extent, n: extent, k: extent)
      return "\(Hopper.configuration(for: shape, multiprocessorCount: 132))"
    }
    #expect(square(512) == "64x64x128_stages6_cluster1_boxes2_supergroup8_one_consumer_pdl")
    #expect(square(4096) == "128x256x64_stages4_cluster2_boxes2_hilbert_deferred_pdl")
    #expect(square(8192) == "256x192x64_stages3_cluster2_boxes2_supergroup4_splitk2_pdl")
    #expect(square(16384) == "256x176x64_stages3_cluster1x2_boxes2_supergroup16_pdl")
  }
}
