/// What instructions with one opcode, the same words and as many operands have in common.
///
/// It is worked out once for all of them: a kernel has thousands of instructions and some dozens of
/// shapes.
final class InstructionShape {
  /// The opcode.
  let opcode: Opcode

  /// The words behind the opcode, in the order of the text.
  let modifiers: [Modifier]

  /// The number of operands.
  let operandCount: Int

  /// The types among the words, in the order of the text.
  let types: [ScalarType]

  /// The forms that have a place for the words and take so many operands, in the order of the
  /// opcode's description.
  private(set) var forms: [Form] = []

  /// The number that `.v2`, `.v4` or `.v8` says, or 1.
  private(set) lazy var vectorCount = findVectorCount()

  /// The operands that must be vectors of a length that the words say.
  private(set) lazy var vectorLengths = findVectorLengths()

  /// The number of dimensions that a tensor copy says.
  private(set) lazy var tensorRank = findTensorRank()

  /// The bytes of a vector in memory, where that is wider than one access.
  private(set) lazy var excessiveByteCount = findExcessiveByteCount()

  /// Whether addresses have 64 bits: those of global and generic memory.
  private(set) lazy var wantsWideAddress = findWantsWideAddress()

  /// What is wrong with the words, if they do not go with the types.
  private(set) lazy var wordsComplaint = findWordsComplaint()

  /// The `cta_group` of an instruction of the tensor cores.
  private(set) lazy var tensorGroup = findTensorGroup()

  /// A form, as instructions of one shape have it.
  final class Form {
    /// The places of the operands.
    let slots: [Slot]

    /// What the form and the words need of the language version and the chip.
    let needs: Availability

    /// A place for an operand.
    struct Slot {
      /// What the description says of it.
      let description: OperandSlot

      /// The type of the operand, where the words fix it.
      let type: ScalarType?

      /// How the width of a register must agree with the type.
      let rule: WidthRule
    }

    /// Works out what a form means for a shape.
    fileprivate init(_ form: InstructionForm, _ shape: InstructionShape) {
      needs = shape.needs(of: form)
      slots = form.operands.enumerated().map { index, slot in
        Slot(
          description: slot, type: slot.kind.type?.resolved(among: shape.types),
          rule: shape.widthRule(ofOperand: index))
      }
    }

    /// Whether operands are of the kinds that may stand in their places.
    fileprivate func accepts(_ operands: [Operand]) -> Bool {
      zip(slots, operands).allSatisfy { $0.description.accepts($1) }
    }
  }

  /// Works out the shape of an instruction.
  init(of instruction: Instruction) {
    opcode = instruction.opcode
    modifiers = instruction.modifiers
    operandCount = instruction.operands.count
    types = instruction.types
    forms = opcode.description.forms.filter {
      $0.accepts(operandCount: operandCount) && $0.mismatch(of: modifiers) == nil
    }.map { Form($0, self) }
  }

  /// Returns the form of an instruction of this shape, if it has one.
  ///
  /// - SeeAlso: `InstructionDescription.form(of:)`.
  func form(of instruction: Instruction) -> Form? {
    guard forms.count > 1 else { return forms.first }
    return forms.first { $0.accepts(instruction.operands) } ?? forms.first
  }

  /// Returns whether the instructions carry the given word.
  func has(_ modifier: Modifier) -> Bool { modifiers.contains(modifier) }

  /// Returns whether the instructions have one of some words.
  func hasOne(of words: [Modifier]) -> Bool { modifiers.contains(where: words.contains) }
}

/// The shapes of instructions, each worked out when it first comes up.
struct ShapeTable {
  /// The shapes by opcode; each has few.
  private var shapes: [Opcode: [InstructionShape]] = [:]

  /// Returns the shape of an instruction.
  mutating func shape(of instruction: Instruction) -> InstructionShape {
    let known = shapes[instruction.opcode]?.first { shape in
      shape.operandCount == instruction.operands.count && shape.modifiers == instruction.modifiers
    }
    if let known { return known }
    let shape = InstructionShape(of: instruction)
    shapes[instruction.opcode, default: []].append(shape)
    return shape
  }
}

extension OperandSlot.Kind {
  /// The type that the operand has, where the kind is of one.
  fileprivate var type: OperandType? {
    switch self {
    case .value(let type), .vector(let type), .valueAndPredicate(let type),
      .symbolOrValue(let type), .memoryOrValue(let type):
      type
    case .predicate, .predicates, .memory, .tensor, .immediate, .label, .list: nil
    }
  }
}
