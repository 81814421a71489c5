import KernelLibrary

/// In what state a GPU is while it is measured.
enum BenchRegime: String, CaseIterable, Encodable, Sendable {
  /// Short runs after a rest: the clock is as high as it gets.
  case burst

  /// Without a break: power limits the clock of large products.
  case sustained
}

/// How products are measured.
struct BenchPlan: Equatable, Sendable {
  /// The states of the GPU.
  var regimes = BenchRegime.allCases
  /// How the elements of A and B are made.
  var inputs = MatmulInputs.normal
  /// The seed of them.
  var seed: UInt64 = 0
  /// The rounds of bursts.
  var rounds = 10
  /// How long each competitor runs without a break, all its turns together, in seconds.
  var seconds = 0.6
  /// How long a turn without a break is.
  var block = TimingMode.Block()

  /// Returns how competitors run in a regime.
  func pace(in regime: BenchRegime) -> TimingMode {
    switch regime {
    case .burst: .burst
    case .sustained: .sustained(block)
    }
  }

  /// Returns how often each competitor has its turn in a regime.
  func rounds(in regime: BenchRegime) -> Int {
    switch regime {
    case .burst: rounds
    case .sustained: max(Int((seconds / block.seconds).rounded()), 2)
    }
  }
}
