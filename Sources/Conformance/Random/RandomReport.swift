/// How random programs compare on two devices.
public struct RandomReport: Codable, Sendable {
  /// The counts of a feature.
  public struct Count: Codable, Sendable {
    /// The programs that have it.
    public var programs = 0
    /// The statements that are of it.
    public var uses = 0
    /// Of the products, the tiles, each with operands of its own.
    public var tiles = 0
    /// The programs that have it and differ.
    public var different = 0
  }

  /// A program that differs.
  public struct Failure: Codable, Sendable {
    /// The program.
    public var name: RandomProgramName
    /// The command that runs it again.
    public var command: String
    /// Why there are no results of a device, where there are none.
    public var reason: String?
    /// The result that differs first.
    public var result: String?
    /// What the simulator computed there.
    public var found: [UInt32] = []
    /// What was expected there.
    public var expected: [UInt32] = []
    /// The operands, of a result that has a bound and no bits.
    public var operands: [UInt32] = []
    /// The smallest part of the program that still differs, where it was looked for.
    public var shrunk: Shrunk?
  }

  /// A part of a program that still differs.
  public struct Shrunk: Codable, Sendable {
    /// What the statements are counted as.
    public var features: [String]
    /// The statements.
    public var statements: String
    /// The whole text.
    public var text: String
    /// The result that differs first.
    public var result: String
    /// What the simulator computed there.
    public var found: [UInt32]
    /// What was expected there.
    public var expected: [UInt32]
  }

  /// The programs that ran.
  public var programs = 0

  /// The programs whose instructions no other has.
  public var distinct: Int { sequences.count }

  /// The programs that differ.
  public var different = 0

  /// The results compared.
  public var results = 0

  /// The counts by feature's name.
  public var features: [String: Count] = [:]

  /// The first programs that differ.
  public var failures: [Failure] = []

  /// The digests of the programs' instructions.
  public var sequences: Set<UInt64> = []

  /// The numbers of programs that did not run, since a kernel's fault cost the device.
  public var pending: [Range<Int>] = []

  /// The most failures that are kept.
  private static let keptCount = 24

  /// Creates a report of nothing.
  public init() {}

  /// Whether everything agrees.
  public var isGood: Bool { different == 0 && pending.isEmpty }

  /// Adds what another run found.
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

  /// Whether a further failure would be kept.
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
