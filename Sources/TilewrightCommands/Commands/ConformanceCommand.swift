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
    abstract: "Hold the simulator against a GPU, instruction by instruction.",
    discussion: """
      Each case runs, as the same PTX text, on the GPU and on the simulator, and the results are \
      compared bit by bit; those of approximate instructions within their published bound. \
      Without a GPU the simulator is compared with results that a GPU recorded, where --against \
      names them.
      """)

  @OptionGroup var options: DeviceOptions

  @Option(
    help: ArgumentHelp(
      "Only these families, each with an option of its own.", valueName: "family"))
  var family: [ConformanceFamily] = []

  @Option(
    help: ArgumentHelp(
      "Only programs whose names contain this text, each text with an option of its own.",
      valueName: "text"))
  var only: [String] = []

  @Option(help: .hidden)
  var alone: String?

  @Option(help: ArgumentHelp("Write what the device computed.", valueName: "file"))
  var record: String?

  @Option(help: ArgumentHelp("Compare with what was recorded.", valueName: "file"))
  var against: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Runs the cases.
  func run(_ console: Console) throws {
    let choice = try DeviceChoice(options.device)
    if let alone { return try run(alone, on: choice, console) }
    let families = family.isEmpty ? Set(ConformanceFamily.allCases) : Set(family)
    let programs = ConformanceSuite.programs(of: families).filter { program in
      only.isEmpty || only.contains { program.name.contains($0) }
    }
    let outputs = try OutputFiles([record].compactMap { $0 })
    let recorded = try against.map { path throws(InputError) in
      guard let record = ConformanceRecord(try readText(path)) else {
        throw .unreadableFile(path: path, reason: "it is no record of conformance")
      }
      return record
    }
    let chosen = try choice.open(for: "sm_90a", simulating: .hopper, options) { $0 == 90 }
    // The simulator held against itself would always agree.
    guard !chosen.isSimulator || recorded != nil || self.record != nil else {
      throw InputError.nothingToCompare
    }
    let simulator = SimulatedDevice(.hopper)
    var report = ConformanceReport()
    var record = ConformanceRecord(heading: [
      "Results of \(chosen.device.summary).",
      "Date: \(Date().formatted(.iso8601.year().month().day())).",
    ])
    for program in programs {
      do {
        let found = try results(of: program, on: chosen)
        record.add(program, found)
        if let recorded {
          report.compare(program, found, with: recorded)
        } else if !chosen.isSimulator {
          report.compare(program, try program.run(on: simulator), with: found)
        }
      } catch {
        report.fail(program, reason: "\(error)")
      }
    }
    if let path = self.record { try outputs.write([(path, Array(record.text.utf8))]) }
    console.write(json ? jsonText(report) : report.text(of: chosen.summary, recorded?.heading))
    guard report.isGood else { throw ExitStatus.wrong }
  }
}

extension ConformanceCommand {
  /// Returns what a program gives on a device; on a GPU that may stop it, in a process of its own.
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
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let words = output.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0, radix: 16) }
    guard process.terminationStatus == 0, words.count == program.outputCount + 1 else {
      throw InputError.toolFailed(
        tool: "conformance", reason: "it gave no results of '\(program.name)'")
    }
    return words
  }

  /// Runs one program and writes its results, for the process that asked for it.
  private func run(_ name: String, on choice: DeviceChoice, _ console: Console) throws {
    let chosen = try choice.open(for: "sm_90a", simulating: .hopper, options) { $0 == 90 }
    for program in ConformanceSuite.programs(of: [.stop]) where program.name == name {
      let words = try program.run(on: chosen.device)
      console.write(words.map { String($0, radix: 16) }.joined(separator: " "))
    }
  }
}

extension ConformanceFamily: ExpressibleByArgument {}

extension ConformanceReport {
  /// The report for a person.
  ///
  /// - Parameters:
  ///   - device: What ran the cases.
  ///   - heading: Where the recorded results are from that these were compared with.
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
          \(failure.differenceCount) of \(failure.checkCount) differ\
        \(failure.reason.map { ": \($0)" } ?? "")

        """
      for difference in failure.differences { text += "  " + difference.text + "\n" }
    }
    return text
  }
}

extension ConformanceReport.Difference {
  /// One line: the operands, what the simulator gives, and what the device gave.
  fileprivate var text: String {
    let operands = operands.isEmpty ? check.map { "check \($0)" } ?? "" : hexadecimal(operands)
    return "\(operands): simulated \(hexadecimal(found)), expected \(hexadecimal(expected))"
  }

  /// Returns words in hexadecimal.
  private func hexadecimal(_ words: [UInt32]) -> String {
    words.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined(separator: " ")
  }
}
