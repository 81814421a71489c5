/// A word of an instruction behind its opcode: `rn`, `shared::cta`, `m64n64k16`, `f32`.
public struct Modifier: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
  /// The word without its dot.
  public let rawValue: String

  /// Creates the modifier that is spelled as given, without the dot.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Creates the modifier that is spelled as the literal.
  public init(stringLiteral value: String) { self.rawValue = value }

  /// Creates the modifier that names a type.
  public init(_ type: ScalarType) { self.rawValue = type.rawValue }

  /// The type that this modifier names, if it names one.
  public var type: ScalarType? { ScalarType(rawValue: rawValue) }
}

/// One machine instruction.
///
/// What each part means is said once, in the description of the opcode.
public struct Instruction: Hashable, Sendable {
  /// The predicate that decides, per lane, whether the instruction runs.
  public struct Guard: Hashable, Sendable {
    /// The predicate register.
    public var register: RegisterID

    /// Whether the instruction runs where the predicate is false.
    public var isNegated: Bool

    /// Creates a guard.
    public init(_ register: RegisterID, isNegated: Bool = false) {
      self.register = register
      self.isNegated = isNegated
    }
  }

  /// The guard, where the instruction has one.
  public var condition: Guard?

  /// What kind of instruction this is.
  public var opcode: Opcode

  /// The words behind the opcode, in the order of the text.
  public var modifiers: [Modifier]

  /// The operands, in the order of the text.
  public var operands: [Operand]

  /// Where the instruction came from.
  public var place: SourcePlace?

  /// Creates an instruction.
  public init(
    _ opcode: Opcode, _ modifiers: [Modifier] = [], _ operands: [Operand] = [],
    condition: Guard? = nil, place: SourcePlace? = nil
  ) {
    self.opcode = opcode
    self.modifiers = modifiers
    self.operands = operands
    self.condition = condition
    self.place = place
  }

  /// Returns whether the instruction carries the given word.
  public func has(_ modifier: Modifier) -> Bool { modifiers.contains(modifier) }

  /// The types among the modifiers, in the order of the text.
  public var types: [ScalarType] { modifiers.compactMap(\.type) }

  /// The mnemonic: opcode and modifiers, as the text has them.
  public var mnemonic: String {
    modifiers.reduce(into: opcode.spelling) { $0 += "." + $1.rawValue }
  }

  /// Whether control never falls through this instruction to the next one.
  public var endsFlow: Bool {
    guard condition == nil else { return false }
    switch opcode {
    case .branch, .branchIndexed, .return, .exit, .trap: return true
    default: return false
    }
  }

  /// Whether a basic block ends with this instruction.
  public var isTerminator: Bool {
    switch opcode {
    case .branch, .branchIndexed, .return, .exit, .trap: true
    default: false
    }
  }
}
