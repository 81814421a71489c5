// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import CUDADriver
import Conformance
import DeviceRuntime
import Foundation
import Simulator

/// The options for random programs.
struct RandomOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Run this many random programs instead of the cases. Without a GPU or a record, the simulator is compared with itself under the schedule 'late'.",
      valueName: "count"),
    transform: integer(1...RandomOptions.programLimit))
  var random: Int?

  @Option(
    parsing: .unconditional, help: "The seed of the random programs. Default: 0.",
    transform: integer(0...UInt64.max))
  var seed: UInt64 = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number of the first random program. Default: 0.", valueName: "number"),
    transform: integer(0...RandomOptions.programLimit))
  var first = 0

  @Option(
    help: ArgumentHelp(
      "Only random programs of this kind: lanes, boxes or products.", valueName: "kind"))
  var kind: RandomKind?

  @Option(
    parsing: .unconditional,
    help: "The number of processes that run random programs, 1 to 256. Default: 1.",
    transform: integer(1...256))
  var jobs = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The largest number of failing random programs that each process shrinks. Default: 3.",
      valueName: "count"),
    transform: integer(0...RandomOptions.programLimit))
  var shrink = 3

  @Option(
    help: ArgumentHelp(
      "Write the PTX and the inputs of the random programs, and run none.", valueName: "directory"))
  var texts: String?

  @Flag(help: .hidden)
  var part = false

  /// The largest number of a random program.
  private static let programLimit = 1 << 40

  /// The numbers of the programs.
  var numbers: Range<Int> { first..<first + (random ?? 0) }
}

extension RandomKind: ExpressibleByArgument {}

/// Compares random programs, in this process or in several.
struct RandomConformanceRun {
  /// The device's options.
  var options: DeviceOptions

  /// The options.
  var random: RandomOptions

  /// The file to record the results in.
  var record: String?

  /// The results to compare with.
  var recorded: RandomRecord?

  /// Whether one JSON object is printed.
  var json: Bool

  /// Runs the programs.
  func run(_ console: Console) throws {
    if let directory = random.texts { return try writeTexts(to: directory) }
    let outputs = try OutputFiles([record].compactMap { $0 })
    let choice = try DeviceChoice(options.device)
    let chosen = try choice.open(for: "sm_90a", simulating: .hopper, options) { $0 == 90 }
    if let record {
      let made = try makeRecord(on: chosen)
      return try outputs.write([(record, Array(made.text.utf8))])
    }
    let report =
      random.jobs > 1 ? try runInChunks(console) : try compare(on: chosen, console)
    if random.part {
      try console.write(partText(report))
      return
    }
    let heading = recorded.map { "Compared with: \($0.heading.joined(separator: " "))\n" }
    let summary = "Device: \(chosen.summary)\n" + (heading ?? "")
    try console.write(
      json ? jsonText(RandomSummary(report, device: chosen.device)) : summary + report.text)
    guard report.isGood else { throw ExitStatus.wrong }
  }

  /// Returns what a device that was chosen computes of the programs.
  private func makeRecord(on chosen: ChosenDevice) throws -> RandomRecord {
    var conformance = conformance(reference: .none)
    if let recorded { conformance.seed = recorded.seed }
    return try conformance.record(
      on: { () throws(DeviceError) in chosen.device },
      heading: [
        "Results of \(chosen.device.summary).",
        "Date: \(Date().formatted(.iso8601.year().month().day())).",
      ])
  }

  /// Returns how the programs compare, run in this process.
  private func compare(on chosen: ChosenDevice, _ console: Console) throws -> RandomReport {
    var conformance = conformance(reference: reference(chosen))
    let total = random.numbers.count
    if console.showsProgress {
      conformance.progress = { console.writeError("\r\($0) of \(total)\u{1B}[K") }
    }
    defer { if console.showsProgress { console.writeError("\r\u{1B}[K") } }
    return try conformance.run()
  }

  /// Returns what the simulator is compared with.
  private func reference(_ chosen: ChosenDevice) -> RandomConformance.Reference {
    if let recorded { return .record(recorded) }
    if chosen.isSimulator {
      let late = SimulationOptions(schedule: .late, hostThreadCount: 1)
      return .device { () throws(DeviceError) in SimulatedDevice(.hopper, options: late) }
    }
    let (name, limit) = (chosen.device.name, options.timeLimit)
    return .device { () throws(DeviceError) in
      // The device that was chosen keeps the GPU's context; each of these only its own modules.
      try CUDADevice(ordinal: Int(name.dropFirst("cuda:".count)) ?? 0, timeLimit: limit)
    }
  }

  /// Returns what is compared.
  private func conformance(reference: RandomConformance.Reference) -> RandomConformance {
    // Programs are small; another thread would cost more than it gains.
    let simulation = SimulationOptions(
      schedule: options.schedule, checksInitialization: options.checks == .on, hostThreadCount: 1)
    var conformance = RandomConformance(
      seed: recorded?.seed ?? random.seed, numbers: random.numbers, kind: random.kind,
      reference: reference
    ) { SimulatedDevice(.hopper, options: simulation) }
    conformance.shrinkCount = random.shrink
    return conformance
  }

  /// Writes the programs' texts, one file for each module, and the input of each program.
  private func writeTexts(to directory: String) throws {
    let programs = conformance(reference: .none)
    let texts = programs.texts.enumerated().map { index, text in
      ("\(directory)/module\(index).ptx", Array(text.utf8))
    }
    let inputs = programs.inputs.map { entry, words in
      let bytes = words.flatMap { littleEndian($0, 4) }
      let array = NumpyArray(elementType: .uint32, shape: [words.count], bytes: bytes)
      return ("\(directory)/\(entry).npy", array.file)
    }
    let files = texts + inputs
    let outputs = try OutputFiles(files.map(\.0))
    try outputs.write(files)
  }
}

// Several processes: a GPU's context is lost with a kernel that faults, and the driver compiles for
// each process by itself.
extension RandomConformanceRun {
  /// Returns how the programs compare, run by several processes of this tool.
  private func runInChunks(_ console: Console) throws -> RandomReport {
    let size = max(1, (random.numbers.count + random.jobs - 1) / random.jobs)
    var waiting = stride(
      from: random.numbers.lowerBound, to: random.numbers.upperBound, by: size
    ).map { $0..<min($0 + size, random.numbers.upperBound) }
    var report = RandomReport()
    var attempts = 0
    while !waiting.isEmpty {
      let parts = try waiting.map { try RandomPart($0, self) }
      waiting = []
      for part in parts {
        let result = try part.report()
        report.add(result)
        waiting += result.pending
      }
      attempts += 1
      // Do not retry a device forever that is lost again and again.
      if attempts > 16 {
        report.pending = waiting
        break
      }
    }
    return report
  }

  /// Returns a report in the form that the parent process reads.
  private func partText(_ report: RandomReport) -> String {
    do {
      return String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    } catch {
      fatalError("A report has only values that JSON has: \(error)")
    }
  }

  /// The words of the command line that run some of the programs.
  fileprivate func arguments(_ numbers: Range<Int>) -> [String] {
    var words = [
      "conformance", "--random", "\(numbers.count)", "--first", "\(numbers.lowerBound)", "--seed",
      "\(random.seed)", "--shrink", "\(random.shrink)", "--part", "--schedule",
      "\(options.schedule)", "--checks", options.checks.rawValue, "--time-limit",
      "\(options.timeLimit)",
    ]
    if let kind = random.kind { words += ["--kind", kind.rawValue] }
    if let device = options.device { words += ["--device", device] }
    return words
  }
}

/// A process that runs some of the programs.
private struct RandomPart {
  /// The programs.
  private let numbers: Range<Int>

  /// The process.
  private let process = Process()

  /// The output of the process.
  private let output = Pipe()

  /// Starts a process for some programs.
  init(_ numbers: Range<Int>, _ run: RandomConformanceRun) throws {
    self.numbers = numbers
    guard let tool = Bundle.main.executableURL else {
      throw InputError.toolFailed(tool: "tilewright", reason: "its own file cannot be found")
    }
    process.executableURL = tool
    process.arguments = run.arguments(numbers)
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw InputError.toolFailed(tool: "tilewright", reason: reason(of: error))
    }
  }

  /// Waits for the process and returns its report.
  func report() throws -> RandomReport {
    let data = output.contents()
    process.waitUntilExit()
    do {
      return try JSONDecoder().decode(RandomReport.self, from: data)
    } catch {
      throw InputError.toolFailed(
        tool: "tilewright",
        reason: """
          the process of the programs \(numbers.lowerBound) to \(numbers.upperBound - 1) exited \
          with status \(process.terminationStatus) and without a report
          """)
    }
  }
}

/// The output of `--json` for random programs.
private struct RandomSummary: Encodable {
  /// The counts.
  let programs: Int, distinct: Int, different: Int, results: Int
  /// The device.
  let device: String
  /// The counts by feature.
  let features: [String: RandomReport.Count]
  /// The first programs that differ.
  let failures: [RandomReport.Failure]
  /// The numbers of programs that did not run.
  let pending: [Range<Int>]
  /// The features that random programs exclude, with reasons.
  let exclusions: [String: String]

  /// Takes what is printed from a report.
  init(_ report: RandomReport, device: any Device) {
    programs = report.programs
    distinct = report.distinct
    different = report.different
    results = report.results
    self.device = device.summary
    features = report.features
    failures = report.failures
    pending = report.pending
    exclusions = RandomConformance.exclusions
  }
}

extension RandomReport {
  /// The report for a person: the counts by feature, and the first programs that differ.
  fileprivate var text: String {
    var columns = Columns("FEATURE", "PROGRAMS", "STATEMENTS", "TILES", "DIFFERENT")
    for (name, count) in features.sorted(by: { $0.key < $1.key }) {
      columns.add(
        name, grouped(count.programs), grouped(count.uses),
        count.tiles > 0 ? grouped(count.tiles) : "-", grouped(count.different))
    }
    var text = """

      \(columns.text)
      \(grouped(programs)) programs, \(grouped(distinct)) distinct instruction lists, \
      \(grouped(results)) results: \(grouped(different)) programs differ

      """
    for range in pending {
      text += "Not run: \(range.lowerBound) to \(range.upperBound - 1)\n"
    }
    for failure in failures { text += "\n" + failure.text }
    return text
  }
}

extension RandomReport.Failure {
  /// The program, the first result that differs, and the smallest reduced program that does, in a
  /// few lines.
  fileprivate var text: String {
    var text = "\(name)\n  \(command)\n"
    if let reason { text += "  \(reason)\n" }
    if let result {
      text += "  \(oneLine(result)): simulated \(words(found)), expected \(words(expected))"
      text += operands.isEmpty ? "\n" : " of \(words(operands))\n"
    }
    guard let shrunk else { return text }
    text += "  the smallest program that differs (\(shrunk.features.joined(separator: ", "))):\n"
    for line in shrunk.statements.split(separator: "\n") { text += "    \(line)\n" }
    return text
      + "    \(oneLine(shrunk.result)): simulated \(words(shrunk.found)), "
      + "expected \(words(shrunk.expected))\n"
  }

  /// Returns a text on one line.
  private func oneLine(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: " ")
  }

  /// Returns words in hexadecimal.
  private func words(_ words: [UInt32]) -> String {
    words.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined(separator: " ")
  }
}
