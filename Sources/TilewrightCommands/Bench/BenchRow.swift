// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import KernelLibrary

/// The results for a kernel, a product and a regime.
struct BenchRow: Encodable, Sendable {
  /// The extents.
  let m: Int, n: Int, k: Int
  /// The suites that the product is from.
  let places: [BenchCase.Place]
  /// The kernel's name, and the entry's name in the text.
  let kernel: String, entry: String
  /// The state of the GPU.
  let regime: BenchRegime
  /// The time of our kernel; none where it could not be measured.
  let time: Reported<BenchTime>
  /// The time of cuBLASLt; none if it could not be measured.
  let vendor: Reported<BenchTime>
  /// The ways to compute the product that the library proposed, and which is measured, counted
  /// from 0.
  let vendorCandidates: Reported<Int>, vendorCandidate: Reported<Int>
  /// The speed relative to cuBLASLt, round by round, from the means of both in each round.
  let ratio: Reported<Quartiles>
  /// The number of copies of A, B and C, through which launches rotate.
  let bufferSets: Int
  /// The number of elements of each product that were compared with the host's, and the largest
  /// error, as `matmul` reports it.
  let comparedElements: Int, maxRelativeError: Reported<Double>
  /// Whether our kernel was measured and its products are right.
  let passed: Bool
  /// The error of our kernel's product, or the reason why it was not measured.
  let problem: Reported<BenchProblem>
  /// The error of cuBLASLt's product, or the reason why it was not measured.
  let vendorProblem: Reported<BenchProblem>

  /// The extents.
  var shape: MatmulShape { MatmulShape(m: m, n: n, k: k) }

  /// The product.
  var product: BenchCase { BenchCase(shape: shape, places: places) }

  /// Whether all is right, so that the ratio counts in means.
  var counts: Bool { passed && vendorProblem.value == nil && ratio.value != nil }
}

/// The time of one product.
struct BenchTime: Encodable, Equatable, Sendable {
  /// The products in each graph.
  let launchesPerGraph: Int
  /// The seconds for one product: the samples of each round.
  let turns: [[Double]]
  /// The quartiles of all of them.
  let seconds: Quartiles
  /// The operations of the product by its median time, in 10¹² per second.
  let tflops: Double
  /// The medians of the clock in MHz and of the power in watts; none where nothing tells them.
  let clock: Reported<Double>, power: Reported<Double>

  /// Creates the report of rounds.
  init(_ turns: [TimedRound], of shape: MatmulShape, launchCount: Int) {
    launchesPerGraph = launchCount
    self.turns = turns.map(\.seconds)
    seconds = Quartiles(of: turns.flatMap(\.seconds))
    tflops = shape.operationCount / seconds.median / 1e12
    let readings = turns.flatMap(\.readings)
    clock = Reported(BenchTime.median(readings.compactMap(\.clock)))
    power = Reported(BenchTime.median(readings.compactMap(\.power)))
  }

  /// Returns the median of some numbers; nil where there are none.
  private static func median(_ numbers: [Double]) -> Double? {
    numbers.isEmpty ? nil : Quartiles(of: numbers).median
  }
}

/// The reason why something was not measured, or does not count.
struct BenchProblem: Encodable, Equatable, Sendable {
  /// The kind of the problem.
  enum Kind: String, Encodable, Sendable {
    /// It cannot compute this product, or not here.
    case refused
    /// Its product is wrong.
    case wrong
    /// It failed or did not end; nothing can be measured afterwards.
    case fault
  }

  /// The kind of the problem.
  let kind: Kind

  /// A sentence, or a report of several lines.
  let text: String
}

/// The geometric mean of ratios over some of the products.
struct BenchMean: Encodable, Equatable, Sendable {
  /// The products.
  let subset: BenchSubset
  /// The kernel's name.
  let kernel: String
  /// The state of the GPU.
  let regime: BenchRegime
  /// The mean; none where no ratio counts.
  let ratio: Reported<Double>
  /// The number of ratios that count, and the number of products.
  let counted: Int, products: Int
}

/// Products over which ratios are averaged.
enum BenchSubset: String, CaseIterable, Encodable, Sendable {
  case squares
  case largeSquares = "squares-from-2048"
  case llama
  case longLlama = "llama-from-1024-tokens"
  case ragged
  case shapes

  /// The name for a person.
  var name: String {
    switch self {
    case .largeSquares: "squares, 2048³ to 16384³"
    case .longLlama: "llama, m of 1024 and more"
    case .squares, .llama, .ragged, .shapes: rawValue
    }
  }

  /// Returns whether a product is one of these.
  func contains(_ product: BenchCase) -> Bool {
    let suites = product.places.map(\.suite)
    return switch self {
    case .squares, .llama, .ragged, .shapes: suites.contains(rawValue)
    case .largeSquares: suites.contains("squares") && product.shape.m >= 2048
    case .longLlama: suites.contains("llama") && product.shape.m >= 1024
    }
  }
}

extension BenchMean {
  /// Returns the means of all subsets that have products, for each kernel and regime.
  static func all(of rows: [BenchRow]) -> [BenchMean] {
    var kernels: [String] = []
    for row in rows where !kernels.contains(row.kernel) { kernels.append(row.kernel) }
    return BenchRegime.allCases.flatMap { regime in
      kernels.flatMap { kernel in
        BenchSubset.allCases.compactMap { subset in
          let members = rows.filter { row in
            row.regime == regime && row.kernel == kernel && subset.contains(row.product)
          }
          guard !members.isEmpty else { return nil }
          let ratios = members.filter(\.counts).compactMap { $0.ratio.value?.median }
          return BenchMean(
            subset: subset, kernel: kernel, regime: regime,
            ratio: Reported(geometricMean(of: ratios)), counted: ratios.count,
            products: members.count)
        }
      }
    }
  }
}
