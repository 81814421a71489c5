// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import KernelLibrary

/// The time of a product on a GPU, with our kernel and with cuBLASLt.
///
/// Each round runs one graph of our kernel and one of cuBLASLt, timed by the GPU.
struct MatmulTiming: Encodable, Sendable {
  /// The rounds.
  let rounds: Int
  /// The copies of A, B and C that launches take in turn, so that they do not find their inputs in
  /// the L2.
  let bufferSets: Int
  /// Our kernel.
  let kernel: Sample
  /// The timing of cuBLASLt; none if it is missing.
  let vendor: Reported<Vendor>
  /// The reason why cuBLASLt was not timed, if it was not.
  let vendorObstacle: Reported<String>
  /// The speed relative to cuBLASLt.
  let ratio: Reported<Double>

  /// The time of one product.
  struct Sample: Encodable, Sendable {
    /// The products in each graph.
    let launchesPerGraph: Int
    /// The seconds for one product, over the rounds.
    let seconds: Quartiles
    /// The operations of the product by its median time, in 10¹² per second.
    let tflops: Double

    /// Reports the times of products.
    init(seconds: [Double], launchCount: Int, shape: MatmulShape) {
      launchesPerGraph = launchCount
      self.seconds = Quartiles(of: seconds)
      tflops = shape.operationCount / self.seconds.median / 1e12
    }
  }

  /// The timing of cuBLASLt.
  struct Vendor: Encodable, Sendable {
    /// The library's name and version.
    let library: String
    /// The ways to compute the product that the library proposed, and which was the fastest.
    let candidates: Int, candidate: Int
    /// The time with that one.
    let sample: Sample
    /// Whether its product is right.
    let passed: Bool
  }
}

extension MatmulTiming {
  /// Adds the times to a report for a person.
  func add(to lines: inout Table) {
    let launches = kernel.launchesPerGraph == 1 ? "1 launch" : "\(kernel.launchesPerGraph) launches"
    lines.add("timed", "\(kernel.text), rounds: \(rounds) of \(launches)")
    guard let vendor = vendor.value else {
      return lines.add("vendor", "not timed: \(vendorObstacle.value ?? "not requested")")
    }
    let verdict = vendor.passed ? "" : "; ITS PRODUCT IS WRONG"
    lines.add(
      "vendor",
      """
      \(vendor.sample.text), \(vendor.library), the fastest of \(vendor.candidates) candidates\
      \(verdict)
      """)
    guard let ratio = ratio.value else { return }
    lines.add("", "our kernel runs at \(String(format: "%.1f", 100 * ratio)) % of its speed")
  }
}

extension MatmulTiming.Sample {
  /// The median, the quartiles and the rate, for a person.
  fileprivate var text: String {
    """
    \(duration(seconds.median)) (quartiles \(duration(seconds.lower)) and \
    \(duration(seconds.upper))), \(String(format: "%.1f", tflops)) TFLOPS
    """
  }
}
