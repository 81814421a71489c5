// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import CUDADriver
import Conformance
import DeviceRuntime
import Foundation
import Simulator

/// Holds the simulator against a GPU, or against what a GPU computed once.
struct ConformanceCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Compare the simulator with a GPU, instruction by instruction.",
    discussion: """
      Each case runs, as the same PTX text, on the GPU and on the simulator, and the results are \
      compared bit by bit; results of approximate instructions are checked against their published \
      bounds. Without a GPU, the simulator is compared with recorded results of a GPU, which \
      --against names. For most instructions a record has only a digest of the results: if it \
      differs, all checks of the instruction count as different.

      With --random, programs are generated from a seed instead: arithmetic, control flow, warps \
      and memory; copies of boxes of tensors; multiplications of a warpgroup. The first programs \
      with different results are shrunk, and printed with the command that runs them again.
      """)

  @OptionGroup var options: DeviceOptions

  @Option(
    help: ArgumentHelp(
      "Only this family. Repeatable.", valueName: "family"))
  var family: [ConformanceFamily] = []

  @Option(
    help: ArgumentHelp(
      """
      Only programs that contain this text in their name or in the name of an instruction. \
      Repeatable.
      """, valueName: "text"))
  var only: [String] = []

  @Option(help: .hidden)
  var alone: String?

  @Option(help: ArgumentHelp("Write the device's results to a file.", valueName: "file"))
  var record: String?

  @Option(help: ArgumentHelp("Compare with recorded results.", valueName: "file"))
  var against: String?

  @Option(
    help: ArgumentHelp(
      "Write operands and results of every check, in columns; with --only, of the selected ones.",
      valueName: "file"))
  var dump: String?

  @OptionGroup var random: RandomOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Checks that options of random programs and of cases are not given together.
  func validate() throws {
    let asksForCases = !family.isEmpty || !only.isEmpty || dump != nil || alone != nil
    guard random.random == nil || !asksForCases else {
      throw ValidationError(
        "--random runs no cases: --family, --only and --dump do not apply to it.")
    }
    guard random.random != nil || random.kind == nil && random.texts == nil else {
      throw ValidationError("--kind and --texts are for random programs: they need --random.")
    }
  }

  /// Runs the cases, or random programs.
  func run(_ console: Console) throws {
    if random.random != nil {
      let recorded = try against.map { path throws(InputError) in
        guard let record = RandomRecord(try readText(path)) else {
          throw .unreadableFile(path: path, reason: "it is not a record of random programs")
        }
        return record
      }
      return try RandomConformanceRun(
        options: options, random: random, record: record, recorded: recorded, json: json
      ).run(console)
    }
    let choice = try DeviceChoice(options.device)
    if let alone { return try run(alone, on: choice, console) }
    let outputs = try OutputFiles([record, dump].compactMap { $0 })
    let recorded = try against.map { path throws(InputError) in
      guard let record = ConformanceRecord(try readText(path)) else {
        throw .unreadableFile(path: path, reason: "it is not a record of conformance cases")
      }
      return record
    }
    let chosen = try choice.open(for: "sm_90a", simulating: .hopper, options) { $0 == 90 }
    // The simulator held against itself would always agree.
    guard !chosen.isSimulator || recorded != nil || self.record != nil || self.dump != nil else {
      throw InputError.nothingToCompare
    }
    let families = family.isEmpty ? Set(ConformanceFamily.allCases) : Set(family)
    let programs = ConformanceSuite.programs(of: families).filter { !chosenProbes(of: $0).isEmpty }
    guard !programs.isEmpty else { throw InputError.nothingNamed(only) }
    let simulator = SimulatedDevice(.hopper)
    var report = ConformanceReport()
    var record = ConformanceRecord(heading: [
      "Results of \(chosen.device.summary).",
      "Date: \(Date().formatted(.iso8601.year().month().day())).",
    ])
    var dump = ConformanceDump()
    for program in programs {
      do {
        let found = try results(of: program, on: chosen)
        record.add(program, found)
        var simulated: [UInt32]?
        if !chosen.isSimulator && recorded == nil {
          let words = try program.run(on: simulator)
          report.compare(program, words, with: found)
          simulated = words
        }
        if let recorded { report.compare(program, found, with: recorded) }
        if self.dump != nil {
          dump.add(program, chosenProbes(of: program), device: found, simulator: simulated)
        }
      } catch {
        report.fail(program, reason: "\(error)")
      }
    }
    let files = [(self.record, record.text), (self.dump, self.dump == nil ? "" : dump.text)]
    try outputs.write(files.compactMap { path, text in path.map { ($0, Array(text.utf8)) } })
    try console.write(json ? jsonText(report) : report.text(of: chosen.summary, recorded?.heading))
    guard report.isGood else { throw ExitStatus.wrong }
  }

  /// Returns the probes of a program that the user asks for: all, where the program's name is asked
  /// for, or none in particular.
  private func chosenProbes(of program: ConformanceProgram) -> [ConformanceProbe] {
    guard !only.isEmpty, !only.contains(where: program.name.contains) else {
      return program.probes
    }
    return program.probes.filter { probe in only.contains(where: probe.name.contains) }
  }
}

extension ConformanceCommand {
  /// Returns the results of a program on a device; on a GPU, which a fault may stop, in a separate
  /// process.
  private func results(
    of program: ConformanceProgram, on chosen: ChosenDevice
  ) throws -> [UInt32] {
    guard program.mayStop, !chosen.isSimulator else { return try program.run(on: chosen.device) }
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [
      "conformance", "--device", chosen.device.name, "--alone", program.name, "--time-limit", "10",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = String(decoding: pipe.contents(), as: UTF8.self)
    process.waitUntilExit()
    let words = output.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0, radix: 16) }
    guard process.terminationStatus == 0, words.count == program.outputCount + 1 else {
      throw InputError.toolFailed(
        tool: "conformance", reason: "it has no results of '\(program.name)'")
    }
    return words
  }

  /// Runs one program and writes its results, for the process that asked for it.
  private func run(_ name: String, on choice: DeviceChoice, _ console: Console) throws {
    let chosen = try choice.open(for: "sm_90a", simulating: .hopper, options) { $0 == 90 }
    for program in ConformanceSuite.programs(of: [.stop]) where program.name == name {
      try console.write(hexadecimal(try program.run(on: chosen.device)))
    }
  }
}

extension ConformanceFamily: ExpressibleByArgument {}

extension ConformanceReport {
  /// The report for people.
  ///
  /// - Parameters:
  ///   - device: The device that ran the cases.
  ///   - heading: The origin of the recorded results that these were compared with.
  /// - Returns: The counts by family, and the first differences of each instruction.
  fileprivate func text(of device: String, _ heading: [String]?) -> String {
    var columns = Columns("FAMILY", "PROGRAMS", "INSTRUCTIONS", "CHECKS", "DIFFERENT")
    /// Adds a line of counts.
    func add(_ name: String, _ count: Count) {
      columns.add(
        name, "\(count.programs)", "\(count.probes)", grouped(count.checks),
        grouped(count.differences))
    }
    for family in ConformanceFamily.allCases {
      if let count = families[family.rawValue] { add(family.rawValue, count) }
    }
    add("all", total)
    var text = "Device: \(device)\n"
    if let heading { text += "Compared with: \(heading.joined(separator: " "))\n" }
    text += "\n" + columns.text
    for failure in failures {
      text += """

        \(failure.program): \(failure.probe)
          \(failure.countText) differ\(failure.reason.map { ": \($0)" } ?? "")

        """
      for difference in failure.differences { text += "  " + difference.text + "\n" }
    }
    return text
  }
}

extension ConformanceReport.Failure {
  /// The number of checks that differ, in words.
  fileprivate var countText: String {
    isCounted
      ? "\(differenceCount) of \(checkCount)" : "an unknown number of \(checkCount) checks"
  }
}

extension ConformanceReport.Difference {
  /// One line: the operands, what the simulator gives, and what the device gave.
  fileprivate var text: String {
    let operands = operands.isEmpty ? check.map { "check \($0)" } ?? "" : hexadecimal(operands)
    let results = "simulated \(hexadecimal(found)), expected \(hexadecimal(expected))"
    return "\(operands): \(results)" + (allowed.map { ", allowed \($0)" } ?? "")
  }
}
