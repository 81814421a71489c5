// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A PTX language version, such as 8.0.
public struct PTXVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number before the dot.
  public var major: Int

  /// The number after the dot.
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

  /// The version in the notation of `.version`.
  public var description: String { "\(major).\(minor)" }
}

/// A GPU architecture in the notation of `.target`: `sm_80`, `sm_90a`, `sm_100f`.
public struct TargetArchitecture: Hashable, Sendable, CustomStringConvertible {
  /// The chips on which code for a target runs.
  public enum Reach: String, Hashable, Sendable {
    /// On this chip and every newer one.
    case onward = ""

    /// This chip only: the name ends in `a`.
    case chip = "a"

    /// This chip's family: the name ends in `f`.
    case family = "f"
  }

  /// The number: ten times the compute capability.
  public var number: Int

  /// The chips on which code for this target runs.
  public var reach: Reach

  /// Creates a target.
  public init(_ number: Int, _ reach: Reach = .onward) {
    self.number = number
    self.reach = reach
  }

  /// Creates the target with the given name, if there is one.
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

  /// The name in the notation of `.target`.
  public var description: String { "sm_\(number)\(reach.rawValue)" }

  /// Returns whether code for this target runs on a device of a compute capability, times ten.
  public func runs(on computeCapability: Int) -> Bool {
    switch reach {
    case .onward: number <= computeCapability
    case .chip: number == computeCapability
    case .family: number / 10 == computeCapability / 10 && number <= computeCapability
    }
  }

  /// The target of portable kernels.
  public static let ampere = TargetArchitecture(80)

  /// The target of Hopper kernels that use `wgmma` and other Hopper-only instructions.
  public static let hopper = TargetArchitecture(90, .chip)

  /// The target of Blackwell kernels that use `tcgen05` and other Blackwell-only instructions.
  public static let blackwell = TargetArchitecture(100, .chip)
}

/// A PTX module: the contents of one text.
public struct Module: Hashable, Sendable {
  /// The language version of the text.
  public var version: PTXVersion

  /// The target architecture of the text.
  public var target: TargetArchitecture

  /// The options after the architecture in `.target`, such as `texmode_unified`.
  public var targetOptions: [String]

  /// The number of bits of an address: 64 or 32.
  public var addressSize: Int

  /// The variables outside functions, in order.
  public var variables: [MemoryVariable]

  /// The functions, in order.
  public var functions: [Function]

  /// The directives of the module as a whole: `.pragma`.
  public var directives: [FunctionDirective]

  /// The aliases of functions.
  public var aliases: [Alias]

  /// An alias of a function: `.alias name, function;`.
  public struct Alias: Hashable, Sendable {
    /// The alias.
    public var name: String

    /// The name of the function.
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

  /// Returns this module without source places and kernel maps, which do not affect execution.
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
