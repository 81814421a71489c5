import CUDADriver
import DeviceRuntime

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

  /// A tenth of a second of graphs, the first fifth of which is not counted: so each contestant is
  /// measured in the state to which it brings the GPU itself.
  case sustained
}

extension Pace {
  /// How long a contestant runs without a break where the pace is sustained, in seconds.
  static let blockSeconds = 0.1

  /// The part of that which is not counted, in seconds.
  private static let leadInSeconds = 0.02

  /// What a contestant does in its turn.
  struct Stint: Equatable {
    /// How long the device rests before, in seconds.
    var rest = 0.0
    /// How often the graph runs before it is counted.
    var leadIn = 0
    /// How often the graph runs.
    var count = 1
    /// After how long clock and power are read, in seconds; nil where they are not.
    var readingDelay: Double?
  }

  /// Returns what a contestant does whose graph takes so many seconds.
  func stint(graphSeconds: Double) -> Stint {
    /// Returns how many graphs take at least so long.
    func count(for seconds: Double) -> Int {
      max(Int((seconds / max(graphSeconds, 1e-6)).rounded(.up)), 1)
    }
    switch self {
    case .short: return Stint()
    case .burst:
      return Stint(rest: max(0.02, 4 * graphSeconds), leadIn: 1, count: 1, readingDelay: 0)
    case .sustained:
      let leadIn = count(for: Pace.leadInSeconds)
      let count = count(for: Pace.blockSeconds - Pace.leadInSeconds)
      let seconds = Double(leadIn + count) * graphSeconds
      return Stint(leadIn: leadIn, count: count, readingDelay: 0.6 * seconds)
    }
  }
}

/// Products of several kinds that a device computes in turn.
struct Contest<Machine: TimingDevice>: Sendable {
  /// What was measured in one turn.
  struct Lap: Equatable, Sendable {
    /// The seconds for one product.
    var seconds: Double
    /// Clock and power meanwhile.
    var reading: GPUMonitor.Reading?
  }

  /// The contestants.
  private let contestants: [ProductGraph]

  /// The device.
  private let machine: Machine

  /// Creates a contest.
  init(_ contestants: [ProductGraph], on machine: Machine) {
    self.contestants = contestants
    self.machine = machine
  }

  /// Runs the contestants in turn, in each second round in the opposite order, so that none always
  /// runs behind the same other one.
  ///
  /// - Parameters:
  ///   - pace: How they run.
  ///   - rounds: How often each has its turn.
  /// - Returns: The laps of each contestant, round by round.
  /// - Throws: What a contestant does wrong.
  func run(_ pace: Pace, rounds: Int) throws(DeviceError) -> [[Lap]] {
    var laps = [[Lap]](repeating: [], count: contestants.count)
    for round in 0..<rounds {
      let order = Array(contestants.indices)
      for index in round % 2 == 0 ? order : order.reversed() {
        laps[index].append(try lap(of: contestants[index], pace))
      }
    }
    return laps
  }

  /// Lets a contestant have its turn.
  private func lap(of contestant: ProductGraph, _ pace: Pace) throws(DeviceError) -> Lap {
    let stint = pace.stint(graphSeconds: contestant.seconds)
    if stint.rest > 0 { machine.rest(seconds: stint.rest) }
    var reading: GPUMonitor.Reading?
    let seconds = try contestant.graph.run(count: stint.count, leadIn: stint.leadIn) {
      guard let delay = stint.readingDelay else { return }
      if delay > 0 { machine.rest(seconds: delay) }
      reading = machine.read()
    }
    return Lap(
      seconds: seconds / Double(stint.count * contestant.launchCount), reading: reading)
  }
}
