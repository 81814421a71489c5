import CUDADriver
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats

/// Times a product on a GPU, in turn with the vendor's library.
struct MatmulTimer<Element: TensorCoreElement & NumberFormat> {
  /// The kernel.
  let kernel: any MatmulKernel<Element>
  /// The GPU.
  let device: CUDADevice
  /// The extents.
  let shape: MatmulShape
  /// The elements of A and of B.
  let a: [Element], b: [Element]

  /// The buffers of one product.
  private struct Matrices {
    /// A, B, and C.
    let a: GlobalBuffer<Element>, b: GlobalBuffer<Element>, c: GlobalBuffer<Element>
  }

  /// Times the product.
  ///
  /// - Parameters:
  ///   - rounds: The number of rounds, at least 1.
  ///   - estimate: About how long one product takes, in seconds.
  ///   - compare: Compares a product with the host's.
  /// - Returns: The times of both.
  /// - Throws: What our kernel does wrong; what the vendor's library does wrong is reported.
  func time(
    rounds: Int, estimate: Double, compare: ([Element]) -> MatmulComparison
  ) throws(DeviceError) -> MatmulTiming {
    let sets = try makeSets()
    let launchCount = launchCount(for: estimate)
    let ours = try CUDAGraph(on: device, name: kernel.entry) { recorder throws(DeviceError) in
      try record(sets, launchCount, on: recorder)
    }
    try ours.run()
    var obstacle: String?
    var rival: Rival?
    do {
      rival = try Rival(fastestFor: self, sets, compare: compare)
    } catch {
      // A fault leaves nothing to be measured.
      guard case .unavailable(_, let reason) = error else { throw error }
      obstacle = reason
    }
    var seconds: [Double] = []
    var rivalSeconds: [Double] = []
    for _ in 0..<rounds {
      seconds.append(try ours.run())
      if let rival { rivalSeconds.append(try rival.graph.run()) }
    }
    // The graphs know addresses only.
    withExtendedLifetime(sets) {}
    let sample = MatmulTiming.Sample(
      graphSeconds: seconds, launchCount: launchCount, shape: shape)
    let vendor = rival?.report(rivalSeconds, shape)
    return MatmulTiming(
      rounds: rounds, bufferSets: sets.count, kernel: sample, vendor: Reported(vendor),
      vendorObstacle: Reported(obstacle),
      ratio: Reported(vendor.map { $0.sample.seconds.median / sample.seconds.median }))
  }

  /// Returns the products in a graph: enough for two milliseconds, and at most 50.
  private func launchCount(for seconds: Double) -> Int {
    min(max(Int(0.002 / max(seconds, 1e-6)), 1), 50)
  }

  /// Makes as many copies of the matrices as fill the second-level cache three times.
  private func makeSets() throws(DeviceError) -> [Matrices] {
    let count = shape.m * shape.k + shape.n * shape.k + shape.m * shape.n
    let byteCount = count * MemoryLayout<Element>.stride
    let wanted = 3 * device.properties.cacheByteCount / max(byteCount, 1) + 1
    var sets: [Matrices] = []
    for _ in 0..<min(wanted, 50) {
      // An element of C that is not written is then wrong.
      let unwritten = [Element](repeating: Element(Float.nan), count: shape.m * shape.n)
      sets.append(
        Matrices(
          a: try device.makeBuffer(a), b: try device.makeBuffer(b),
          c: try device.makeBuffer(unwritten)))
    }
    return sets
  }

  /// Writes products of our kernel down.
  private func record(
    _ sets: [Matrices], _ launchCount: Int, on recorder: CUDARecorder
  ) throws(DeviceError) {
    for launch in 0..<launchCount {
      let set = sets[launch % sets.count]
      try kernel.launch(on: recorder, a: set.a, b: set.b, c: set.c, shape: shape)
    }
  }

  /// The vendor's library, with the fastest of its candidates.
  private struct Rival {
    /// The library's name and version.
    let library: String
    /// The number of candidates, and which is the fastest, counted from 0.
    let candidateCount: Int, candidate: Int
    /// Its products, and how many there are.
    let graph: CUDAGraph, launchCount: Int
    /// Whether its product is right.
    let isRight: Bool

    /// Tries the library's candidates.
    init(
      fastestFor timer: MatmulTimer, _ sets: [Matrices],
      compare: ([Element]) -> MatmulComparison
    ) throws(DeviceError) {
      let library = try VendorLibrary(on: timer.device)
      let shape = VendorMatmul.Shape(m: timer.shape.m, n: timer.shape.n, k: timer.shape.k)
      let product = try VendorMatmul(library, of: Element.elementType, shape: shape)

      /// Returns a graph of products.
      func makeGraph(_ candidate: Int, _ launchCount: Int) throws(DeviceError) -> CUDAGraph {
        try CUDAGraph(
          on: timer.device, name: library.summary
        ) { recorder throws(DeviceError) in
          for launch in 0..<launchCount {
            let set = sets[launch % sets.count]
            try product.record(
              product.candidates[candidate], on: recorder, a: set.a.address, b: set.b.address,
              c: set.c.address)
          }
        }
      }

      var fastest: (candidate: Int, launchCount: Int, seconds: Double)?
      for candidate in product.candidates.indices {
        let single = try makeGraph(candidate, 1)
        try single.run()
        let launchCount = timer.launchCount(for: try single.run())
        let several = try makeGraph(candidate, launchCount)
        var times: [Double] = []
        for _ in 0..<5 { times.append(try several.run() / Double(launchCount)) }
        let seconds = Quartiles(of: times).median
        if seconds < fastest?.seconds ?? .infinity {
          fastest = (candidate, launchCount, seconds)
        }
      }
      guard let fastest else {
        throw .unavailable(device: "cublasLt", reason: "it has no way to compute the product")
      }
      self.library = library.summary
      candidateCount = product.candidates.count
      candidate = fastest.candidate
      launchCount = fastest.launchCount
      graph = try makeGraph(fastest.candidate, fastest.launchCount)
      let unwritten = [Element](
        repeating: Element(Float.nan), count: timer.shape.m * timer.shape.n)
      try sets[0].c.write(unwritten)
      try graph.run()
      isRight = compare(try sets[0].c.read()).isMatch
    }

    /// Reports the times of the graph.
    func report(_ graphSeconds: [Double], _ shape: MatmulShape) -> MatmulTiming.Vendor {
      MatmulTiming.Vendor(
        library: library, candidates: candidateCount, candidate: candidate,
        sample: MatmulTiming.Sample(
          graphSeconds: graphSeconds, launchCount: launchCount, shape: shape),
        passed: isRight)
    }
  }
}
