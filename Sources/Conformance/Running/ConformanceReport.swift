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
    /// What the manual allows, of an approximation.
    public var allowed: String?
  }

  /// A probe with differences.
  public struct Failure: Sendable, Encodable {
    /// The family.
    public var family: ConformanceFamily
    /// The program.
    public var program: String
    /// The probe.
    public var probe: String
    /// The number of checks that differ; all, where they could not be compared one by one.
    public var differenceCount: Int
    /// Whether the checks were compared one by one: not where only digests are recorded.
    public var isCounted: Bool
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
      compare(program, probe, found[probe.words], expected[probe.words])
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
        fail(program, probe, reason: "nothing is recorded of it")
        continue
      }
      if let expected = entry.words, expected.count == words.count {
        compare(program, probe, words, expected[...])
      } else if entry.digest != fingerprint(words) {
        fail(program, probe, reason: "only a digest of all checks is recorded, and it is another")
      }
    }
  }

  /// Notes that a program did not run on a device.
  public mutating func fail(_ program: ConformanceProgram, reason: String) {
    count(program)
    for probe in program.probes { fail(program, probe, reason: reason) }
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

  /// Compares the results of a probe, check by check.
  private mutating func compare(
    _ program: ConformanceProgram, _ probe: ConformanceProbe, _ found: ArraySlice<UInt32>,
    _ expected: ArraySlice<UInt32>
  ) {
    if probe.agreement == .bits && found == expected { return }
    var differences: [Difference] = []
    var differenceCount = 0
    for check in 0..<probe.checkCount {
      let (first, second) = (
        probe.result(of: check, in: found), probe.result(of: check, in: expected)
      )
      let operands = probe.operands(of: check, in: program)
      if probe.agreement.holds(first, second, of: operands) { continue }
      differenceCount += 1
      guard differences.count < Self.keptCount else { continue }
      differences.append(
        Difference(
          check: check, operands: Array(operands), found: Array(first), expected: Array(second),
          allowed: probe.agreement.text(of: operands)))
    }
    guard differenceCount > 0 else { return }
    fail(program, probe, differenceCount, isCounted: true, differences)
  }

  /// Notes that results of a probe differ, of which nobody knows how many.
  private mutating func fail(
    _ program: ConformanceProgram, _ probe: ConformanceProbe, reason: String
  ) {
    fail(program, probe, probe.checkCount, isCounted: false, [], reason: reason)
  }

  /// Notes that results of a probe differ.
  private mutating func fail(
    _ program: ConformanceProgram, _ probe: ConformanceProbe, _ differenceCount: Int,
    isCounted: Bool, _ differences: [Difference], reason: String? = nil
  ) {
    failures.append(
      Failure(
        family: program.family, program: program.name, probe: probe.name,
        differenceCount: differenceCount, isCounted: isCounted, checkCount: probe.checkCount,
        differences: differences, reason: reason))
    families[program.family.rawValue]?.differences += differenceCount
  }
}

extension ConformanceProbe {
  /// Returns the words of a check's result among those of the probe.
  func result(of check: Int, in words: ArraySlice<UInt32>) -> ArraySlice<UInt32> {
    words.dropFirst(check * wordsPerCheck).prefix(wordsPerCheck)
  }

  /// Returns the words of a check's operands; none where they are not of the check alone.
  func operands(of check: Int, in program: ConformanceProgram) -> ArraySlice<UInt32> {
    guard let operands else { return [] }
    return program.input[(operands.first + check * operands.count)...].prefix(operands.count)
  }
}

extension Agreement {
  /// Returns whether the results of two devices agree.
  fileprivate func holds(
    _ first: ArraySlice<UInt32>, _ second: ArraySlice<UInt32>, of operands: ArraySlice<UInt32>
  ) -> Bool {
    switch self {
    case .bits: first == second
    case .promised(let promise):
      promise.holds(first, of: operands) && promise.holds(second, of: operands)
    }
  }

  /// Returns in words what results may be, where their bits are not promised.
  fileprivate func text(of operands: ArraySlice<UInt32>) -> String? {
    guard case .promised(let promise) = self else { return nil }
    return promise.text(of: operands)
  }
}
