// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// `tcgen05.ld` or `tcgen05.st`: moves cells of Tensor Memory to registers or back.
public struct TensorMemoryAccess: Hashable, Sendable {
  /// The mapping of registers to cells.
  public var shape: TensorMemoryShape

  /// The number of repetitions of the shape along the columns.
  public var repetitions: Int

  /// Whether a register holds the 16-bit elements of two cells.
  public var isPacked: Bool

  /// The registers of a thread.
  public var registers: Operand

  /// The first cell.
  public var address: Operand

  /// The distance of the second half in columns, for `.16x32bx2`.
  public var splitOffset: Int64?

  /// Creates an access with a register for each cell of a thread.
  public init(
    _ shape: TensorMemoryShape, repetitions: Int, registers: Operand, address: Operand
  ) {
    self.shape = shape
    self.repetitions = repetitions
    self.registers = registers
    self.address = address
    isPacked = false
  }
}

// MARK: - Forms

extension TensorMemoryAccess {
  /// The forms of `tcgen05.ld`.
  static let loadForms = [
    form("pack::16b", [OperandSlot(.vector(.fixed(.b32)), .write), .memory, .immediate.optional])
  ]

  /// The forms of `tcgen05.st`.
  static let storeForms = [
    form("unpack::16b", [.memory, .words]), form("unpack::16b", [.memory, .immediate, .words]),
  ]

  /// Returns a form.
  private static func form(_ packing: Modifier, _ operands: [OperandSlot]) -> InstructionForm {
    let repetitions = (0..<8).map { Modifier(rawValue: "x\(1 << $0)") }
    return InstructionForm(
      [
        .word("sync"), .word("aligned"), .one(TensorMemoryShape.words), .one(repetitions),
        .maybe(packing),
        .type([.b32]),
      ], operands, needs: .blackwell)
  }

  /// Reads a `tcgen05.ld` that has one of the forms.
  init?(loadOf instruction: Instruction) {
    let operands = instruction.operands
    self.init(instruction, registers: operands[0], address: operands[1])
    if operands.count > 2 { splitOffset = operands[2].literal }
  }

  /// Reads a `tcgen05.st` that has one of the forms.
  init?(storeOf instruction: Instruction) {
    let operands = instruction.operands
    self.init(instruction, registers: operands[operands.count - 1], address: operands[0])
    if operands.count > 2 { splitOffset = operands[1].literal }
  }

  /// Reads the modifiers.
  private init?(_ instruction: Instruction, registers: Operand, address: Operand) {
    let repetitions = instruction.modifiers.lazy.compactMap { word in
      word.rawValue.utf8.first == UInt8(ascii: "x") ? Int(word.rawValue.dropFirst()) : nil
    }.first
    guard let shape: TensorMemoryShape = instruction.word(), let repetitions else { return nil }
    self.init(shape, repetitions: repetitions, registers: registers, address: address)
    isPacked = instruction.has("pack::16b") || instruction.has("unpack::16b")
  }

  /// The `tcgen05.ld` with these parts.
  var load: Instruction {
    Instruction(.tensorLoad, words(packing: "pack::16b"), [registers, address] + split)
  }

  /// The `tcgen05.st` with these parts.
  var store: Instruction {
    Instruction(.tensorStore, words(packing: "unpack::16b"), [address] + split + [registers])
  }

  /// The operand for the second half.
  private var split: [Operand] { splitOffset.map { [.integer($0)] } ?? [] }

  /// Returns the modifiers.
  private func words(packing: Modifier) -> [Modifier] {
    var words: [Modifier] = [
      "sync", "aligned", Modifier(rawValue: shape.rawValue), Modifier(rawValue: "x\(repetitions)"),
    ]
    if isPacked { words.append(packing) }
    return words + ["b32"]
  }

  /// Returns the rules that the access breaks, for registers at an operand, counted from 1.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.ld".
  func findings(registersAt position: Int) -> [InstructionFinding] {
    let count = shape.registersPerRepetition * repetitions
    let isSplit = shape == .lanes16Bits32Twice
    var result: [InstructionFinding] = []
    result.check(operand: position, registers, has: count)
    if count > 128 { result.append(.rule("needs more than 128 registers")) }
    if isSplit != (splitOffset != nil) {
      result.append(
        .rule("\(isSplit ? "needs" : "cannot have") the offset of a second half"))
    }
    return result
  }
}
