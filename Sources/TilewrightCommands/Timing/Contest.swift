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
    for contestant in contestants {
      guard let stint = pace.warmUp(graphSeconds: contestant.seconds) else { continue }
      _ = try turn(of: contestant, stint)
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
