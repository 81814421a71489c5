// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The way in which a competitor runs in its round.
enum TimingMode: Equatable, Sendable {
  /// One graph, at once.
  case short

  /// One graph after a rest; a short one runs after another that is not counted, so that the GPU
  /// need not wait for the host.
  ///
  /// The rest is 20 ms and at least five times as long as the work, so that neither heat nor the
  /// limit of power makes the clock fall.
  case burst

  /// Graphs back to back for some time, the beginning of which is not counted.
  ///
  /// So each competitor is measured in the state to which it has brought the GPU itself, not the
  /// preceding one.
  case sustained(Block)
}

extension TimingMode {
  /// The length of a sustained round.
  struct Block: Equatable, Sendable {
    /// All of it, in seconds.
    var seconds = 0.2
    /// The lead-in, which is not counted, in seconds.
    var leadIn = 0.08
  }

  /// The plan of a round.
  struct RoundPlan: Equatable {
    /// The rest before the round, in seconds.
    var rest = 0.0
    /// The number of runs of the graph before the first measured time.
    var leadIn = 0
    /// The number of measured times, and the number of runs of the graph for each.
    var samples = 1, count = 1
    /// The times at which clock and power are read, in seconds from the beginning.
    var readings: [Double] = []
  }

  /// After how long a time is taken in a block, again and again, in seconds.
  private static let sampleSeconds = 0.02

  /// Returns the plan of a round, given the seconds that a graph takes.
  func roundPlan(graphSeconds: Double) -> RoundPlan {
    switch self {
    case .short: return RoundPlan()
    case .burst:
      // In a long graph it does not count that the GPU waits for the host a few microseconds.
      let leadIn = graphSeconds < 0.004 ? 1 : 0
      let work = Double(leadIn + 1) * graphSeconds
      return RoundPlan(rest: max(0.02, 5 * work), leadIn: leadIn, readings: [0])
    case .sustained(let block):
      let leadIn = block.leadIn > 0 ? TimingMode.count(of: graphSeconds, in: block.leadIn) : 0
      let graphs = TimingMode.count(of: graphSeconds, in: block.seconds - block.leadIn)
      let samples = max(
        graphs / TimingMode.count(of: graphSeconds, in: TimingMode.sampleSeconds), 1)
      let start = Double(leadIn) * graphSeconds
      let counted = Double(graphs) * graphSeconds
      // The last reading is early enough to be made while the GPU still works.
      return RoundPlan(
        leadIn: leadIn, samples: samples, count: graphs / samples,
        readings: [0.2, 0.5, 0.8].map { start + $0 * counted })
    }
  }

  /// Returns how many graphs take about so long, and at least one.
  static func count(of graphSeconds: Double, in seconds: Double) -> Int {
    max(Int((seconds / max(graphSeconds, 1e-6)).rounded()), 1)
  }
}
