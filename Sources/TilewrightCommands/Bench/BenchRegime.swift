/// In what state a GPU is while it is measured.
enum BenchRegime: String, CaseIterable, Encodable, Sendable {
  /// Short runs after a rest: the clock is as high as it gets.
  case burst

  /// Without a break: power limits the clock of large products.
  case sustained

  /// How contestants run.
  var pace: Pace {
    switch self {
    case .burst: .burst
    case .sustained: .sustained
    }
  }

  /// Returns how often each contestant has its turn.
  ///
  /// - Parameters:
  ///   - rounds: The rounds of bursts.
  ///   - seconds: How long each contestant is to run without a break, all turns together.
  /// - Returns: The number of rounds that are counted.
  func rounds(_ rounds: Int, seconds: Double) -> Int {
    switch self {
    case .burst: rounds
    case .sustained: max(Int((seconds / Pace.blockSeconds).rounded()), 3)
    }
  }
}
