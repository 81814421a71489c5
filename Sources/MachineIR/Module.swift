/// A PTX language version, such as 8.0.
public struct PTXVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number before the dot.
  public var major: Int

  /// The number behind the dot.
  public var minor: Int

  /// Creates a version.
  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Returns whether `lhs` is older than `rhs`.
  public static func < (lhs: PTXVersion, rhs: PTXVersion) -> Bool {
    (lhs.major, lhs.minor) < (rhs.major, rhs.minor)
  }

  /// The version as `.version` has it.
  public var description: String { "\(major).\(minor)" }
}

/// A GPU architecture as `.target` names it: `sm_80`, `sm_90a`, `sm_100f`.
public struct TargetArchitecture: Hashable, Sendable, CustomStringConvertible {
  /// How far code for a target runs on other chips.
  public enum Reach: String, Hashable, Sendable {
    /// On this chip and every newer one.
    case onward = ""

    /// On this chip alone: the name ends in `a`.
    case chip = "a"

    /// On this chip's family: the name ends in `f`.
    case family = "f"
  }

  /// The number: ten times the compute capability.
  public var number: Int

  /// How far code for this target runs.
  public var reach: Reach

  /// Creates a target.
  public init(_ number: Int, _ reach: Reach = .onward) {
    self.number = number
    self.reach = reach
  }

  /// Creates the target that is spelled as given, if it is one.
  public init?(_ name: some StringProtocol) {
    guard name.hasPrefix("sm_") else { return nil }
    var digits = name.dropFirst(3)
    var reach = Reach.onward
    if let last = digits.last, let suffix = Reach(rawValue: String(last)) {
      reach = suffix
      digits = digits.dropLast()
    }
    guard let number = Int(digits), number > 0 else { return nil }
    self.init(number, reach)
  }

  /// The name as `.target` has it.
  public var description: String { "sm_\(number)\(reach.rawValue)" }

  /// The target of portable kernels.
  public static let ampere = TargetArchitecture(80)

  /// The target of Hopper kernels that use `wgmma` and its like.
  public static let hopper = TargetArchitecture(90, .chip)

  /// The target of Blackwell kernels that use `tcgen05` and its like.
  public static let blackwell = TargetArchitecture(100, .chip)
}

/// A PTX module: everything that one text holds.
public struct Module: Hashable, Sendable {
  /// The language version that the text asks for.
  public var version: PTXVersion

  /// The architecture that the text is for.
  public var target: TargetArchitecture

  /// The words behind the architecture in `.target`, such as `texmode_unified`.
  public var targetOptions: [String]

  /// The bits of an address: 64 or 32.
  public var addressSize: Int

  /// The variables outside of functions, in order.
  public var variables: [MemoryVariable]

  /// The functions, in order.
  public var functions: [Function]

  /// The directives of the module as a whole: `.pragma`.
  public var directives: [FunctionDirective]

  /// The second names of functions.
  public var aliases: [Alias]

  /// A second name of a function: `.alias name, function;`.
  public struct Alias: Hashable, Sendable {
    /// The second name.
    public var name: String

    /// The function's own name.
    public var function: String

    /// Creates an alias.
    public init(name: String, function: String) {
      self.name = name
      self.function = function
    }
  }

  /// Creates a module.
  public init(
    version: PTXVersion, target: TargetArchitecture, targetOptions: [String] = [],
    addressSize: Int = 64, variables: [MemoryVariable] = [], functions: [Function] = [],
    directives: [FunctionDirective] = [], aliases: [Alias] = []
  ) {
    self.version = version
    self.target = target
    self.targetOptions = targetOptions
    self.addressSize = addressSize
    self.variables = variables
    self.functions = functions
    self.directives = directives
    self.aliases = aliases
  }

  /// The functions that the host may launch.
  public var entries: [Function] { functions.filter(\.isEntry) }

  /// Returns this module without source places and kernel maps: what runs is the same.
  public func plain() -> Module {
    var module = self
    for index in module.functions.indices {
      module.functions[index].map = KernelMap()
      guard let blocks = module.functions[index].blocks else { continue }
      module.functions[index].blocks = blocks.map { block in
        var block = block
        for position in block.instructions.indices { block.instructions[position].place = nil }
        return block
      }
    }
    return module
  }
}
