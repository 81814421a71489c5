/// What an opcode's instructions look like: the one place where that is written.
///
/// The parser, the verifier, the analyses and `describe` work from it.
public struct InstructionDescription: Sendable {
  /// The forms; an instruction has the first that its modifiers and operands fit.
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

  /// Returns the form that an instruction has, if there is one.
  ///
  /// Of several that fit its words and the number of its operands, it is the first that fits
  /// their kinds as well, or else the first.
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

/// One form of an instruction: the words it may carry and the operands it takes.
public struct InstructionForm: Sendable {
  /// The words, in the order in which the manual has them.
  public var slots: [ModifierSlot]

  /// The operands, in order; optional ones come last.
  public var operands: [OperandSlot]

  /// What the form needs of the language version and the chip.
  public var needs: Availability

  /// What some words need beyond that.
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

  /// Returns what an instruction of this form with the given words needs.
  public func needs(of modifiers: [Modifier]) -> Availability {
    modifiers.reduce(needs) { $0.and(wordNeeds[$1] ?? .always) }
  }

  /// Returns the first modifier that this form has no place for, or the first place left empty.
  public func mismatch(of modifiers: [Modifier]) -> ModifierMismatch? {
    // A bit for each slot: forms are asked for whenever an instruction is looked at.
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

  /// Whether the number of operands is one that this form takes.
  public func accepts(operandCount: Int) -> Bool {
    let required = operands.count { !$0.isOptional }
    return required <= operandCount && operandCount <= operands.count
  }
}

/// Why modifiers do not fit a form.
public enum ModifierMismatch: Sendable {
  /// The form has no place, or no place left, for this word.
  case unexpected(Modifier)

  /// The form needs one of these words.
  case missing(ModifierSlot)
}

/// A place for one of some words in an instruction's mnemonic.
public struct ModifierSlot: Sendable {
  /// The words that may stand here.
  public var words: [Modifier]

  /// Whether one of them must.
  public var isRequired: Bool

  /// A place where one of the words must stand.
  public static func one(_ words: [Modifier]) -> ModifierSlot {
    ModifierSlot(words: words, isRequired: true)
  }

  /// A place where one of the words may stand.
  public static func maybe(_ words: [Modifier]) -> ModifierSlot {
    ModifierSlot(words: words, isRequired: false)
  }

  /// A place for a word that must stand.
  public static func word(_ word: Modifier) -> ModifierSlot { .one([word]) }

  /// A place for a word that may stand.
  public static func maybe(_ word: Modifier) -> ModifierSlot { .maybe([word]) }

  /// A place for one of the types.
  public static func type(_ types: [ScalarType]) -> ModifierSlot {
    .one(types.map(Modifier.init))
  }
}

/// A place for an operand.
public struct OperandSlot: Sendable {
  /// What may stand here.
  public enum Kind: Sendable {
    /// A value of a type: a register, an immediate, a special register.
    case value(OperandType)

    /// A vector of values in braces, or, where the instruction has no count, a single value.
    case vector(OperandType)

    /// A predicate, perhaps negated, or an immediate 0 or 1.
    case predicate

    /// A pair `value|predicate` or a value alone.
    case valueAndPredicate(OperandType)

    /// A pair of predicates, or one alone.
    case predicates

    /// A memory address in brackets.
    case memory

    /// A variable or an address that is written without brackets.
    case symbolOrValue(OperandType)

    /// A memory address in brackets, or a value: matrix A in Tensor Memory or as a descriptor.
    case memoryOrValue(OperandType)

    /// A tensor map and coordinates in brackets.
    case tensor

    /// An integer that must be known when the text is assembled.
    case immediate

    /// A label or the name of a function.
    case label

    /// A list in parentheses.
    case list
  }

  /// What happens to the registers of an operand.
  public enum Access: Sendable {
    /// They are read.
    case read

    /// They are written, and their old value does not matter.
    case write

    /// They are written, and their old value may matter: an accumulator.
    case update
  }

  /// What may stand here.
  public var kind: Kind

  /// What happens to its registers; those of an address are read whatever this says.
  public var access: Access

  /// Whether the operand may be left out.
  public var isOptional: Bool

  /// Creates a place.
  public init(_ kind: Kind, _ access: Access = .read, isOptional: Bool = false) {
    self.kind = kind
    self.access = access
    self.isOptional = isOptional
  }

  /// This place, for an operand that may be left out.
  public var optional: OperandSlot { OperandSlot(kind, access, isOptional: true) }

  /// Whether an operand is of the kind that may stand here; its type is another question.
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

  /// Whether something may be written here.
  fileprivate var isDestination: Bool {
    switch self {
    case .register, .sink: true
    default: false
    }
  }
}

/// The type of an operand, often one of those that the mnemonic names.
public enum OperandType: Sendable {
  /// The type modifier at this position, counted from 0.
  case named(Int)

  /// The type with twice the bits of the named one: the result of `mul.wide`.
  case doubled(Int)

  /// This type whatever the mnemonic says.
  case fixed(ScalarType)

  /// A value whose width the instruction does not fix.
  case any

  /// The type in an instruction, where it is fixed there.
  public func resolved(in instruction: Instruction) -> ScalarType? {
    resolved(among: instruction.types)
  }

  /// Returns the type in an instruction whose words name some types, where it is fixed there.
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

/// What a form needs of the language version and the chip.
public struct Availability: Hashable, Sendable {
  /// The oldest language version that has the form.
  public var version: PTXVersion

  /// The lowest architecture number.
  public var architecture: Int

  /// Whether the target must be for one chip or family: its name ends in `a` or `f`.
  public var isSpecific: Bool

  /// The highest architecture number that still has the form.
  public var lastArchitecture: Int

  /// A version that older chips need, where they got the form later.
  public var late: LateSupport?

  /// Chips that got a form later than others.
  public struct LateSupport: Hashable, Sendable {
    /// The lowest architecture number that had the form from the first.
    public var architecture: Int

    /// The oldest language version that has the form for chips below that.
    public var version: PTXVersion
  }

  /// Creates a need.
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

  /// What every GPU since Ampere has.
  public static let always = Availability(PTXVersion(7, 0), architecture: 80)

  /// What every GPU since Hopper has.
  public static let hopper = Availability(PTXVersion(8, 0), architecture: 90)

  /// What Hopper alone has.
  public static let hopperOnly = Availability(
    PTXVersion(8, 0), architecture: 90, isSpecific: true, lastArchitecture: 90)

  /// What Hopper has for `sm_90a` and some newer chips for theirs.
  public static let hopperSpecific = Availability(
    PTXVersion(8, 0), architecture: 90, isSpecific: true)

  /// What every GPU since Blackwell has.
  public static let blackwellOnward = Availability(PTXVersion(8, 6), architecture: 100)

  /// What Blackwell has for `sm_100a` and newer chips for theirs.
  public static let blackwellSpecific = Availability(
    PTXVersion(8, 6), architecture: 100, isSpecific: true)

  /// What data-center Blackwell has.
  public static let blackwell = Availability(
    PTXVersion(8, 6), architecture: 100, isSpecific: true, lastArchitecture: 110)

  /// Returns a need for at least both.
  public func and(_ other: Availability) -> Availability {
    Availability(
      Swift.max(version, other.version),
      architecture: Swift.max(architecture, other.architecture),
      isSpecific: isSpecific || other.isSpecific,
      lastArchitecture: Swift.min(lastArchitecture, other.lastArchitecture),
      late: late.map { $0.and(other.late) } ?? other.late)
  }

  /// Returns the oldest language version that has the form for a target.
  public func version(for target: TargetArchitecture) -> PTXVersion {
    guard let late, target.number < late.architecture else { return version }
    return Swift.max(version, late.version)
  }

  /// Whether code for the target may use what needs this.
  public func isMet(by target: TargetArchitecture) -> Bool {
    let isInRange = architecture <= target.number && target.number <= lastArchitecture
    return isInRange && (!isSpecific || target.reach != .onward)
  }
}

extension Availability.LateSupport {
  /// Returns what both say of older chips.
  fileprivate func and(_ other: Availability.LateSupport?) -> Availability.LateSupport {
    guard let other else { return self }
    return Availability.LateSupport(
      architecture: Swift.max(architecture, other.architecture),
      version: Swift.max(version, other.version))
  }
}
