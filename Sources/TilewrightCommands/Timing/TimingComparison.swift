// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime

/// The measurement of a competitor in one round.
struct TimedRound: Equatable, Sendable {
  /// The samples of the seconds for one product.
  var seconds: [Double]
  /// The readings of clock and power meanwhile.
  var readings: [GPUMonitor.Reading] = []

  /// The mean of the seconds.
  var mean: Double { seconds.reduce(0, +) / Double(seconds.count) }
}

/// The durations of the warm-up before sustained rounds, in seconds.
private enum WarmUp {
  /// Each competitor, in one round.
  static let round = 0.1
  /// All together, before it is known whether they approach the power limit.
  static let trial = 0.3
  /// All together, if they do.
  static let whole = 1.5
  /// The fraction of the power limit below which there is no throttling.
  static let idleShare = 0.75
}

/// A comparison of products that a device computes in turn.
struct TimingComparison<Machine: TimingDevice>: Sendable {
  /// The competitors.
  private let competitors: [ProductGraph]

  /// The device.
  private let machine: Machine

  /// Creates a comparison.
  init(_ competitors: [ProductGraph], on machine: Machine) {
    self.competitors = competitors
    self.machine = machine
  }

  /// Runs the competitors in turn, always in the same order, so that each has the same predecessor.
  ///
  /// - Parameters:
  ///   - mode: The timing mode.
  ///   - rounds: The number of rounds of each.
  /// - Returns: The rounds of each competitor.
  /// - Throws: The error of a competitor.
  func run(_ mode: TimingMode, rounds: Int) throws(DeviceError) -> [[TimedRound]] {
    switch mode {
    case .short: break
    case .burst: for competitor in competitors { _ = try competitor.graph.run() }
    case .sustained: try warmUp()
    }
    var measured = [[TimedRound]](repeating: [], count: competitors.count)
    for _ in 0..<rounds {
      for (index, competitor) in competitors.enumerated() {
        let plan = mode.roundPlan(graphSeconds: competitor.seconds)
        measured[index].append(try measureRound(of: competitor, plan))
      }
    }
    return measured
  }

  /// Runs the competitors in turn, uncounted, until the GPU has reached a steady state.
  ///
  /// If power limits the clock, a GPU that has rested runs at its full clock for hundredths of a
  /// second, and after some tenths more slowly than in the steady state, which it reaches after
  /// more than a second. If power stays well below the limit, there is nothing to wait for.
  private func warmUp() throws(DeviceError) {
    var seconds = 0.0
    var power = 0.0
    var duration = WarmUp.trial
    while seconds < duration {
      for competitor in competitors {
        let count = TimingMode.count(of: competitor.seconds, in: WarmUp.round)
        let plan = TimingMode.RoundPlan(count: count, readings: [0.8 * WarmUp.round])
        let round = try measureRound(of: competitor, plan)
        seconds += round.mean * Double(count * competitor.launchCount)
        power = max(power, round.readings.last?.power ?? .infinity)
      }
      let limit = machine.powerLimit ?? 0
      if power > WarmUp.idleShare * limit { duration = WarmUp.whole }
    }
  }

  /// Runs one round of a competitor.
  private func measureRound(
    of competitor: ProductGraph, _ plan: TimingMode.RoundPlan
  ) throws(DeviceError) -> TimedRound {
    if plan.rest > 0 { machine.rest(seconds: plan.rest) }
    var readings: [GPUMonitor.Reading] = []
    let start = ContinuousClock.now
    let seconds = try competitor.graph.run(
      samples: plan.samples, of: plan.count, leadIn: plan.leadIn
    ) {
      for moment in plan.readings {
        let passed = start.duration(to: .now).seconds
        if passed < moment { machine.rest(seconds: moment - passed) }
        if let reading = machine.read() { readings.append(reading) }
      }
    }
    let productCount = Double(plan.count * competitor.launchCount)
    return TimedRound(seconds: seconds.map { $0 / productCount }, readings: readings)
  }
}
