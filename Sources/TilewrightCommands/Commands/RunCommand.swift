// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import CUDADriver
import DeviceRuntime
import MachineIR
import PTX
import Simulator

/// Runs anybody's PTX on either device.
struct RunCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a kernel of a PTX file as described by a launch file.",
    discussion: launchFileHelp)

  @Argument(help: ArgumentHelp("The PTX file.", valueName: "file.ptx"))
  var file: String

  @Option(help: ArgumentHelp("The launch file, described above.", valueName: "launch.json"))
  var launch: String

  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: ArgumentHelp(
      """
      Time the kernel on a GPU in this many rounds of many launches each, after the outputs are \
      read.
      """, valueName: "rounds"),
    transform: integer(roundRange))
  var repetitions: Int?

  @OptionGroup var options: DeviceOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Runs the kernel and writes its outputs.
  func run(_ console: Console) throws {
    let choice = try DeviceChoice(options.device)
    let text = try readText(file)
    let module = try syntaxTree(of: text)
    let launchFile = try LaunchFile(contentsOf: launch)
    let kernel = try module.kernel(launchFile.entry, path: file)
    let outputs = try OutputFiles(launchFile.buffers.compactMap(\.output))
    let target = launchFile.target ?? module.target.simulatedTarget
    let chosen = try choice.open(
      for: "\(module.target)", simulating: target.machine, options
    ) { computeCapability in
      let isWanted = launchFile.target.map { $0.number == computeCapability } ?? true
      return isWanted && module.target.runs(on: computeCapability)
    }
    guard repetitions == nil || !chosen.isSimulator else {
      throw InputError.timingOnSimulator(what: "option --repeat")
    }
    let prepared = try PreparedLaunch(launchFile, kernel, text: text, on: chosen.device)
    var report = RunReport(prepared, chosen)
    var files: [(path: String, bytes: [UInt8])] = []
    do throws(DeviceError) {
      report.result = try console.showing(chosen.activity) { () throws(DeviceError) in
        try prepared.launch(on: chosen.device)
      }
      files = try prepared.outputs(from: chosen.device)
      if let repetitions, let device = chosen.device as? CUDADevice {
        report.timing = try prepared.time(rounds: repetitions, on: device)
      }
    } catch {
      guard case .fault(let fault) = error else { throw error }
      report.fault = FaultReport(fault)
      if json { try console.write(jsonText(report)) }
      throw error
    }
    try outputs.write(files)
    report.outputs = files.map(\.path)
    try console.write(json ? jsonText(report) : report.text)
  }

  /// Returns the module that the file's text holds.
  private func syntaxTree(of text: String) throws(InputError) -> Module {
    do {
      // The command has its own function `parse`.
      return try PTX.parse(text)
    } catch {
      throw .syntax(path: file, error)
    }
  }
}

extension ChosenDevice {
  /// The activity while a kernel runs, as the beginning of a line.
  var activity: String { isSimulator ? "Simulating" : "Running on \(device.name)" }
}

extension TargetArchitecture {
  /// The default architecture on which code for this target is simulated.
  fileprivate var simulatedTarget: Target { number > Target.hopper.number ? .blackwell : .hopper }
}

extension Module {
  /// Returns the kernel of a name, or the only one.
  fileprivate func kernel(_ name: String?, path: String) throws(InputError) -> Function {
    let kernels = entries.filter { $0.blocks != nil }
    if name == nil, kernels.count == 1 { return kernels[0] }
    guard let kernel = kernels.first(where: { $0.name == name }) else {
      throw .entry(path: path, name: name, entries: kernels.map(\.name))
    }
    return kernel
  }
}
