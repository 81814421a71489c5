// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// An instruction that moves small matrices, which the lanes of a warp hold together.
public enum MatrixMove: InstructionFamily {
  /// `ldmatrix`: from shared memory to registers.
  case load(MatrixTransfer)

  /// `stmatrix`: from registers to shared memory.
  case store(MatrixTransfer)

  /// `movmatrix`: transposes a matrix in registers.
  case transpose(result: Operand, source: Operand)

  /// The lanes of the warp move the matrices together.
  public var traits: InstructionTraits { .isAligned }

  /// The rule about the number of registers.
  public var findings: [InstructionFinding] {
    var result: [InstructionFinding] = []
    switch self {
    case .load(let transfer):
      result.check(operand: 1, transfer.registers, has: transfer.registerCount)
    case .store(let transfer):
      result.check(operand: 2, transfer.registers, has: transfer.registerCount)
    case .transpose: break
    }
    return result
  }

  /// The address of a row is a multiple of 16 bytes.
  public var alignments: [AddressAlignment] {
    switch self {
    case .load(let transfer), .store(let transfer): [AddressAlignment(transfer.address, 16)]
    case .transpose: []
    }
  }

  /// The forms.
  ///
  /// - SeeAlso: PTX ISA, "Warp-level matrix instructions".
  public static let forms: [Opcode: [InstructionForm]] = {
    let loaded: [OperandSlot] = [OperandSlot(.vector(.fixed(.b32)), .write), .memory]
    let trans = ModifierSlot.word("trans")
    return [
      .loadMatrix: [
        MatrixTransfer.form("m8n8", .maybe("trans"), "b16", loaded, .always),
        MatrixTransfer.form("m16n16", trans, "b8", loaded, unpacking: .maybe(.unpackings)),
        MatrixTransfer.form("m16n16", trans, "b8x16", loaded, unpacking: .one(.unpackings)),
        MatrixTransfer.form("m8n16", nil, "b8x16", loaded, unpacking: .one(.unpackings)),
      ],
      .storeMatrix: [
        MatrixTransfer.form("m8n8", .maybe("trans"), "b16", [.memory, .words], .hopper),
        MatrixTransfer.form("m16n8", trans, "b8", [.memory, .words]),
      ],
      .moveMatrix: [
        InstructionForm(
          transposition.map(ModifierSlot.word),
          [OperandSlot(.value(.fixed(.b32)), .write), .word])
      ],
    ]
  }()

  /// The modifiers of `movmatrix`.
  private static let transposition: [Modifier] = ["sync", "aligned", "m8n8", "trans", "b16"]

  /// Reads the parts of an instruction that has one of the forms.
  public init?(reading instruction: Instruction) {
    let operands = instruction.operands
    switch instruction.opcode {
    case .loadMatrix:
      guard
        let transfer = MatrixTransfer(
          instruction, registers: operands[0], address: operands[1])
      else { return nil }
      self = .load(transfer)
    case .storeMatrix:
      guard
        let transfer = MatrixTransfer(
          instruction, registers: operands[1], address: operands[0])
      else { return nil }
      self = .store(transfer)
    case .moveMatrix: self = .transpose(result: operands[0], source: operands[1])
    default: return nil
    }
  }

  /// The instruction with these parts.
  public var instruction: Instruction {
    switch self {
    case .load(let transfer):
      Instruction(.loadMatrix, transfer.words, [transfer.registers, transfer.address])
    case .store(let transfer):
      Instruction(.storeMatrix, transfer.words, [transfer.address, transfer.registers])
    case .transpose(let result, let source):
      Instruction(.moveMatrix, MatrixMove.transposition, [result, source])
    }
  }
}

/// Matrices that move between shared memory and registers.
public struct MatrixTransfer: Hashable, Sendable {
  /// The rows and columns of a matrix.
  public enum Shape: String, CaseIterable, Hashable, Sendable {
    case m8n8, m16n16, m8n16, m16n8
  }

  /// The size of an element in shared memory.
  public enum Element: String, CaseIterable, Hashable, Sendable {
    case b16, b8

    /// Less than 8 bits; 16 elements are expanded to a byte each.
    case packed = "b8x16"
  }

  /// The shape.
  public var shape: Shape

  /// The number of matrices: 1, 2 or 4.
  public var count: Int

  /// Whether rows and columns are exchanged.
  public var isTransposed: Bool

  /// The memory, where it is named.
  public var space: SharedSpace?

  /// The elements, and the packing that is expanded.
  public var element: Element, packing: PackedElements?

  /// The registers of a lane.
  public var registers: Operand

  /// The address of a row, in the lane of that row.
  public var address: Operand

  /// Creates 8 × 8 matrices of 16-bit elements, in memory that is named by its older name.
  public init(count: Int, isTransposed: Bool, registers: Operand, address: Operand) {
    (shape, element, space) = (.m8n8, .b16, .shared)
    self.count = count
    self.isTransposed = isTransposed
    self.registers = registers
    self.address = address
  }

  /// The number of registers of a lane.
  fileprivate var registerCount: Int { shape == .m16n16 ? 2 * count : count }

  /// Returns a form.
  fileprivate static func form(
    _ shape: Modifier, _ transposition: ModifierSlot?, _ element: Modifier,
    _ operands: [OperandSlot], _ needs: Availability = .blackwellSpecific,
    unpacking: ModifierSlot? = nil
  ) -> InstructionForm {
    let slots: [ModifierSlot?] = [
      .word("sync"), .word("aligned"), .word(shape), .one(["x1", "x2", "x4"]), transposition,
      .maybe(.ownShared), .word(element), unpacking,
    ]
    return InstructionForm(slots.compactMap(\.self), operands, needs: needs)
  }

  /// Reads the modifiers of an instruction that has one of the forms.
  fileprivate init?(_ instruction: Instruction, registers: Operand, address: Operand) {
    let count = [1, 2, 4].first { instruction.has(Modifier(rawValue: "x\($0)")) }
    guard let count, let shape: Shape = instruction.word(),
      let element: Element = instruction.word()
    else { return nil }
    self.init(
      count: count, isTransposed: instruction.has("trans"), registers: registers, address: address)
    (self.shape, self.element) = (shape, element)
    (space, packing) = (instruction.word(), instruction.word())
  }

  /// The modifiers.
  fileprivate var words: [Modifier] {
    let names = [
      "sync", "aligned", shape.rawValue, "x\(count)", isTransposed ? "trans" : nil,
      space?.rawValue, element.rawValue, packing?.rawValue,
    ]
    return names.compactMap(\.self).map { Modifier(rawValue: $0) }
  }
}
