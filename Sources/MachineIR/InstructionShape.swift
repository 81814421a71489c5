// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The common properties of instructions with the same opcode, modifiers and number of operands.
///
/// They are computed once: a kernel has thousands of instructions, but only some dozens of shapes.
final class InstructionShape {
  /// The opcode.
  let opcode: Opcode

  /// The modifiers after the opcode, in the order of the text.
  let modifiers: [Modifier]

  /// The number of operands.
  let operandCount: Int

  /// The types among the modifiers, in the order of the text.
  let types: [ScalarType]

  /// The forms that fit the modifiers and the number of operands, in the order of the opcode's
  /// description.
  private(set) var forms: [Form] = []

  /// The length from `.v2`, `.v4` or `.v8`, or 1.
  private(set) lazy var vectorCount = findVectorCount()

  /// The operands that must be vectors, with the lengths that the modifiers determine.
  private(set) lazy var vectorLengths = findVectorLengths()

  /// The bytes of a vector in memory, if it is wider than one access may be.
  private(set) lazy var excessiveByteCount = findExcessiveByteCount()

  /// Whether addresses have 64 bits, as those of global and generic memory do.
  private(set) lazy var wantsWideAddress = findWantsWideAddress()

  /// The conflict between modifiers and types, if there is one.
  private(set) lazy var wordsComplaint = findWordsComplaint()

  /// A form for the instructions of one shape.
  final class Form {
    /// The slots of the operands.
    let slots: [Slot]

    /// The requirements of the form and the modifiers.
    let needs: Availability

    /// A slot for an operand.
    struct Slot {
      /// The slot in the description.
      let description: OperandSlot

      /// The type of the operand, if the modifiers determine it.
      let type: ScalarType?

      /// The rule for the width of a register in the slot.
      let rule: WidthRule
    }

    /// Computes a form for a shape.
    fileprivate init(_ form: InstructionForm, _ shape: InstructionShape) {
      needs = shape.needs(of: form)
      slots = form.operands.enumerated().map { index, slot in
        Slot(
          description: slot, type: slot.kind.type?.resolved(among: shape.types),
          rule: shape.widthRule(ofOperand: index))
      }
    }

    /// Returns whether operands are of the kinds of their slots.
    fileprivate func accepts(_ operands: [Operand]) -> Bool {
      zip(slots, operands).allSatisfy { $0.description.accepts($1) }
    }
  }

  /// Computes the shape of an instruction.
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

  /// Returns whether the instructions have the given modifier.
  func has(_ modifier: Modifier) -> Bool { modifiers.contains(modifier) }

  /// Returns whether the instructions have one of several modifiers.
  func hasOne(of words: [Modifier]) -> Bool { modifiers.contains(where: words.contains) }
}

/// The shapes of instructions, each computed on its first use.
struct ShapeTable {
  /// The shapes by opcode; each opcode has few.
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
  /// The type of the operand, if its kind has one.
  fileprivate var type: OperandType? {
    switch self {
    case .value(let type), .vector(let type), .valueAndPredicate(let type),
      .symbolOrValue(let type), .memoryOrValue(let type):
      type
    case .predicate, .predicates, .memory, .tensor, .immediate, .label, .list: nil
    }
  }
}
