// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLibrary

/// The state of a GPU during a measurement.
enum BenchRegime: String, CaseIterable, Encodable, Sendable {
  /// Short runs after a rest: the clock is as high as it gets.
  case burst

  /// Without a break: power limits the clock of large products.
  case sustained
}

/// The plan of a benchmark.
struct BenchPlan: Equatable, Sendable {
  /// The states of the GPU.
  var regimes = BenchRegime.allCases
  /// The kind of elements of A and B.
  var inputs = MatmulInputs.normal
  /// The seed of them.
  var seed: UInt64 = 0
  /// The rounds of bursts.
  var rounds = 10
  /// The total time of each competitor's sustained rounds, in seconds.
  var seconds = 0.6
  /// The length of a sustained round.
  var block = TimingMode.Block()

  /// Returns the timing mode of a regime.
  func mode(in regime: BenchRegime) -> TimingMode {
    switch regime {
    case .burst: .burst
    case .sustained: .sustained(block)
    }
  }

  /// Returns the number of rounds of a regime.
  func rounds(in regime: BenchRegime) -> Int {
    switch regime {
    case .burst: rounds
    case .sustained: max(Int((seconds / block.seconds).rounded()), 2)
    }
  }
}
