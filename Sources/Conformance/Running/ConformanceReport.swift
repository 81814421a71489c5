// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The comparison of the results of two devices.
public struct ConformanceReport: Sendable, Encodable {
  /// A result that differs.
  public struct Difference: Sendable, Encodable {
    /// The index of the check, or `nil` if only digests were compared.
    public var check: Int?
    /// The operands, if they belong to this check only.
    public var operands: [UInt32]
    /// The result of the device.
    public var found: [UInt32]
    /// The expected result.
    public var expected: [UInt32]
    /// The allowed results, for an approximation.
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
    /// The number of checks that differ; all, if they could not be compared one by one.
    public var differenceCount: Int
    /// Whether the checks were compared one by one, rather than by digest.
    public var isCounted: Bool
    /// The number of checks.
    public var checkCount: Int
    /// The first differences.
    public var differences: [Difference]
    /// The reason that there are no results, if there are none.
    public var reason: String?
  }

  /// The counts of a family.
  public struct Count: Sendable, Encodable {
    /// The number of programs.
    public var programs = 0
    /// The number of instructions and short listings.
    public var probes = 0
    /// The number of compared results, each for its own operands.
    public var checks = 0
    /// The number of checks that differ.
    public var differences = 0
    /// The number of checks with an error bound, whose bits need not be equal.
    public var approximate = 0
  }

  /// The counts by the name of the family.
  public private(set) var families: [String: Count] = [:]

  /// The probes with differences.
  public private(set) var failures: [Failure] = []

  /// The maximum number of differences that are kept for a probe.
  private static let keptCount = 6

  /// Creates an empty report.
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

  /// Compares a program's results with the recorded ones.
  public mutating func compare(
    _ program: ConformanceProgram, _ found: [UInt32], with record: ConformanceRecord
  ) {
    count(program)
    for probe in program.probes {
      let words = found[probe.words]
      guard let entry = record.entry(program, probe) else {
        fail(program, probe, reason: "there is no record of it")
        continue
      }
      if let expected = entry.words, expected.count == words.count {
        compare(program, probe, words, expected[...])
      } else if entry.digest != fingerprint(words) {
        fail(program, probe, reason: "the digest of all checks differs from the recorded one")
      }
    }
  }

  /// Records that a program did not run on a device.
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

  /// Records that an unknown number of results of a probe differ.
  private mutating func fail(
    _ program: ConformanceProgram, _ probe: ConformanceProbe, reason: String
  ) {
    fail(program, probe, probe.checkCount, isCounted: false, [], reason: reason)
  }

  /// Records that results of a probe differ.
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

  /// Returns the words of a check's operands, or none if they do not belong to the check only.
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

  /// Returns the allowed results in words, if their bits need not be equal.
  fileprivate func text(of operands: ArraySlice<UInt32>) -> String? {
    guard case .promised(let promise) = self else { return nil }
    return promise.text(of: operands)
  }
}
