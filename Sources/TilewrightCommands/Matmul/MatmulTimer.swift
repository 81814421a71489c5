// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// Times a product on a GPU, in turn with cuBLASLt.
struct MatmulTimer<Element: TensorCoreElement> {
  /// The kernel.
  let kernel: any MatmulKernel<Element>
  /// The GPU.
  let device: CUDADevice
  /// The extents.
  let shape: MatmulShape
  /// The elements of A and of B.
  let a: [Element], b: [Element]

  /// Times the product.
  ///
  /// - Parameters:
  ///   - rounds: The number of rounds, at least 1.
  ///   - compare: Compares a product with the host's.
  /// - Returns: The times of both.
  /// - Throws: The errors of our kernel; those of cuBLASLt are reported.
  func time(
    rounds: Int, compare: ([Element]) -> MatmulComparison
  ) throws(DeviceError) -> MatmulTiming {
    let machine = TimingGPU(device)
    let sets = try BufferSets<Element>(shape, on: machine) { matrices throws(DeviceError) in
      try matrices.a.write(a)
      try matrices.b.write(b)
    }
    let ours = try sets.makeProducts(of: kernel, on: machine)
    var obstacle: String?
    var rival: VendorTrial?
    do {
      rival = try VendorTrial(sets, on: machine)
    } catch {
      // A fault leaves nothing to be measured.
      guard case .unavailable(_, let reason) = error else { throw error }
      obstacle = reason
    }
    let isRivalRight = try rival.map { rival throws(DeviceError) in
      try sets.clearProducts()
      try rival.finalists[0].products.graph.run()
      return compare(try sets.all[0].c.read()).isMatch
    }
    let competitors = [ours] + (rival.map { [$0.finalists[0].products] } ?? [])
    let measured = try TimingComparison(competitors, on: machine).run(.short, rounds: rounds)
    let samples = zip(competitors, measured).map { competitor, rounds in
      MatmulTiming.Sample(
        seconds: rounds.flatMap(\.seconds), launchCount: competitor.launchCount, shape: shape)
    }
    let vendor = rival.map { rival in
      MatmulTiming.Vendor(
        library: rival.library, candidates: rival.candidateCount,
        candidate: rival.finalists[0].candidate, sample: samples[1],
        passed: isRivalRight ?? false)
    }
    return MatmulTiming(
      rounds: rounds, bufferSets: sets.all.count, kernel: samples[0], vendor: Reported(vendor),
      vendorObstacle: Reported(obstacle),
      ratio: Reported(vendor.map { $0.sample.seconds.median / samples[0].seconds.median }))
  }
}
