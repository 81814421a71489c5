/// How the results of two devices compare.
public struct ConformanceReport: Sendable, Encodable {
  /// A result that differs.
  public struct Difference: Sendable, Encodable {
    /// The number of the check, counted from 0; none where only digests were compared.
    public var check: Int?
    /// The operands, where they are of the check alone.
    public var operands: [UInt32]
    /// The result of the device.
    public var found: [UInt32]
    /// The result that was expected.
    public var expected: [UInt32]
  }

  /// A probe with differences.
  public struct Failure: Sendable, Encodable {
    /// The family.
    public var family: ConformanceFamily
    /// The program.
    public var program: String
    /// The probe.
    public var probe: String
    /// The number of checks that differ; all, where only digests were compared.
    public var differenceCount: Int
    /// The number of checks.
    public var checkCount: Int
    /// The first differences.
    public var differences: [Difference]
    /// Why there are no results, where there are none.
    public var reason: String?
  }

  /// The counts of a family.
  public struct Count: Sendable, Encodable {
    /// The programs.
    public var programs = 0
    /// The instructions and short listings.
    public var probes = 0
    /// The results compared, each for operands of its own.
    public var checks = 0
    /// The checks that differ.
    public var differences = 0
    /// The checks within a bound, whose bits need not be the same.
    public var approximate = 0
  }

  /// The counts by family's name.
  public private(set) var families: [String: Count] = [:]

  /// What differs.
  public private(set) var failures: [Failure] = []

  /// The most differences that are kept of a probe.
  private static let keptCount = 6

  /// Creates a report of nothing.
  public init() {}

  /// Whether all results agree.
  public var isGood: Bool { failures.isEmpty }

  /// The counts of all families together.
  public var total: Count {
    families.values.reduce(into: Count()) { total, count in
      total.programs += count.programs
      total.probes += count.probes
      total.checks += count.checks
      total.differences += count.differences
      total.approximate += count.approximate
    }
  }
}

extension ConformanceReport {
  /// Compares a program's results with those of another device.
  public mutating func compare(
    _ program: ConformanceProgram, _ found: [UInt32], with expected: [UInt32]
  ) {
    count(program)
    for probe in program.probes {
      let (first, second) = (found[probe.words], expected[probe.words])
      if first == second { continue }
      compare(program, probe, first, second)
    }
  }

  /// Compares a program's results with what is recorded.
  public mutating func compare(
    _ program: ConformanceProgram, _ found: [UInt32], with record: ConformanceRecord
  ) {
    count(program)
    for probe in program.probes {
      let words = found[probe.words]
      guard let entry = record.entry(program, probe) else {
        fail(program, probe, probe.checkCount, [], reason: "nothing is recorded of it")
        continue
      }
      if entry.digest == fingerprint(words) { continue }
      guard let expected = entry.words, expected.count == words.count else {
        fail(program, probe, probe.checkCount, [], reason: "the digests of the results differ")
        continue
      }
      compare(program, probe, words, expected[...])
    }
  }

  /// Notes that a program did not run on a device.
  public mutating func fail(_ program: ConformanceProgram, reason: String) {
    count(program)
    for probe in program.probes { fail(program, probe, probe.checkCount, [], reason: reason) }
  }

  /// Counts a program.
  private mutating func count(_ program: ConformanceProgram) {
    var count = families[program.family.rawValue, default: Count()]
    count.programs += 1
    count.probes += program.probes.count
    for probe in program.probes {
      count.checks += probe.checkCount
      if probe.agreement != .bits { count.approximate += probe.checkCount }
    }
    families[program.family.rawValue] = count
  }

  /// Compares the results of a probe.
  private mutating func compare(
    _ program: ConformanceProgram, _ probe: ConformanceProbe, _ found: ArraySlice<UInt32>,
    _ expected: ArraySlice<UInt32>
  ) {
    var differences: [Difference] = []
    var differenceCount = 0
    for check in 0..<probe.checkCount {
      let (first, second) = (
        found.dropFirst(check * probe.wordsPerCheck).prefix(probe.wordsPerCheck),
        expected.dropFirst(check * probe.wordsPerCheck).prefix(probe.wordsPerCheck)
      )
      if probe.agreement.holds(first, second) { continue }
      differenceCount += 1
      guard differences.count < Self.keptCount else { continue }
      let operands = probe.operands.map { operands in
        program.input[(operands.first + check * operands.count)...].prefix(operands.count)
      }
      differences.append(
        Difference(
          check: check, operands: Array(operands ?? []), found: Array(first),
          expected: Array(second)))
    }
    if differenceCount > 0 { fail(program, probe, differenceCount, differences, reason: nil) }
  }

  /// Notes that results of a probe differ.
  private mutating func fail(
    _ program: ConformanceProgram, _ probe: ConformanceProbe, _ differenceCount: Int,
    _ differences: [Difference], reason: String?
  ) {
    failures.append(
      Failure(
        family: program.family, program: program.name, probe: probe.name,
        differenceCount: differenceCount, checkCount: probe.checkCount, differences: differences,
        reason: reason))
    families[program.family.rawValue]?.differences += differenceCount
  }
}
