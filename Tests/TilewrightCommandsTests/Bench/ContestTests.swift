import DeviceRuntime
import KernelLibrary
import NumberFormats
import Testing

@testable import TilewrightCommands

@Suite struct ContestTests {
  /// Returns graphs of products that compute nothing, of some launches each.
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

  @Test func `a sustained block is a tenth of a second, and its first fifth is not counted`() {
    let short = Pace.sustained.stint(graphSeconds: 0.002)
    #expect(short.leadIn == 10)
    #expect(short.count == 40)
    #expect(short.rest == 0)
    #expect(abs((short.readingDelay ?? 0) - 0.06) < 1e-9)
    let long = Pace.sustained.stint(graphSeconds: 0.3)
    #expect(long.leadIn == 1)
    #expect(long.count == 1)
  }

  @Test func `a burst comes after a rest, which is longer where there is more work`() {
    #expect(
      Pace.burst.stint(graphSeconds: 0.002)
        == .init(rest: 0.02, leadIn: 1, count: 1, readingDelay: 0))
    #expect(Pace.burst.stint(graphSeconds: 0.0125).rest == 0.05)
    #expect(Pace.short.stint(graphSeconds: 1) == .init(rest: 0, leadIn: 0, count: 1))
  }

  @Test func `contestants take turns, in each second round in the opposite order`() throws {
    let machine = StandIn(computes: false) { $0 == "a" ? 0.001 : 0.002 }
    let contest = Contest(try products(["a": 2, "b": 3], on: machine), on: machine)
    let laps = try contest.run(.burst, rounds: 3)
    let runs = machine.events.compactMap { event in
      if case .run(let name, let leadIn, let count) = event {
        "\(name)\(leadIn)\(count)"
      } else {
        nil
      }
    }
    #expect(runs == ["a11", "b11", "b11", "a11", "a11", "b11"])
    #expect(machine.events.count { $0 == .read } == 6)
    #expect(machine.events.count { $0 == .rest(0.02) } == 3)
    #expect(machine.events.count { $0 == .rest(0.024) } == 3)
    #expect(laps.map(\.count) == [3, 3])
    #expect(laps[0].allSatisfy { abs($0.seconds - 0.001) < 1e-12 })
    #expect(laps[1].allSatisfy { abs($0.seconds - 0.002) < 1e-12 })
    #expect(laps[0][0].reading == .init(clock: 1500, power: 600))
  }

  @Test func `the time of a sustained block is that of one product`() throws {
    let machine = StandIn(computes: false) { _ in 0.0005 }
    let laps = try Contest(try products(["a": 4], on: machine), on: machine)
      .run(.sustained, rounds: 1)
    #expect(abs(laps[0][0].seconds - 0.0005) < 1e-12)
    #expect(machine.events.first == .run("a", leadIn: 10, count: 40))
  }

  @Test(arguments: [(0.2, 3), (1.0, 10), (2.5, 25)])
  func `sustained rounds fill the seconds`(seconds: Double, rounds: Int) {
    #expect(BenchRegime.sustained.rounds(10, seconds: seconds) == rounds)
    #expect(BenchRegime.burst.rounds(7, seconds: seconds) == 7)
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

  @Test func `the fastest candidates are the finalists`() throws {
    let trial = try trial([0.5, 0.103, 0.1, 0.2, 0.104, 0.101])
    #expect(trial.candidateCount == 6)
    #expect(trial.finalists.map(\.candidate) == [2, 5, 1])
  }

  @Test func `candidates that are much slower are no finalists`() throws {
    #expect(try trial([0.2, 0.1, 0.106]).finalists.map(\.candidate) == [1])
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
    // 384 bytes each.
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
