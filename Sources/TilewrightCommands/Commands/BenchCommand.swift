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
    abstract: "Measure kernels on a GPU in comparison with cuBLASLt.",
    discussion: """
      Our kernels and the fastest of cuBLASLt's candidates alternate in one process. They use the \
      same sets of buffers in rotation, so that three times the size of L2 is accessed between two \
      uses of a set. Times are measured on the GPU, between events around graphs of launches. \
      Bursts are short runs after a rest; sustained runs leave the GPU no break. Every product is \
      compared with the host's at evenly spaced rows and columns, before and after it is timed. \
      The ratio is cuBLASLt's time divided by ours, round by round.

      Suites: squares (512 to 16384), llama (the projections of Llama 3 8B and 70B, m = 1 to \
      8192), ragged. Default: squares and llama.
      """)

  @Option(help: ArgumentHelp("A suite: squares, llama or ragged. Repeatable.", valueName: "suite"))
  var suite: [String] = []

  @Option(help: ArgumentHelp("The extents of a product. Repeatable.", valueName: "MxNxK"))
  var shape: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A kernel that 'kernels' lists; 'structured:tileN=128,stages=6' is one in another \
      configuration. Repeatable. Default: the most advanced of the ladder.
      """,
      valueName: "kernel"))
  var kernel: [String] = []

  @Option(help: "The timing mode: burst or sustained. Repeatable. Default: both.")
  var regime: [BenchRegime] = []

  @Option(help: "The distribution of the matrices' elements: normal or uniform.")
  var inputs = MatmulInputs.normal

  @Option(
    parsing: .unconditional, help: "The seed of the matrices. Default: 0.",
    transform: integer(0...UInt64.max))
  var seed: UInt64 = 0

  @Option(help: "The type of the elements: bf16 or f16.")
  var type = MatmulType.bf16

  @Option(
    parsing: .unconditional, help: "The number of burst rounds. Default: 10.",
    transform: integer(roundRange))
  var rounds = 10

  @Option(
    name: .customLong("seconds"), parsing: .unconditional,
    help: ArgumentHelp(
      "The total time of each competitor's sustained runs, in seconds. Default: 0.6.",
      valueName: "seconds"),
    transform: positiveSeconds)
  var sustainedSeconds = 0.6

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The length of one uninterrupted sustained run, in seconds. Default: \(TimingMode.Block().seconds).",
      valueName: "seconds"),
    transform: positiveSeconds)
  var block = TimingMode.Block().seconds

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The seconds at the start of each sustained run that are not counted. Default: \
      \(TimingMode.Block().leadIn).
      """, valueName: "seconds"),
    transform: seconds)
  var leadIn = TimingMode.Block().leadIn

  @Option(
    help: ArgumentHelp(
      "The device: cuda, cuda:1 and so on. Default: the first usable GPU.",
      valueName: "device"))
  var device: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seconds after which a run on the GPU and all later runs are abandoned. Default: 20.",
      valueName: "seconds"),
    transform: positiveSeconds)
  var timeLimit = 20.0

  @Option(help: ArgumentHelp("Write each row as a line of CSV to a file.", valueName: "file"))
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "The commit that the tool was built from. Default: that of the checkout that contains it.",
      valueName: "commit"))
  var commit: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Checks what the numbers are to one another.
  func validate() throws {
    guard block <= sustainedSeconds, leadIn < block else {
      throw ValidationError(
        "--lead-in must be shorter than --block, and --block not longer than --seconds.")
    }
    guard !inputs.isExact else { throw ValidationError("--inputs must be normal or uniform.") }
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
