// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import CUDADriver
import DeviceRuntime
import Foundation
import KernelLibrary
import MachineIR

/// Measures kernels in comparison with cuBLASLt.
struct BenchCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure kernels on a GPU beside the vendor's library.",
    discussion: """
      Our kernels and the fastest of cuBLASLt's candidates run in turn in one process, over the \
      same buffers, which are taken in rotation so that three times the second-level cache lies \
      between two uses of one. Time is the GPU's own, between events around graphs of launches. \
      Bursts are short runs after a rest; sustained runs leave the GPU no break. Every product is \
      compared with the host's at rows and columns spread evenly, before and after it is timed. \
      The ratio is that of the vendor's time to ours, round by round.

      Suites: squares (512 to 16384), llama (the projections of Llama 3 8B and 70B, m = 1 to 8192), \
      ragged. Default: squares and llama.
      """)

  @Option(help: ArgumentHelp("A suite: squares, llama or ragged. Repeatable.", valueName: "suite"))
  var suite: [String] = []

  @Option(help: ArgumentHelp("A product. Repeatable.", valueName: "MxNxK"))
  var shape: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A kernel, as 'kernels' lists them; 'structured:tileN=128,stages=6' is one in another \
      configuration. Repeatable. Default: the furthest on the ladder.
      """,
      valueName: "kernel"))
  var kernel: [String] = []

  @Option(help: "burst or sustained. Repeatable. Default: both.")
  var regime: [BenchRegime] = []

  @Option(help: "What matrices are made of: normal or uniform.")
  var inputs = MatmulInputs.normal

  @Option(
    parsing: .unconditional, help: "The seed of the matrices. Default: 0.",
    transform: integer(0...UInt64.max))
  var seed: UInt64 = 0

  @Option(help: "The type of the elements: bf16 or f16.")
  var type = MatmulType.bf16

  @Option(
    parsing: .unconditional, help: "The rounds of bursts. Default: 10.",
    transform: integer(roundRange))
  var rounds = 10

  @Option(
    name: .customLong("seconds"), parsing: .unconditional,
    help: ArgumentHelp(
      "How long each competitor runs in sustained rounds, all together. Default: 0.6.",
      valueName: "seconds"),
    transform: positiveSeconds)
  var sustainedSeconds = 0.6

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long a sustained turn is. Default: \(TimingMode.Block().seconds).", valueName: "seconds"),
    transform: positiveSeconds)
  var block = TimingMode.Block().seconds

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How long the first part of a sustained turn is, which is not counted. Default: \
      \(TimingMode.Block().leadIn).
      """, valueName: "seconds"),
    transform: seconds)
  var leadIn = TimingMode.Block().leadIn

  @Option(
    help: ArgumentHelp(
      "Where to run: cuda, cuda:1 and so on. Default: the first GPU that is usable.",
      valueName: "device"))
  var device: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seconds after which a run on the GPU is given up, and all that would follow. Default: 20.",
      valueName: "seconds"),
    transform: positiveSeconds)
  var timeLimit = 20.0

  @Option(help: ArgumentHelp("Write a line for each row to a file.", valueName: "file"))
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "The commit that the tool is built from. Default: that of the checkout it lies in.",
      valueName: "commit"))
  var commit: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Checks what the numbers are to one another.
  func validate() throws {
    guard block <= sustainedSeconds, leadIn < block else {
      throw ValidationError(
        "--lead-in is shorter than --block, and --block not longer than --seconds.")
    }
    guard !inputs.isExact else { throw ValidationError("--inputs is normal or uniform.") }
  }

  /// Measures the kernels.
  func run(_ console: Console) throws {
    let cases = try BenchCase.all(suites: suite, shapes: shape)
    let choices = try kernel.map { name throws(InputError) in try MatmulChoice(named: name) }
    let outputs = try OutputFiles(csv.map { [$0] } ?? [])
    let gpu = try openGPU()
    let target = Target(computeCapability: gpu.computeCapability)
    var entries: [MatmulCatalog.Entry] = []
    for choice in choices where !entries.contains(where: { $0.description.name == choice.name }) {
      entries.append(try choice.entry(for: target))
    }
    if entries.isEmpty { entries = [try MatmulCatalog.mostAdvanced(for: target)] }
    var plan = BenchPlan()
    if !regime.isEmpty { plan.regimes = BenchRegime.allCases.filter(regime.contains) }
    plan.inputs = inputs
    plan.seed = seed
    plan.rounds = rounds
    plan.seconds = sustainedSeconds
    plan.block = TimingMode.Block(seconds: block, leadIn: leadIn)
    let machine = TimingGPU(gpu)
    let setting = BenchSetting(
      machine, type, plan, commit: commit ?? commitOfProgram(), date: Date())
    let report =
      switch type {
      case .bf16:
        BenchReport(
          setting, cases,
          BenchJob(entries.map { BenchKernel($0, $0.bfloat16) }, on: machine, plan), console)
      case .f16:
        BenchReport(
          setting, cases,
          BenchJob(entries.map { BenchKernel($0, $0.halfFloat) }, on: machine, plan), console)
      }
    if let csv { try outputs.write([(csv, Array(report.csv.utf8))]) }
    try console.write(json ? jsonText(report) : report.text)
    guard let (status, sentence) = report.failure else { return }
    console.writeError("Error: \(sentence)\n")
    throw status
  }

  /// Opens the GPU that is asked for, or the first that is usable.
  private func openGPU() throws -> CUDADevice {
    switch try DeviceChoice(device) {
    case .simulator: throw InputError.timingOnSimulator(what: "command bench")
    case .cuda(let ordinal): return try CUDADevice(ordinal: ordinal, timeLimit: timeLimit)
    case .automatic:
      let usable = try CUDADevice.all().first {
        $0.computeCapability >= TargetArchitecture.ampere.number
      }
      return try CUDADevice(ordinal: usable?.ordinal ?? 0, timeLimit: timeLimit)
    }
  }
}

extension BenchRegime: ExpressibleByArgument {}

extension BenchKernel {
  /// Creates a kernel of a catalogue's entry.
  init(_ entry: MatmulCatalog.Entry, _ kernel: any MatmulFamily<Element>) {
    self.init(name: entry.description.name, family: kernel)
  }
}
