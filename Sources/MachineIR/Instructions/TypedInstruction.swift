// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A family of instructions: a value has the parts of one instruction by name.
///
/// An `Instruction` is what is stored, printed and parsed. This view of it says what its modifiers
/// and operands mean. For a new family, add a case to `Opcode.Family` and to `TypedInstruction`; the
/// compiler lists the rest.
public protocol InstructionFamily: Hashable, Sendable {
  /// The forms of the instructions of each opcode of the family.
  static var forms: [Opcode: [InstructionForm]] { get }

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction)

  /// The instruction with these parts, without a guard and a source place.
  var instruction: Instruction { get }

  /// The rules that the instruction breaks, beyond those of its form.
  var findings: [InstructionFinding] { get }

  /// The addresses in memory that must be multiples of some number, in the order of the text.
  var alignments: [AddressAlignment] { get }

  /// The properties that the instruction has besides its effect.
  var traits: InstructionTraits { get }
}

/// An address of an instruction, and the number of bytes of which it must be a multiple.
public struct AddressAlignment: Hashable, Sendable {
  /// The address.
  public var address: Operand

  /// The number of bytes.
  public var byteCount: Int

  /// Creates the requirement.
  init(_ address: Operand, _ byteCount: Int) {
    self.address = address
    self.byteCount = byteCount
  }
}

extension InstructionFamily {
  /// Reads the parts of an instruction, or returns `nil` if it has none of the forms.
  public init?(_ instruction: Instruction) {
    guard Self.forms[instruction.opcode] != nil, instruction.hasForm else { return nil }
    self.init(reading: instruction)
  }

  /// No findings: the forms state all the rules.
  public var findings: [InstructionFinding] { [] }

  /// No alignments: the instruction has no address in memory.
  public var alignments: [AddressAlignment] { [] }
}

/// Properties that an instruction has besides its effect.
public struct InstructionTraits: OptionSet, Hashable, Sendable {
  /// A bit for each property.
  public let rawValue: UInt8

  /// Creates the set with the given bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// All lanes of the warp execute it together.
  public static let isAligned = InstructionTraits(rawValue: 1)

  /// It reads or writes registers after it has been issued.
  public static let isAsynchronousOnRegisters = InstructionTraits(rawValue: 2)

  /// It may replace the registers that it updates, whatever they held.
  public static let mayReplaceAccumulator = InstructionTraits(rawValue: 4)

  /// It is a fence, an arrival, a commit or a wait: it orders other accesses.
  public static let ordersMemory = InstructionTraits(rawValue: 8)

  /// Other clusters can observe it immediately, so that its order among theirs matters.
  public static let runsAlone = InstructionTraits(rawValue: 16)
}

/// An instruction with its parts by name, as a member of its family.
public enum TypedInstruction: Hashable, Sendable {
  /// `wgmma`.
  indirect case warpgroup(WarpgroupInstruction)

  /// `tcgen05`.
  indirect case tensor(TensorInstruction)

  /// `cp.async.bulk`, with and without tensors.
  indirect case bulk(BulkInstruction)

  /// `mbarrier`.
  indirect case mbarrier(MbarrierInstruction)

  /// `bar`, `barrier` and `barrier.cluster`.
  indirect case barrier(BarrierInstruction)

  /// `fence` and `membar`.
  indirect case fence(FenceInstruction)

  /// `ldmatrix`, `stmatrix` and `movmatrix`.
  indirect case matrix(MatrixMove)

  /// An instruction whose meaning a table gives.
  case plain(PlainInstruction)

  /// Reads the parts of an instruction, or returns `nil` if its family has no such form.
  ///
  /// The form of a plain instruction is not checked.
  public init?(_ instruction: Instruction) {
    guard instruction.opcode.family == .plain || instruction.hasForm else { return nil }
    self.init(reading: instruction)
  }

  /// Reads the parts of an instruction that has one of the forms.
  init?(reading instruction: Instruction) {
    /// Returns the instruction as a member of a family.
    func read<Member: InstructionFamily>(
      _ make: (Member) -> TypedInstruction
    ) -> TypedInstruction? {
      Member(reading: instruction).map(make)
    }
    let result: TypedInstruction? =
      switch instruction.opcode.family {
      case .warpgroup: read(TypedInstruction.warpgroup)
      case .tensor: read(TypedInstruction.tensor)
      case .bulk: read(TypedInstruction.bulk)
      case .mbarrier: read(TypedInstruction.mbarrier)
      case .barrier: read(TypedInstruction.barrier)
      case .fence: read(TypedInstruction.fence)
      case .matrix: read(TypedInstruction.matrix)
      case .plain: .plain(PlainInstruction(reading: instruction))
      }
    guard let result else { return nil }
    self = result
  }

  /// The instruction as a member of its family.
  public var member: any InstructionFamily {
    switch self {
    case .warpgroup(let member): member
    case .tensor(let member): member
    case .bulk(let member): member
    case .mbarrier(let member): member
    case .barrier(let member): member
    case .fence(let member): member
    case .matrix(let member): member
    case .plain(let member): member
    }
  }
}

extension Opcode {
  /// A family of instructions.
  public enum Family: CaseIterable, Hashable, Sendable {
    /// `wgmma`.
    case warpgroup

    /// `tcgen05`.
    case tensor

    /// `cp.async.bulk`, with and without tensors.
    case bulk

    /// `mbarrier`.
    case mbarrier

    /// `bar`, `barrier` and `barrier.cluster`.
    case barrier

    /// `fence` and `membar`.
    case fence

    /// `ldmatrix`, `stmatrix` and `movmatrix`.
    case matrix

    /// Instructions whose meaning a table gives: arithmetic, control flow and others.
    case plain

    /// The type of its members.
    public var member: any InstructionFamily.Type {
      switch self {
      case .warpgroup: WarpgroupInstruction.self
      case .tensor: TensorInstruction.self
      case .bulk: BulkInstruction.self
      case .mbarrier: MbarrierInstruction.self
      case .barrier: BarrierInstruction.self
      case .fence: FenceInstruction.self
      case .matrix: MatrixMove.self
      case .plain: PlainInstruction.self
      }
    }
  }
}

extension Instruction {
  /// Whether the opcode has a form for the modifiers and operands.
  var hasForm: Bool {
    guard let form = opcode.description.form(of: self) else { return false }
    return zip(form.operands, operands).allSatisfy { $0.accepts($1) }
  }
}
