// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The comparison of random programs on two devices.
public struct RandomReport: Codable, Sendable {
  /// The counts of a feature.
  public struct Count: Codable, Sendable {
    /// The number of programs that have it.
    public var programs = 0
    /// The number of statements that have it.
    public var uses = 0
    /// For products, the number of tiles, each with its own operands.
    public var tiles = 0
    /// The number of programs that have it and differ.
    public var different = 0
  }

  /// A program that differs.
  public struct Failure: Codable, Sendable {
    /// The program.
    public var name: RandomProgramName
    /// The command that runs the program again.
    public var command: String
    /// The reason that a device has no results, if it has none.
    public var reason: String?
    /// The first result that differs.
    public var result: String?
    /// The result of the simulator.
    public var found: [UInt32] = []
    /// The expected result.
    public var expected: [UInt32] = []
    /// The operands, for a result with an error bound.
    public var operands: [UInt32] = []
    /// The smallest part of the program that still differs, if it was shrunk.
    public var shrunk: Shrunk?
  }

  /// A part of a program that still differs.
  public struct Shrunk: Codable, Sendable {
    /// The features of the statements.
    public var features: [String]
    /// The statements.
    public var statements: String
    /// The whole text.
    public var text: String
    /// The first result that differs.
    public var result: String
    /// The result of the simulator.
    public var found: [UInt32]
    /// The expected result.
    public var expected: [UInt32]
  }

  /// The number of programs that ran.
  public var programs = 0

  /// The number of different instruction sequences.
  public var distinct: Int { sequences.count }

  /// The number of programs that differ.
  public var different = 0

  /// The number of compared results.
  public var results = 0

  /// The counts by the name of the feature.
  public var features: [String: Count] = [:]

  /// The first programs that differ.
  public var failures: [Failure] = []

  /// The digests of the programs' instructions.
  public var sequences: Set<UInt64> = []

  /// The numbers of programs that did not run because an earlier fault cost the device.
  public var pending: [Range<Int>] = []

  /// The maximum number of failures that are kept.
  private static let keptCount = 24

  /// Creates an empty report.
  public init() {}

  /// Whether everything agrees.
  public var isGood: Bool { different == 0 && pending.isEmpty }

  /// Adds the results of another run.
  public mutating func add(_ other: RandomReport) {
    programs += other.programs
    different += other.different
    results += other.results
    sequences.formUnion(other.sequences)
    features.merge(other.features) { first, second in
      Count(
        programs: first.programs + second.programs, uses: first.uses + second.uses,
        tiles: first.tiles + second.tiles, different: first.different + second.different)
    }
    failures += other.failures
  }

  /// Whether another failure would be kept.
  var keepsMore: Bool { failures.count < Self.keptCount }

  /// Counts a program.
  mutating func count(_ program: RandomProgram, isDifferent: Bool) {
    programs += 1
    different += isDifferent ? 1 : 0
    results += program.fields.reduce(0) { $0 + $1.words.count / $1.wordsPerResult }
    sequences.insert(program.sequence)
    for (feature, uses) in program.uses {
      var count = features[feature.rawValue, default: Count()]
      count.programs += 1
      count.uses += uses
      count.tiles += program.tileCount
      count.different += isDifferent ? 1 : 0
      features[feature.rawValue] = count
    }
    for (feature, tiles) in program.tilesByNumbers {
      var count = features[feature.rawValue, default: Count()]
      count.programs += 1
      count.tiles += tiles
      count.different += isDifferent ? 1 : 0
      features[feature.rawValue] = count
    }
  }
}
