// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The description of the instructions of an opcode: the single source of their syntax.
///
/// The parser, the verifier, the analyses and `describe` use it.
public struct InstructionDescription: Sendable {
  /// The forms; an instruction has the first one that fits its modifiers and operands.
  public var forms: [InstructionForm]

  /// Creates a description.
  public init(_ forms: [InstructionForm]) { self.forms = forms }

  /// Creates the description of an instruction with one form.
  public init(
    _ slots: [ModifierSlot], _ operands: [OperandSlot], needs: Availability = .always,
    wordNeeds: [Modifier: Availability] = [:]
  ) {
    forms = [InstructionForm(slots, operands, needs: needs, wordNeeds: wordNeeds)]
  }

  /// Returns the form of an instruction, if it has one.
  ///
  /// If several forms fit its modifiers and the number of its operands, the result is the first
  /// that also fits the kinds of the operands, or else the first.
  public func form(of instruction: Instruction) -> InstructionForm? {
    var result: InstructionForm?
    for form in forms {
      guard form.accepts(operandCount: instruction.operands.count),
        form.mismatch(of: instruction.modifiers) == nil
      else { continue }
      if zip(form.operands, instruction.operands).allSatisfy({ $0.accepts($1) }) { return form }
      if result == nil { result = form }
    }
    return result
  }
}

/// One form of an instruction: its modifiers and operands.
public struct InstructionForm: Sendable {
  /// The modifiers, in the order of the manual.
  public var slots: [ModifierSlot]

  /// The operands in order; optional ones come last.
  public var operands: [OperandSlot]

  /// The language version and target that the form requires.
  public var needs: Availability

  /// Further requirements of some modifiers.
  public var wordNeeds: [Modifier: Availability]

  /// Creates a form.
  public init(
    _ slots: [ModifierSlot], _ operands: [OperandSlot], needs: Availability = .always,
    wordNeeds: [Modifier: Availability] = [:]
  ) {
    self.slots = slots
    self.operands = operands
    self.needs = needs
    self.wordNeeds = wordNeeds
  }

  /// Returns the requirements of an instruction of this form with the given modifiers.
  public func needs(of modifiers: [Modifier]) -> Availability {
    modifiers.reduce(needs) { $0.and(wordNeeds[$1] ?? .always) }
  }

  /// Returns the first modifier that this form does not accept, or the first one that is missing.
  public func mismatch(of modifiers: [Modifier]) -> ModifierMismatch? {
    // A bit for each slot, because this function is called for every instruction.
    var filled: UInt64 = 0
    for modifier in modifiers {
      var free: Int?
      for index in slots.indices
      where filled >> UInt64(index) & 1 == 0 && slots[index].words.contains(modifier) {
        free = index
        break
      }
      guard let free else { return .unexpected(modifier) }
      filled |= 1 << UInt64(free)
    }
    for index in slots.indices where slots[index].isRequired && filled >> UInt64(index) & 1 == 0 {
      return .missing(slots[index])
    }
    return nil
  }

  /// Returns whether the form accepts this number of operands.
  public func accepts(operandCount: Int) -> Bool {
    let required = operands.count { !$0.isOptional }
    return required <= operandCount && operandCount <= operands.count
  }
}

/// The reason that modifiers do not fit a form.
public enum ModifierMismatch: Sendable {
  /// The form does not accept this modifier, or not a second time.
  case unexpected(Modifier)

  /// The form needs one of these modifiers.
  case missing(ModifierSlot)
}

/// A slot for one of several modifiers in a mnemonic.
public struct ModifierSlot: Sendable {
  /// The modifiers that are valid in the slot.
  public var words: [Modifier]

  /// Whether one of them is required.
  public var isRequired: Bool

  /// A slot that requires one of the modifiers.
  public static func one(_ words: [Modifier]) -> ModifierSlot {
    ModifierSlot(words: words, isRequired: true)
  }

  /// A slot that may have one of the modifiers.
  public static func maybe(_ words: [Modifier]) -> ModifierSlot {
    ModifierSlot(words: words, isRequired: false)
  }

  /// A slot that requires a modifier.
  public static func word(_ word: Modifier) -> ModifierSlot { .one([word]) }

  /// A slot that may have a modifier.
  public static func maybe(_ word: Modifier) -> ModifierSlot { .maybe([word]) }

  /// A slot that requires one of the types.
  public static func type(_ types: [ScalarType]) -> ModifierSlot {
    .one(types.map(Modifier.init))
  }
}

/// A slot for an operand.
public struct OperandSlot: Sendable {
  /// The kind of an operand.
  public enum Kind: Sendable {
    /// A value of a type: a register, an immediate or a special register.
    case value(OperandType)

    /// A vector of values in braces or, if the instruction has no count, a single value.
    case vector(OperandType)

    /// A predicate, optionally negated, or an immediate 0 or 1.
    case predicate

    /// A pair `value|predicate`, or only a value.
    case valueAndPredicate(OperandType)

    /// A pair of predicates, or one predicate.
    case predicates

    /// A memory address in brackets.
    case memory

    /// A variable or an address without brackets.
    case symbolOrValue(OperandType)

    /// A memory address in brackets, or a value: matrix A in Tensor Memory, or its descriptor.
    case memoryOrValue(OperandType)

    /// A tensor map and coordinates in brackets.
    case tensor

    /// An integer constant.
    case immediate

    /// A label or the name of a function.
    case label

    /// A list in parentheses.
    case list
  }

  /// The access to the registers of an operand.
  public enum Access: Sendable {
    /// They are read.
    case read

    /// They are written, and their old value does not matter.
    case write

    /// They are written, and their old value may matter, like that of an accumulator.
    case update
  }

  /// The kind of the operand.
  public var kind: Kind

  /// The access to its registers; those of an address are always read.
  public var access: Access

  /// Whether the operand may be omitted.
  public var isOptional: Bool

  /// Creates a slot.
  public init(_ kind: Kind, _ access: Access = .read, isOptional: Bool = false) {
    self.kind = kind
    self.access = access
    self.isOptional = isOptional
  }

  /// This slot for an operand that may be omitted.
  public var optional: OperandSlot { OperandSlot(kind, access, isOptional: true) }

  /// Returns whether an operand is of the slot's kind, regardless of its type.
  public func accepts(_ operand: Operand) -> Bool {
    switch (kind, operand) {
    case (.value, _): operand.isValue || (operand == .sink && access == .write)
    case (.predicate, .negated): access == .read
    case (.predicate, .register), (.predicate, .special): true
    case (.predicate, .integer): access == .read
    case (.predicate, .sink): access == .write
    case (.vector, .vector(let elements)):
      elements.allSatisfy { $0.isValue || $0 == .sink }
    case (.vector, _): operand.isValue || (operand == .sink && access == .write)
    case (.valueAndPredicate, .pair(let first, let second)),
      (.predicates, .pair(let first, let second)):
      first.isDestination && second.isDestination
    case (.valueAndPredicate, _), (.predicates, _): operand.isDestination
    case (.memory, .memory), (.tensor, .tensor), (.label, .label), (.list, .list): true
    case (.label, .register): true
    case (.memoryOrValue, .memory): true
    case (.memoryOrValue, _): operand.isValue
    case (.symbolOrValue, .symbol), (.symbolOrValue, .vector): true
    case (.symbolOrValue, .negated): false
    case (.symbolOrValue, _): operand.isValue
    case (.immediate, .integer): true
    default: false
    }
  }
}

extension Operand {
  /// Whether this is a single value: a register, a special register, a literal or a symbol.
  fileprivate var isValue: Bool {
    switch self {
    case .register, .special, .integer, .float32, .float64, .symbol: true
    default: false
    }
  }

  /// Whether the operand can be written.
  fileprivate var isDestination: Bool {
    switch self {
    case .register, .sink: true
    default: false
    }
  }
}

/// The type of an operand, often one that the mnemonic names.
public enum OperandType: Sendable {
  /// The type modifier at this position, counted from 0.
  case named(Int)

  /// The type with twice the bits of the named one: the result of `mul.wide`.
  case doubled(Int)

  /// This type, regardless of the mnemonic.
  case fixed(ScalarType)

  /// A value whose width the instruction does not fix.
  case any

  /// Returns the type in an instruction, if the instruction determines it.
  public func resolved(in instruction: Instruction) -> ScalarType? {
    resolved(among: instruction.types)
  }

  /// Returns the type in an instruction with the given type modifiers, if they determine it.
  func resolved(among types: [ScalarType]) -> ScalarType? {
    switch self {
    case .named(let position):
      return position < types.count ? types[position] : nil
    case .doubled(let position):
      guard position < types.count else { return nil }
      switch types[position] {
      case .u16: return .u32
      case .s16: return .s32
      case .u32: return .u64
      case .s32: return .s64
      default: return nil
      }
    case .fixed(let type): return type
    case .any: return nil
    }
  }
}

/// The language version and target that a form requires.
public struct Availability: Hashable, Sendable {
  /// The oldest language version that supports the form.
  public var version: PTXVersion

  /// The lowest architecture number.
  public var architecture: Int

  /// Whether the target must be specific to one chip or family: its name ends in `a` or `f`.
  public var isSpecific: Bool

  /// The highest architecture number that still supports the form.
  public var lastArchitecture: Int

  /// The later version that older chips require, if they do.
  public var late: LateSupport?

  /// Chips that support a form only since a later version.
  public struct LateSupport: Hashable, Sendable {
    /// The lowest architecture number that has supported the form from the start.
    public var architecture: Int

    /// The oldest language version that supports the form on chips below that.
    public var version: PTXVersion
  }

  /// Creates a requirement.
  public init(
    _ version: PTXVersion, architecture: Int, isSpecific: Bool = false,
    lastArchitecture: Int = .max, late: LateSupport? = nil
  ) {
    self.version = version
    self.architecture = architecture
    self.isSpecific = isSpecific
    self.lastArchitecture = lastArchitecture
    self.late = late
  }

  /// The requirement of every GPU since Ampere.
  public static let always = Availability(PTXVersion(7, 0), architecture: 80)

  /// The requirement of every GPU since Hopper.
  public static let hopper = Availability(PTXVersion(8, 0), architecture: 90)

  /// The requirement of Hopper only.
  public static let hopperOnly = Availability(
    PTXVersion(8, 0), architecture: 90, isSpecific: true, lastArchitecture: 90)

  /// The requirement of `sm_90a` and the corresponding targets of some newer chips.
  public static let hopperSpecific = Availability(
    PTXVersion(8, 0), architecture: 90, isSpecific: true)

  /// The requirement of every GPU since Blackwell.
  public static let blackwellOnward = Availability(PTXVersion(8, 6), architecture: 100)

  /// The requirement of `sm_100a` and the corresponding targets of newer chips.
  public static let blackwellSpecific = Availability(
    PTXVersion(8, 6), architecture: 100, isSpecific: true)

  /// The requirement of data-center Blackwell.
  public static let blackwell = Availability(
    PTXVersion(8, 6), architecture: 100, isSpecific: true, lastArchitecture: 110)

  /// Returns the requirement that combines both.
  public func and(_ other: Availability) -> Availability {
    Availability(
      Swift.max(version, other.version),
      architecture: Swift.max(architecture, other.architecture),
      isSpecific: isSpecific || other.isSpecific,
      lastArchitecture: Swift.min(lastArchitecture, other.lastArchitecture),
      late: late.map { $0.and(other.late) } ?? other.late)
  }

  /// Returns the oldest language version that supports the form for a target.
  public func version(for target: TargetArchitecture) -> PTXVersion {
    guard let late, target.number < late.architecture else { return version }
    return Swift.max(version, late.version)
  }

  /// Returns whether a target meets the requirement.
  public func isMet(by target: TargetArchitecture) -> Bool {
    let isInRange = architecture <= target.number && target.number <= lastArchitecture
    return isInRange && (!isSpecific || target.reach != .onward)
  }
}

extension Availability.LateSupport {
  /// Returns the combination of both statements on older chips.
  fileprivate func and(_ other: Availability.LateSupport?) -> Availability.LateSupport {
    guard let other else { return self }
    return Availability.LateSupport(
      architecture: Swift.max(architecture, other.architecture),
      version: Swift.max(version, other.version))
  }
}
