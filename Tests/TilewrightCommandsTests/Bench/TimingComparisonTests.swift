// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLibrary
import NumberFormats
import Testing

@testable import TilewrightCommands

@Suite struct TimingComparisonTests {
  /// Returns graphs of products without computation, with the given numbers of launches.
  private func products(_ launchCounts: [String: Int], on machine: StandIn) throws -> [ProductGraph]
  {
    try launchCounts.sorted { $0.key < $1.key }.map { name, count in
      let graph = try machine.makeGraph(named: name) { keeper throws(DeviceError) in
        for _ in 0..<count {
          _ = try keeper.launch(
            Program(text: "", entry: name, parameters: []), LaunchConfiguration(grid: 1, block: 1),
            [])
        }
      }
      return ProductGraph(
        graph: graph, launchCount: count, seconds: machine.seconds(name) * Double(count))
    }
  }

  @Test func `a sustained round is one block of runs, the first of which are not counted`() {
    let mode = TimingMode.sustained(.init(seconds: 0.5, leadIn: 0.2))
    let short = mode.roundPlan(graphSeconds: 0.002)
    #expect(short.leadIn == 100)
    #expect(short.samples == 15)
    #expect(short.count == 10)
    #expect(short.rest == 0)
    #expect(zip(short.readings, [0.26, 0.35, 0.44]).allSatisfy { abs($0 - $1) < 1e-9 })
    let long = mode.roundPlan(graphSeconds: 0.13)
    #expect([long.leadIn, long.samples, long.count] == [2, 2, 1])
    let endless = mode.roundPlan(graphSeconds: 7)
    #expect([endless.leadIn, endless.samples, endless.count] == [1, 1, 1])
    #expect(
      TimingMode.sustained(.init(seconds: 1, leadIn: 0)).roundPlan(graphSeconds: 0.01).leadIn == 0)
  }

  @Test func `a burst follows a rest, which is longer for more work`() {
    #expect(
      TimingMode.burst.roundPlan(graphSeconds: 0.001) == .init(rest: 0.02, leadIn: 1, readings: [0])
    )
    #expect(TimingMode.burst.roundPlan(graphSeconds: 0.003).rest == 0.03)
    #expect(TimingMode.burst.roundPlan(graphSeconds: 0.0125) == .init(rest: 0.0625, readings: [0]))
    #expect(TimingMode.short.roundPlan(graphSeconds: 1) == .init(rest: 0, leadIn: 0))
  }

  @Test func `competitors take turns, once more than is counted`() throws {
    let machine = StandIn(computes: false) { $0 == "a" ? 0.001 : 0.002 }
    let comparison = TimingComparison(try products(["a": 2, "b": 3], on: machine), on: machine)
    let rounds = try comparison.run(.burst, rounds: 3)
    let runs = machine.events.compactMap { event in
      if case .run(let name, let leadIn, _, _) = event { "\(name)\(leadIn)" } else { nil }
    }
    #expect(runs == ["a0", "b0", "a1", "b0", "a1", "b0", "a1", "b0"])
    #expect(machine.events.count { $0 == .read } == 6)
    #expect(machine.events.count { $0 == .rest(0.02) } == 3)
    #expect(machine.events.count { $0 == .rest(0.03) } == 3)
    #expect(rounds.map(\.count) == [3, 3])
    #expect(rounds[0].allSatisfy { abs($0.mean - 0.001) < 1e-12 && $0.seconds.count == 1 })
    #expect(rounds[1].allSatisfy { abs($0.mean - 0.002) < 1e-12 })
    #expect(rounds[0][0].readings == [.init(clock: 1500, power: 500)])
  }

  /// The times for which a graph ran in each round, in hundredths of a second.
  private func blocks(of machine: StandIn, graphSeconds: Double) -> [Int] {
    machine.events.compactMap { event in
      guard case .run(_, let leadIn, let samples, let count) = event else { return nil }
      return Int((100 * graphSeconds * Double(leadIn + samples * count)).rounded())
    }
  }

  @Test func `each time of a sustained round is that of one product`() throws {
    let machine = StandIn(computes: false) { _ in 0.0005 }
    let mode = TimingMode.sustained(.init(seconds: 0.4, leadIn: 0.2))
    let rounds = try TimingComparison(try products(["a": 4], on: machine), on: machine).run(
      mode, rounds: 1)
    #expect(rounds[0][0].seconds.count == 10)
    #expect(rounds[0][0].seconds.allSatisfy { abs($0 - 0.0005) < 1e-12 })
    let runs = machine.events.filter { if case .run = $0 { true } else { false } }
    #expect(runs.last == .run("a", leadIn: 100, samples: 10, count: 10))
    #expect(rounds[0][0].readings.count == 3)
  }

  @Test(arguments: [(500.0, 3), (600.0, 15)])
  func `the GPU is warmed up, for longer if power approaches its limit`(
    power: Double, heatingCount: Int
  ) throws {
    let machine = StandIn(computes: false, power: power) { _ in 0.0005 }
    let mode = TimingMode.sustained(.init(seconds: 0.4, leadIn: 0.2))
    _ = try TimingComparison(try products(["a": 4], on: machine), on: machine).run(mode, rounds: 2)
    let blocks = blocks(of: machine, graphSeconds: 0.002)
    #expect(blocks == [Int](repeating: 10, count: heatingCount) + [40, 40])
  }

  @Test func `sustained rounds fill the seconds`() {
    var plan = BenchPlan()
    plan.rounds = 7
    plan.block = .init(seconds: 0.4, leadIn: 0.2)
    for (seconds, rounds) in [(0.2, 2), (1.0, 3), (2.0, 5), (4.0, 10)] {
      plan.seconds = seconds
      #expect(plan.rounds(in: .sustained) == rounds)
      #expect(plan.rounds(in: .burst) == 7)
    }
  }
}

@Suite struct VendorTrialTests {
  /// Tries candidates that take the given seconds.
  private func trial(_ candidates: [Double]) throws -> VendorTrial {
    let machine = StandIn(computes: false, candidates: candidates) { name in
      Int(name.split(separator: " ").last ?? "").map { candidates[$0] } ?? 1
    }
    let sets = try BufferSets<BFloat16>(MatmulShape(m: 8, n: 8, k: 8), on: machine) { _ in }
    return try VendorTrial(sets, on: machine)
  }

  @Test func `the two fastest candidates are the finalists`() throws {
    let trial = try trial([0.5, 0.102, 0.1, 0.2, 0.1025, 0.101])
    #expect(trial.candidateCount == 6)
    #expect(trial.finalists.map(\.candidate) == [2, 5])
  }

  @Test func `a much slower candidate is no finalist`() throws {
    #expect(try trial([0.2, 0.1, 0.104]).finalists.map(\.candidate) == [1])
    #expect(try trial([0.1, 0.12]).finalists.map(\.candidate) == [0])
  }

  @Test func `a candidate that the library refuses is passed over`() throws {
    #expect(try trial([0, 0.3]).finalists.map(\.candidate) == [1])
    #expect(throws: DeviceError.self) { try trial([0, 0]) }
    #expect(throws: DeviceError.self) { try trial([]) }
  }
}

@Suite struct BufferSetTests {
  @Test(arguments: [(3000, 24), (1, 1), (129, 2)])
  func `copies fill the cache three times`(cache: Int, count: Int) throws {
    let machine = StandIn(cacheByteCount: cache)
    // Each set has 384 bytes.
    let sets = try BufferSets<BFloat16>(MatmulShape(m: 8, n: 8, k: 8), on: machine) { _ in }
    #expect(sets.all.count == count)
    #expect(
      Set(sets.all.flatMap { [$0.a.address, $0.b.address, $0.c.address] }).count == 3 * count)
  }

  @Test func `a graph fills two milliseconds, and uses every copy`() throws {
    let machine = StandIn(cacheByteCount: 3000)
    let sets = try BufferSets<BFloat16>(MatmulShape(m: 8, n: 8, k: 8), on: machine) { _ in }
    #expect(sets.launchCount(for: 0.00002) == 100)
    #expect(sets.launchCount(for: 0.5) == 24)
    #expect(sets.launchCount(for: 0) == 2000)
  }

  @Test func `products are cleared to NaN`() throws {
    let machine = StandIn(cacheByteCount: 300)
    let sets = try BufferSets<BFloat16>(MatmulShape(m: 8, n: 8, k: 8), on: machine) { _ in }
    try sets.clearProducts()
    for set in sets.all { #expect(try set.c.read().allSatisfy(\.isNaN)) }
  }
}
