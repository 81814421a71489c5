/// How a contestant runs when it is its turn.
enum Pace: Equatable, Sendable {
  /// One graph, at once.
  case short

  /// One graph after a rest, and behind a first one that is not counted, so that the GPU need not
  /// wait for the host.
  ///
  /// The rest is 20 ms and at least twice as long as the work, so that neither heat nor the limit of
  /// power makes the clock fall.
  case burst

  /// A block of graphs without a break, the first part of which is not counted.
  ///
  /// So each contestant is measured in the state to which it brings the GPU itself, not the one
  /// before it.
  case sustained(Block)
}

extension Pace {
  /// How long a contestant runs without a break.
  struct Block: Equatable, Sendable {
    /// All of it, in seconds.
    var seconds = 0.4
    /// The first part, which is not counted, in seconds.
    var leadIn = 0.2
  }

  /// What a contestant does in its turn.
  struct Stint: Equatable {
    /// How long the device rests before, in seconds.
    var rest = 0.0
    /// How often the graph runs before the first time is taken.
    var leadIn = 0
    /// How many times are taken, and how often the graph runs for each.
    var samples = 1, count = 1
    /// When clock and power are read, in seconds from the beginning.
    var readings: [Double] = []
  }

  /// After how long a time is taken in a block, again and again, in seconds.
  private static let sampleSeconds = 0.02

  /// Returns what a contestant does whose graph takes so many seconds.
  func stint(graphSeconds: Double) -> Stint {
    /// Returns how many graphs take so long, and at least one.
    func count(for seconds: Double) -> Int {
      max(Int((seconds / max(graphSeconds, 1e-6)).rounded()), 1)
    }
    switch self {
    case .short: return Stint()
    case .burst:
      return Stint(rest: max(0.02, 4 * graphSeconds), leadIn: 1, readings: [0])
    case .sustained(let block):
      let leadIn = block.leadIn > 0 ? count(for: block.leadIn) : 0
      let graphs = count(for: block.seconds - block.leadIn)
      let samples = max(graphs / count(for: Pace.sampleSeconds), 1)
      let start = Double(leadIn) * graphSeconds
      let counted = Double(graphs) * graphSeconds
      // The last reading is early enough to be made while the GPU still works.
      return Stint(
        leadIn: leadIn, samples: samples, count: graphs / samples,
        readings: [0.2, 0.5, 0.8].map { start + $0 * counted })
    }
  }

  /// Returns what all contestants do once before the first turn, so that the first finds the device
  /// as the others do; nil where nothing.
  func warmUp(graphSeconds: Double) -> Stint? {
    let stint = stint(graphSeconds: graphSeconds)
    switch self {
    case .short: return nil
    case .burst: return Stint(rest: stint.rest)
    case .sustained: return Stint(count: max(stint.leadIn, 1))
    }
  }
}
