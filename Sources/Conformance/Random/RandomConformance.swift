// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Runs random programs on the simulator, and compares the results with those of another device or
/// of a record.
public struct RandomConformance {
  /// The reference with which the simulator is compared.
  public enum Reference {
    /// A device, opened anew for each module, so that it does not accumulate modules.
    case device(() throws(DeviceError) -> any Device)
    /// The recorded results of a GPU.
    case record(RandomRecord)
    /// Nothing: the results are to be recorded.
    case none
  }

  /// The seed.
  public var seed: UInt64

  /// The numbers of the programs.
  public var numbers: Range<Int>

  /// The kind of all programs, or `nil` if it follows from their numbers.
  public var kind: RandomKind?

  /// The number of programs that share a text.
  public var moduleSize = 48

  /// The maximum number of programs that are shrunk, because each needs many trials.
  public var shrinkCount = 3

  /// Creates the simulator, once for each module.
  public var makeSimulator: () -> any Device

  /// The reference with which the simulator is compared.
  public var reference: Reference

  /// Called from time to time with the number of programs that are done.
  public var progress: (Int) -> Void = { _ in }

  /// Creates a comparison.
  public init(
    seed: UInt64, numbers: Range<Int>, kind: RandomKind? = nil, reference: Reference,
    makeSimulator: @escaping () -> any Device
  ) {
    self.seed = seed
    self.numbers = numbers
    self.kind = kind
    self.reference = reference
    self.makeSimulator = makeSimulator
  }
}

extension RandomConformance {
  /// The exclusions of random programs and their reasons.
  public static var exclusions: [String: String] {
    Dictionary(uniqueKeysWithValues: GenerationRules.exclusions.map { ($0.what, $0.reason) })
  }

  /// The numbers of the programs of each module.
  private var parts: [Range<Int>] {
    if case .record(let record) = reference {
      return record.numbers.filter { numbers.overlaps($0) }
    }
    return stride(from: numbers.lowerBound, to: numbers.upperBound, by: moduleSize).map {
      $0..<min($0 + moduleSize, numbers.upperBound)
    }
  }

  /// Returns the module of some programs.
  func module(_ numbers: Range<Int>) -> RandomModule {
    RandomModule(
      numbers.map { RandomProgram(RandomProgramName(seed: seed, number: $0, kind: kind)) })
  }

  /// The texts of all programs, module by module.
  public var texts: [String] { parts.map { module($0).text } }

  /// The inputs of all programs: the entry, and the 32-bit words that its first parameter points to.
  public var inputs: [(entry: String, words: [UInt32])] {
    parts.flatMap { module($0).programs.map { ($0.name.entry, $0.input) } }
  }

  /// Runs all programs and compares the results.
  ///
  /// - Throws: The error of a device before it runs a program; errors of programs are reported.
  public func run() throws(DeviceError) -> RandomReport {
    var report = RandomReport()
    for part in parts {
      try compare(module(part), first: part.lowerBound, in: &report)
      if !report.pending.isEmpty { break }
      progress(part.upperBound - numbers.lowerBound)
    }
    return report
  }

  /// Runs all programs on a device, and returns the results.
  public func record(
    on makeDevice: () throws(DeviceError) -> any Device, heading: [String]
  ) throws(DeviceError) -> RandomRecord {
    var record = RandomRecord(heading: heading, seed: seed)
    for part in parts {
      let module = module(part)
      record.add(module, try module.run(on: try makeDevice()), first: part.lowerBound)
      progress(part.upperBound - numbers.lowerBound)
    }
    return record
  }

  /// Compares the programs of a module.
  private func compare(
    _ module: RandomModule, first: Int, in report: inout RandomReport
  ) throws(DeviceError) {
    let texts = module.textFindings()
    let found = try module.run(on: makeSimulator())
    switch reference {
    case .none:
      for (program, outcome) in zip(module.programs, found) {
        note(program, texts[program.name], outcome, nil, in: &report)
      }
    case .record(let record):
      compare(module, texts, found, with: record, first: first, in: &report)
    case .device(let makeDevice):
      let expected: [RandomModule.Outcome]
      do {
        expected = try module.run(on: try makeDevice())
      } catch {
        // A device that worked before is lost, possibly because of the last shrinking.
        guard report.programs > 0 else { throw error }
        report.pending = [first..<numbers.upperBound]
        return
      }
      if case .lost(let reason)? = expected.last {
        let program = module.programs[expected.count - 1]
        report.count(program, isDifferent: true)
        fail(program, reason: "the device: \(reason)", in: &report)
        let number = program.name.number
        report.pending = [first..<number, number + 1..<numbers.upperBound].filter { !$0.isEmpty }
        return
      }
      for (index, program) in module.programs.enumerated() {
        note(program, texts[program.name], found[index], expected[index], in: &report)
      }
    }
  }

  /// Compares the programs of a module with their recorded results.
  private func compare(
    _ module: RandomModule, _ texts: [RandomProgramName: String], _ found: [RandomModule.Outcome],
    with record: RandomRecord, first: Int, in report: inout RandomReport
  ) {
    guard let entry = record.entries[first] else { return }
    let isKnown = entry.programs == module.digest
    for ((program, outcome), expected) in zip(zip(module.programs, found), entry.outputs) {
      var reason = texts[program.name]
      if !isKnown {
        reason = "the generator has changed since these programs were recorded"
      } else if case .failed(let text) = outcome {
        reason = "the simulator: \(text)"
      } else if case .words(let words) = outcome, expected != program.digest(of: words) {
        reason = "the digests of the results differ"
      }
      report.count(program, isDifferent: reason != nil)
      if let reason { fail(program, reason: reason, in: &report) }
    }
  }

  /// Records the comparison of a program's results.
  private func note(
    _ program: RandomProgram, _ textFinding: String?, _ found: RandomModule.Outcome,
    _ expected: RandomModule.Outcome?, in report: inout RandomReport
  ) {
    var reason = textFinding
    if case .failed(let text)? = expected { reason = "the device: \(text)" }
    switch found {
    case .words: break
    case .failed(let text), .lost(let text): reason = "the simulator: \(text)"
    }
    if let reason {
      report.count(program, isDifferent: true)
      return fail(program, reason: reason, in: &report)
    }
    guard case .words(let first) = found, case .words(let second)? = expected,
      let difference = program.difference(first, second)
    else { return report.count(program, isDifferent: false) }
    report.count(program, isDifferent: true)
    guard report.keepsMore else { return }
    var failure = RandomReport.Failure(name: program.name, command: command(program.name))
    failure.result = "\(difference.field), \(difference.result)"
    failure.found = difference.found
    failure.expected = difference.expected
    failure.operands = difference.operands
    if report.failures.count(where: { $0.shrunk != nil }) < shrinkCount {
      failure.shrunk = shrink(program)
    }
    report.failures.append(failure)
  }

  /// Records that a program has no results to compare.
  private func fail(_ program: RandomProgram, reason: String, in report: inout RandomReport) {
    guard report.keepsMore else { return }
    report.failures.append(
      RandomReport.Failure(name: program.name, command: command(program.name), reason: reason))
  }

  /// Returns the command that runs a program again.
  private func command(_ name: RandomProgramName) -> String {
    """
    tilewright conformance --device cuda --random 1 --first \(name.number) --seed \(name.seed) \
    --kind \(name.kind.rawValue)
    """
  }

  /// Returns the smallest part of a program on which the simulator and the device still disagree.
  private func shrink(_ program: RandomProgram) -> RandomReport.Shrunk? {
    /// Returns the first difference of a program, if both devices run it.
    func difference(_ program: RandomProgram) -> RandomProgram.Difference? {
      guard case .device(let makeDevice) = reference else { return nil }
      let module = RandomModule([program])
      guard let found = try? module.run(on: makeSimulator()),
        let expected = try? module.run(on: try makeDevice()),
        case .words(let first)? = found.first, case .words(let second)? = expected.first
      else { return nil }
      return program.difference(first, second)
    }
    var shrinker = Shrinker { difference($0) != nil }
    let smallest = shrinker.shrink(program)
    guard let rest = difference(smallest) else { return nil }
    var statements = ""
    for statement in smallest.statements { statement.write(to: &statements) }
    var uses: [RandomFeature: Int] = [:]
    for statement in smallest.statements { statement.count(into: &uses) }
    return RandomReport.Shrunk(
      features: uses.keys.map(\.rawValue).sorted(), statements: statements, text: smallest.text,
      result: "\(rest.field), \(rest.result)", found: rest.found, expected: rest.expected)
  }
}
