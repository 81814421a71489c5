// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLibrary
import Testing

@testable import TilewrightCommands

@Suite struct TimingTests {
  @Test(arguments: [
    ["--repeat", "0"], ["--repeat", "-3"], ["--repeat", "x"], ["--time-limit", "0"],
    ["--time-limit", "-1"], ["--time-limit", "nan"], ["--time-limit", "inf"],
  ])
  func `a meaningless number is a usage error`(options: [String]) {
    let outcome = ToolOutcome(["matmul", "--device", "simulator"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
  }

  @Test func `a simulation is not timed`() {
    let outcome = ToolOutcome(["matmul", "--device", "simulator", "--repeat", "3"])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errorText
        == "Error: The option --repeat needs a GPU: the time of a simulation says nothing about the "
        + "kernel's speed.\n")
  }

  @Test func `the report has no timing where none was asked for`() throws {
    let outcome = ToolOutcome(
      "matmul --device simulator --kernel naive -m 8 -n 8 -k 8 --inputs uniform --json"
        .split(separator: " ").map(String.init))
    #expect(outcome.status == 0)
    let object = try outcome.object()
    #expect(object.keys.contains("timing"))
    #expect(!(object["timing"] is [String: Any]))
  }

  @Test func `a sample has the quartiles of one product's time, and the rate at the median`() {
    let sample = MatmulTiming.Sample(
      seconds: [0.002, 0.001, 0.003], launchCount: 2,
      shape: MatmulShape(m: 1000, n: 1000, k: 500))
    #expect(sample.seconds == Quartiles(of: [0.001, 0.002, 0.003]))
    #expect(sample.tflops == 0.5)
  }

  @Test func `the text states both times, or why there is only one`() {
    let shape = MatmulShape(m: 1000, n: 1000, k: 500)
    let ours = MatmulTiming.Sample(seconds: [0.002], launchCount: 1, shape: shape)
    let theirs = MatmulTiming.Sample(seconds: [0.001], launchCount: 1, shape: shape)
    let vendor = MatmulTiming.Vendor(
      library: "cuBLASLt 13.1.0", candidates: 8, candidate: 0, sample: theirs, passed: true)
    #expect(text(of: ours, vendor).contains("our kernel runs at 50.0 % of its speed"))
    #expect(text(of: ours, vendor).contains("cuBLASLt 13.1.0, the fastest of 8 candidates\n"))
    #expect(text(of: ours, nil).contains("not timed: it is not there"))
  }

  /// Returns the lines of a report on two samples.
  private func text(of ours: MatmulTiming.Sample, _ vendor: MatmulTiming.Vendor?) -> String {
    var lines = Table()
    MatmulTiming(
      rounds: 1, bufferSets: 1, kernel: ours, vendor: Reported(vendor),
      vendorObstacle: Reported(vendor == nil ? "it is not there" : nil),
      ratio: Reported(vendor.map { $0.sample.seconds.median / ours.seconds.median })
    ).add(to: &lines)
    return lines.text
  }
}
