import CUDADriver
import DeviceRuntime

/// What was measured of a contestant in one turn.
struct Turn: Equatable, Sendable {
  /// The seconds for one product, as often as they were taken.
  var seconds: [Double]
  /// Clock and power meanwhile.
  var readings: [GPUMonitor.Reading] = []

  /// The mean of the seconds.
  var mean: Double { seconds.reduce(0, +) / Double(seconds.count) }
}

/// How long contestants run before they are timed without a break, in seconds.
private enum Heating {
  /// Each in its turn.
  static let turn = 0.1
  /// All together, before it is known whether they come near the limit of power.
  static let trial = 0.3
  /// All together, where they do.
  static let whole = 1.5
  /// The part of the limit that is not near it.
  static let idleShare = 0.75
}

/// Products of several kinds that a device computes in turn.
struct Contest<Machine: TimingDevice>: Sendable {
  /// The contestants.
  private let contestants: [ProductGraph]

  /// The device.
  private let machine: Machine

  /// Creates a contest.
  init(_ contestants: [ProductGraph], on machine: Machine) {
    self.contestants = contestants
    self.machine = machine
  }

  /// Runs the contestants in turn, always in the same order: so each has the same one before it.
  ///
  /// - Parameters:
  ///   - pace: How they run.
  ///   - rounds: How often each has its turn.
  /// - Returns: The turns of each contestant, round by round.
  /// - Throws: What a contestant does wrong.
  func run(_ pace: Pace, rounds: Int) throws(DeviceError) -> [[Turn]] {
    switch pace {
    case .short: break
    case .burst: for contestant in contestants { _ = try contestant.graph.run() }
    case .sustained: try heat()
    }
    var turns = [[Turn]](repeating: [], count: contestants.count)
    for _ in 0..<rounds {
      for (index, contestant) in contestants.enumerated() {
        let stint = pace.stint(graphSeconds: contestant.seconds)
        turns[index].append(try turn(of: contestant, stint))
      }
    }
    return turns
  }

  /// Runs the contestants in turn, uncounted, until the GPU is in the state in which it stays.
  ///
  /// Where power limits the clock, a GPU that has rested runs at its full clock for hundredths of a
  /// second, and after some tenths more slowly than it will for good; after more than a second it
  /// is steady. Where power does not come near the limit, there is nothing to wait for.
  private func heat() throws(DeviceError) {
    var seconds = 0.0
    var power = 0.0
    var duration = Heating.trial
    while seconds < duration {
      for contestant in contestants {
        let count = Pace.count(of: contestant.seconds, in: Heating.turn)
        let stint = Pace.Stint(count: count, readings: [0.8 * Heating.turn])
        let turn = try turn(of: contestant, stint)
        seconds += turn.mean * Double(count * contestant.launchCount)
        power = max(power, turn.readings.last?.power ?? .infinity)
      }
      let limit = machine.powerLimit ?? 0
      if power > Heating.idleShare * limit { duration = Heating.whole }
    }
  }

  /// Lets a contestant have a turn.
  private func turn(
    of contestant: ProductGraph, _ stint: Pace.Stint
  ) throws(DeviceError) -> Turn {
    if stint.rest > 0 { machine.rest(seconds: stint.rest) }
    var readings: [GPUMonitor.Reading] = []
    let start = ContinuousClock.now
    let seconds = try contestant.graph.run(
      samples: stint.samples, of: stint.count, leadIn: stint.leadIn
    ) {
      for moment in stint.readings {
        let passed = start.duration(to: .now).seconds
        if passed < moment { machine.rest(seconds: moment - passed) }
        if let reading = machine.read() { readings.append(reading) }
      }
    }
    let productCount = Double(stint.count * contestant.launchCount)
    return Turn(seconds: seconds.map { $0 / productCount }, readings: readings)
  }
}
