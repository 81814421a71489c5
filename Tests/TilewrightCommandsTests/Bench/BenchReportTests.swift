// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import Foundation
import KernelLibrary
import NumberFormats
import TestSupport
import Testing

@testable import TilewrightCommands

@Suite struct BenchReportTests {
  /// The device, libraries and commit of the measurements.
  private let setting = BenchSetting(
    device: "cuda:0", product: "A GPU, \"fast\"", driver: Reported("580.1"), cuda: "13.0",
    cache: 50_000_000, powerLimit: Reported(700), monitorObstacle: Reported(nil),
    library: Reported("cuBLASLt 13.1.0"), libraryObstacle: Reported(nil),
    date: "2026-11-21T10:00:00Z", commit: Reported("abc"), type: "bf16", inputs: "normal", seed: 0,
    rounds: 10, seconds: 1, block: 0.4, leadIn: 0.2)

  /// Returns a row whose times have the given ratio.
  private func row(
    _ text: String, _ suite: String = "squares", _ regime: BenchRegime = .burst,
    ratio: Double? = 1.25, problem: BenchProblem? = nil, vendorProblem: BenchProblem? = nil
  ) throws -> BenchRow {
    let shape = try MatmulShape(text)
    /// Returns a time of 1 ms times a factor.
    func time(_ factor: Double) -> BenchTime {
      let round = TimedRound(
        seconds: [0.001 * factor], readings: [.init(clock: 1755, power: 690)])
      return BenchTime([round], of: shape, launchCount: 2)
    }
    return BenchRow(
      m: shape.m, n: shape.n, k: shape.k, places: [.init(suite: suite, name: "")],
      kernel: "fast", entry: "matmul_fast", regime: regime,
      time: Reported(ratio.map { _ in time(1) }),
      vendor: Reported(ratio.map(time)), vendorCandidates: Reported(8),
      vendorCandidate: Reported(3),
      ratio: Reported(ratio.map { Quartiles(of: [$0]) }), bufferSets: 4, comparedElements: 100,
      maxRelativeError: Reported(0.004), passed: problem == nil, problem: Reported(problem),
      vendorProblem: Reported(vendorProblem))
  }

  /// A wrong product.
  private let wrong = BenchProblem(kind: .wrong, text: "3 of 9 elements are wrong.")

  @Test func `means are geometric, over the products that count`() throws {
    let rows = [
      try row("512x512x512", ratio: 0.5), try row("2048x2048x2048", ratio: 2),
      try row("4096x4096x4096", ratio: 8), try row("8192x8192x8192", ratio: 100, problem: wrong),
      try row("16384x16384x16384", ratio: 100, vendorProblem: wrong),
      try row("512x512x512", "squares", .sustained, ratio: nil),
      try row("1x4096x4096", "llama", .sustained, ratio: 0.25),
      try row("1024x4096x4096", "llama", .sustained, ratio: 4),
    ]
    let means = BenchReport(setting, rows).means
    /// Returns the mean of a subset in a regime.
    func mean(_ subset: BenchSubset, _ regime: BenchRegime) throws -> BenchMean {
      try #require(means.first { $0.subset == subset && $0.regime == regime })
    }
    #expect(abs(try #require(mean(.squares, .burst).ratio.value) - 2) < 1e-12)
    #expect(try mean(.squares, .burst).counted == 3)
    #expect(try mean(.squares, .burst).products == 5)
    #expect(abs(try #require(mean(.largeSquares, .burst).ratio.value) - 4) < 1e-12)
    #expect(try mean(.squares, .sustained).ratio.value == nil)
    #expect(try mean(.squares, .sustained).counted == 0)
    #expect(abs(try #require(mean(.llama, .sustained).ratio.value) - 1) < 1e-12)
    #expect(abs(try #require(mean(.longLlama, .sustained).ratio.value) - 4) < 1e-12)
    #expect(!means.contains { $0.subset == .llama && $0.regime == .burst })
    #expect(!means.contains { $0.subset == .ragged })
  }

  @Test func `the run succeeds if every product is correct, with a library or without`() throws {
    let absent = BenchProblem(kind: .refused, text: "it is not there")
    for problem in [nil, absent] {
      let report = BenchReport(setting, [try row("1x2x3", vendorProblem: problem)])
      #expect(report.passed)
      #expect(report.failure == nil)
    }
  }

  @Test func `a wrong product exits with 1, even if others were only refused`() throws {
    let refused = BenchProblem(kind: .refused, text: "It needs more.")
    let some = [try row("1x2x3", ratio: nil, problem: refused), try row("4x5x6")]
    let first = BenchReport(setting, some)
    #expect(!first.passed)
    #expect(first.failure?.status == .unusable)
    #expect(
      first.failure?.text
        == "1 of 2 rows were not measured; the first, fast at 1x2x3: It needs more.")
    let second = BenchReport(setting, some + [try row("7x8x9", problem: wrong)])
    #expect(second.failure?.status == .wrong)
    #expect(second.failure?.text == "fast at 7x8x9: 3 of 9 elements are wrong.")
    let third = BenchReport(setting, [try row("7x8x9", vendorProblem: wrong)])
    #expect(third.failure?.status == .wrong)
    #expect(third.failure?.text == "cuBLASLt 13.1.0 at 7x8x9: 3 of 9 elements are wrong.")
    #expect(!third.passed)
  }

  @Test func `the text has a table for each regime, the means, and the errors`() throws {
    let report = BenchReport(
      setting,
      [
        try row("2048x2048x2048"), try row("512x512x512", ratio: 2, problem: wrong),
        try row("1x2x3", "shapes", .sustained),
      ], missing: [BenchCase(shape: MatmulShape(m: 9, n: 9, k: 9), places: [])])
    let lines = report.text.split(separator: "\n").map(String.init)
    let parts = [
      "A GPU, \"fast\" (cuda:0), driver 580.1, CUDA 13.0", "limited to 700 W",
      "2026-11-21T10:00:00Z, commit abc", "burst: 10 rounds", "sustained: 1 s each",
      "mean of squares, fast", "1.250  (1 of 2 products)",
      "fast at 512x512x512: 3 of 9 elements are wrong.", "Not reached: 9x9x9.",
    ]
    for part in parts { #expect(report.text.contains(part), "'\(part)' is not in \(report.text)") }
    let line = try #require(lines.first { $0.hasPrefix("2048x2048x2048") })
    // 2 · 2048³ operations in 1 ms.
    let cells = ["fast", "1.00 ms", "17.2", "1755", "690", "1.25 ms", "13.7", "1.250", "squares"]
    for cell in cells { #expect(line.contains(cell), "'\(cell)' is not in \(line)") }
    #expect(
      lines.contains { $0.hasPrefix("512x512x512") && $0.hasSuffix("WRONG, not in the mean") })
  }

  @Test func `where clock and library are missing, the text says why`() throws {
    let setting = BenchSetting(
      device: "cuda:0", product: "A GPU", driver: Reported(nil), cuda: "13.0", cache: 1,
      powerLimit: Reported(nil), monitorObstacle: Reported("it is not there"),
      library: Reported(nil), libraryObstacle: Reported("neither can be opened"), date: "today",
      commit: Reported(nil), type: "f16", inputs: "uniform", seed: 3, rounds: 1, seconds: 0.5,
      block: 0.4,
      leadIn: 0.2)
    let absent = BenchProblem(kind: .refused, text: "neither can be opened")
    let text = BenchReport(setting, [try row("1x2x3", vendorProblem: absent)]).text
    #expect(text.contains("clock and power unknown: it is not there"))
    #expect(text.contains("not timed: neither can be opened"))
    #expect(text.contains("commit unknown"))
    #expect(text.components(separatedBy: "neither can be opened").count == 2)
  }

  @Test func `Python reads the CSV`() throws {
    let report = BenchReport(
      setting,
      [
        try row("7x8x9"),
        try row(
          "1x2x3", ratio: nil,
          problem: .init(
            kind: .refused, text: "No, \"never\",\nnowhere.")),
      ])
    let verdict = try runPython(
      """
      import csv, io, sys
      rows = list(csv.DictReader(io.StringIO(sys.stdin.read(), newline="")))
      one, two = rows
      print(len(rows), [one[c] for c in ("m", "n", "k", "kernel", "regime", "passed", "device")])
      print(float(one["seconds"]), float(one["vendor_seconds"]), float(one["ratio"]))
      print(one["commit"], one["date"], one["driver"], one["clock_mhz"], one["vendor_candidate"])
      print([two[c] for c in ("seconds", "ratio", "passed")], repr(two["problem"]))
      """, input: Array(report.csv.utf8))
    #expect(
      String(decoding: verdict, as: UTF8.self)
        == """
        2 ['7', '8', '9', 'fast', 'burst', 'True', 'A GPU, "fast"']
        0.001 0.00125 1.25
        abc 2026-11-21T10:00:00Z 580.1 1755 3
        ['', '', 'false'] 'No, "never",\\nnowhere.'

        """.replacing("'True'", with: "'true'"))
  }

  @Test func `the JSON has the keys that are promised`() throws {
    let report = BenchReport(
      setting, [try row("7x8x9"), try row("1x2x3", ratio: nil, problem: wrong)])
    let value = try JSONSerialization.jsonObject(with: Data(jsonText(report).utf8))
    let object = try #require(value as? [String: Any])
    #expect(Set(object.keys) == ["setting", "rows", "means", "missing", "passed"])
    #expect(object["passed"] as? Bool == false)
    let setting = try #require(object["setting"] as? [String: Any])
    #expect(
      Set(setting.keys) == [
        "device", "product", "driver", "cuda", "cache", "powerLimit", "monitorObstacle", "library",
        "libraryObstacle", "date", "commit", "type", "inputs", "seed", "rounds", "seconds",
        "block", "leadIn",
      ])
    let rows = try #require(object["rows"] as? [[String: Any]])
    for row in rows {
      #expect(
        Set(row.keys) == [
          "m", "n", "k", "places", "kernel", "entry", "regime", "time", "vendor",
          "vendorCandidates", "vendorCandidate", "ratio", "bufferSets", "comparedElements",
          "maxRelativeError", "passed", "problem", "vendorProblem",
        ])
    }
    let time = try #require(rows[0]["time"] as? [String: Any])
    #expect(
      Set(time.keys) == ["launchesPerGraph", "turns", "seconds", "tflops", "clock", "power"])
    #expect(rows[1]["time"] is NSNull)
    let means = try #require(object["means"] as? [[String: Any]])
    #expect(
      Set(means[0].keys) == ["subset", "kernel", "regime", "ratio", "counted", "products"])
  }

  @Test func `after a fault the remaining products are missing`() throws {
    let machine = StandIn(failure: { name, _ in name == "vendor 0" ? .hang : nil })
    let job = BenchJob(
      [BenchKernel(name: "naive", family: NaiveMatmul<BFloat16>())], on: machine, BenchPlan())
    let cases = try BenchCase.all(suites: [], shapes: ["8x8x8", "9x9x9", "10x10x10"])
    let console = Console(write: { _ in }, writeError: { _ in })
    let report = BenchReport(setting, cases, job, console)
    #expect(report.rows.count == 2)
    #expect(report.missing == ["9x9x9", "10x10x10"])
    #expect(report.failure?.status == .wrong)
    #expect(report.failure?.text.contains("It did not end in time.") == true)
  }
}

@Suite struct BenchCommandTests {
  @Test func `names and shapes that are not there are refused before a GPU is looked for`() {
    expectRefused(
      ["bench", "--suite", "circles"], saying: "'circles'", "squares, llama and ragged")
    expectRefused(["bench", "--kernel", "fastest"], saying: "'fastest'", "naive")
    expectRefused(["bench", "--shape", "4096"], saying: "'4096'", "4096x4096x1024")
    expectRefused(["bench", "--shape", "0x1x1"], saying: "m of 0x1x1", "not 0")
    expectRefused(["bench", "--shape", "1x1x4294967296"], saying: "k of", "1 to 1048576")
    expectRefused(["bench", "--csv", "/no/such/place.csv"], saying: "/no/such/place.csv")
  }

  @Test func `a simulation is not measured`() {
    expectRefused(["bench", "--device", "simulator"], saying: "command bench needs a GPU")
    expectRefused(["bench", "--device", "moon"], saying: "'moon'")
  }

  @Test(.enabled(if: (try? CUDADevice.all()) == nil, "this machine has a GPU"))
  func `without a GPU there is nothing to measure`() {
    expectRefused(["bench"], saying: "cuda", "cannot be used")
    expectRefused(["bench", "--device", "cuda:1"], saying: "cuda", "cannot be used")
  }

  @Test(arguments: [
    ["--rounds", "0"], ["--rounds", "x"], ["--seconds", "0"], ["--seconds", "nan"],
    ["--block", "2"], ["--lead-in", "0.2"], ["--lead-in", "-1"],
    ["--time-limit", "-1"], ["--inputs", "integers"], ["--inputs", "x"], ["--regime", "idle"],
    ["--type", "f64"],
  ])
  func `a meaningless number is a usage error`(options: [String]) {
    let outcome = ToolOutcome(["bench"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
  }
}
