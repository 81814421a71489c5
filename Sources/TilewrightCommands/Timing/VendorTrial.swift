// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// cuBLASLt with the fastest of the algorithms that it proposes for a product.
struct VendorTrial: Sendable {
  /// A way to compute the product.
  struct Finalist: Sendable {
    /// The index among the library's candidates, from 0.
    let candidate: Int
    /// Products that it computes.
    let products: ProductGraph
  }

  /// The library's name and version.
  let library: String

  /// The number of ways that the library proposes.
  let candidateCount: Int

  /// The two fastest ways in short runs, the fastest first; one, where the second is more than 3 %
  /// slower.
  let finalists: [Finalist]

  /// Tries all candidates of the library.
  ///
  /// - Throws: `DeviceError.unavailable` where there is no library, or no candidate works.
  init<Machine: TimingDevice, Element: TensorCoreElement>(
    _ sets: BufferSets<Element>, on machine: Machine
  ) throws(DeviceError) {
    let product = try machine.makeVendorProduct(of: Element.elementType, shape: sets.shape)
    library = product.library
    candidateCount = product.candidateCount
    var times: [(candidate: Int, seconds: Double)] = []
    for candidate in 0..<product.candidateCount {
      do {
        let graph = try sets.makeGraph(of: product, candidate: candidate, on: machine)
        times.append((candidate, try graph.run(leadIn: 1)))
      } catch {
        // The library refuses some of its own candidates; a fault leaves nothing to be measured.
        guard case .unavailable = error else { throw error }
      }
    }
    times.sort { $0.seconds < $1.seconds }
    guard let best = times.first?.seconds else {
      throw .unavailable(
        device: "cublasLt", reason: "none of its algorithms can compute the product")
    }
    let launchCount = sets.launchCount(for: best / Double(sets.all.count))
    var close: [Finalist] = []
    // One run is not conclusive: candidates that come near are measured again.
    for (candidate, seconds) in times.prefix(4) where seconds <= 1.1 * best {
      let graph = try sets.makeGraph(
        of: product, candidate: candidate, on: machine, launchCount: launchCount)
      let seconds = seconds * Double(launchCount) / Double(sets.all.count)
      close.append(
        Finalist(
          candidate: candidate,
          products: ProductGraph(graph: graph, launchCount: launchCount, seconds: seconds)))
    }
    finalists = try VendorTrial.fastest(of: close, on: machine)
  }

  /// Returns the fastest candidates by the medians of a few short runs in turn, the fastest first.
  private static func fastest(
    of candidates: [Finalist], on machine: some TimingDevice
  ) throws(DeviceError) -> [Finalist] {
    guard candidates.count > 1 else { return candidates }
    let measured = try TimingComparison(candidates.map(\.products), on: machine).run(
      .short, rounds: 5)
    let medians = measured.map { rounds in Quartiles(of: rounds.flatMap(\.seconds)).median }
    let sorted = zip(candidates, medians).sorted { $0.1 < $1.1 }
    return sorted.prefix(2).filter { $0.1 <= 1.03 * sorted[0].1 }.map(\.0)
  }
}
