// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A modifier of an instruction after its opcode: `rn`, `shared::cta`, `m64n64k16`, `f32`.
public struct Modifier: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
  /// The text without its dot.
  public let rawValue: String

  /// Creates the modifier with the given text, without the dot.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Creates the modifier with the text of the literal.
  public init(stringLiteral value: String) { self.rawValue = value }

  /// Creates the modifier that names a type.
  public init(_ type: ScalarType) { self.rawValue = type.rawValue }

  /// The type that this modifier names, if it is one.
  public var type: ScalarType? { ScalarType(rawValue: rawValue) }
}

/// A machine instruction.
///
/// The meaning of its parts is defined once, in the description of the opcode.
public struct Instruction: Hashable, Sendable {
  /// The predicate that decides for each lane whether it executes the instruction.
  public struct Guard: Hashable, Sendable {
    /// The predicate register.
    public var register: RegisterID

    /// Whether the lanes whose predicate is false execute the instruction.
    public var isNegated: Bool

    /// Creates a guard.
    public init(_ register: RegisterID, isNegated: Bool = false) {
      self.register = register
      self.isNegated = isNegated
    }
  }

  /// The guard, if the instruction has one.
  public var condition: Guard?

  /// The opcode.
  public var opcode: Opcode

  /// The modifiers after the opcode, in the order of the text.
  public var modifiers: [Modifier]

  /// The operands, in the order of the text.
  public var operands: [Operand]

  /// The source line of the instruction.
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

  /// Returns whether the instruction has the given modifier.
  public func has(_ modifier: Modifier) -> Bool { modifiers.contains(modifier) }

  /// The types among the modifiers, in the order of the text.
  public var types: [ScalarType] { modifiers.compactMap(\.type) }

  /// The mnemonic: opcode and modifiers as in the text.
  public var mnemonic: String {
    modifiers.reduce(into: opcode.spelling) { $0 += "." + $1.rawValue }
  }

  /// Whether control never continues from this instruction to the next one.
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
