// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// Copies of A, B and C, through which launches rotate, so that they do not find their inputs in
/// L2.
struct BufferSets<Element: TensorCoreElement>: Sendable {
  /// The buffers of one product.
  struct Matrices: Sendable {
    /// A, B, and C.
    let a: GlobalBuffer<Element>, b: GlobalBuffer<Element>, c: GlobalBuffer<Element>
  }

  /// The extents.
  let shape: MatmulShape

  /// The copies.
  let all: [Matrices]

  /// The kernel that fills C before it is written.
  private let unwritten = MatrixFill<Element>(nil)

  /// The most copies that are made; only tiny products would need more.
  private static var limit: Int { 2048 }

  /// Makes enough copies to fill L2 three times.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - machine: The device.
  ///   - fill: Writes A and B.
  /// - Throws: The errors of `fill`, and `outOfMemory`.
  init(
    _ shape: MatmulShape, on machine: some TimingDevice,
    filling fill: (Matrices) throws(DeviceError) -> Void
  ) throws(DeviceError) {
    self.shape = shape
    var all: [Matrices] = []
    var byteCount = 0
    repeat {
      let matrices = Matrices(
        a: try machine.base.makeBuffer(of: Element.self, count: shape.m * shape.k),
        b: try machine.base.makeBuffer(of: Element.self, count: shape.n * shape.k),
        c: try machine.base.makeBuffer(of: Element.self, count: shape.m * shape.n))
      try fill(matrices)
      all.append(matrices)
      byteCount += [matrices.a, matrices.b, matrices.c].reduce(0) { $0 + $1.allocation.byteCount }
    } while byteCount < 3 * machine.cacheByteCount && all.count < Self.limit
    self.all = all
  }

  /// Fills every C with NaN, so that an element that is not written is wrong.
  func clearProducts() throws(DeviceError) {
    for set in all { try unwritten.fill(set.c, rows: shape.m, columns: shape.n) }
  }

  /// Returns the products for a graph: enough for two milliseconds, and one of each copy.
  func launchCount(for seconds: Double) -> Int {
    max(min(Int(0.002 / max(seconds, 1e-6)), 2048), all.count)
  }
}

/// A graph of products, each of the next copy of the buffers.
struct ProductGraph: Sendable {
  /// The launches.
  let graph: any TimedGraph

  /// The number of products.
  let launchCount: Int

  /// About how long one run takes, in seconds.
  let seconds: Double

  /// Returns whether two are the same launches.
  func isSame(as other: ProductGraph) -> Bool { graph === other.graph }
}

extension BufferSets {
  /// Makes a graph of products of a kernel.
  ///
  /// - Parameters:
  ///   - kernel: The kernel.
  ///   - machine: The device.
  ///   - launchCount: The number of products; nil for one of each copy of the buffers.
  /// - Returns: The graph, which has not run.
  /// - Throws: The errors of preparing the kernel.
  func makeGraph<Machine: TimingDevice>(
    of kernel: any MatmulKernel<Element>, on machine: Machine, launchCount: Int? = nil
  ) throws(DeviceError) -> any TimedGraph {
    try machine.makeGraph(named: kernel.entry) { recorder throws(DeviceError) in
      var products: [PreparedMatmul] = []
      for set in all {
        products.append(
          try kernel.prepare(on: recorder, a: set.a, b: set.b, c: set.c, shape: shape))
      }
      for launch in 0..<(launchCount ?? all.count) {
        try products[launch % products.count].launch()
      }
    }
  }

  /// Makes a graph of products of cuBLASLt.
  ///
  /// - Parameters:
  ///   - product: The product.
  ///   - candidate: The algorithm.
  ///   - machine: The device.
  ///   - launchCount: The number of products; nil for one of each copy of the buffers.
  /// - Returns: The graph, which has not run.
  /// - Throws: The errors of the library.
  func makeGraph<Machine: TimingDevice>(
    of product: any VendorProduct<Machine.Recorder>, candidate: Int, on machine: Machine,
    launchCount: Int? = nil
  ) throws(DeviceError) -> any TimedGraph {
    try machine.makeGraph(named: product.library) { recorder throws(DeviceError) in
      for launch in 0..<(launchCount ?? all.count) {
        let set = all[launch % all.count]
        try product.record(candidate: candidate, on: recorder, a: set.a, b: set.b, c: set.c)
      }
    }
  }

  /// Makes a graph of a kernel's products for timing, and runs it to warm up.
  func makeProducts<Machine: TimingDevice>(
    of kernel: any MatmulKernel<Element>, on machine: Machine
  ) throws(DeviceError) -> ProductGraph {
    let trial = try makeGraph(of: kernel, on: machine)
    let estimate = try trial.run(leadIn: 1) / Double(all.count)
    let launchCount = launchCount(for: estimate)
    let graph = try makeGraph(of: kernel, on: machine, launchCount: launchCount)
    return ProductGraph(
      graph: graph, launchCount: launchCount, seconds: try graph.run())
  }
}
