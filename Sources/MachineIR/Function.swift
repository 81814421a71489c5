// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A basic block: instructions that are entered at the top and left at the end.
///
/// A block ends before a label, or after a branch, a return, an exit or a trap, with or without a
/// guard.
public struct Block: Hashable, Sendable {
  /// The label, if a branch targets it or the text has one.
  public var label: String?

  /// The texts of the `.pragma` directives at the top of the block, such as `nounroll`.
  public var pragmas: [String]

  /// The instructions; only the last may be a terminator.
  public var instructions: [Instruction]

  /// Creates a block.
  public init(label: String? = nil, pragmas: [String] = [], instructions: [Instruction] = []) {
    self.label = label
    self.pragmas = pragmas
    self.instructions = instructions
  }
}

/// The visibility of a name to other modules.
public enum Linkage: String, Hashable, Sendable, CaseIterable {
  case visible, weak, extern, common
}

/// A parameter of a function.
public struct Parameter: Hashable, Sendable {
  /// The name in the text.
  public var name: String

  /// The type of the parameter or of its elements.
  public var type: ScalarType

  /// The number of elements if the parameter is an array of bytes, such as a tensor map; 0 for the
  /// unsized array of `name[]`.
  public var count: Int?

  /// The alignment in the text, in bytes.
  public var alignment: Int?

  /// The `.ptr` attribute, which describes the memory that a pointer points to.
  public var pointer: PointerAttribute?

  /// Whether the parameter of a device function is a register, which the body uses like any other.
  ///
  /// Such registers come first in the function's table, results before parameters.
  public var isRegister: Bool

  /// A `.ptr` attribute: the space and the alignment of the memory pointed to.
  public struct PointerAttribute: Hashable, Sendable {
    /// The state space, if one is given.
    public var space: StateSpace?

    /// The alignment of the memory pointed to in bytes, if one is given.
    public var alignment: Int?

    /// Creates an attribute.
    public init(space: StateSpace? = nil, alignment: Int? = nil) {
      self.space = space
      self.alignment = alignment
    }
  }

  /// Creates a parameter.
  public init(
    name: String, type: ScalarType, count: Int? = nil, alignment: Int? = nil,
    pointer: PointerAttribute? = nil, isRegister: Bool = false
  ) {
    self.name = name
    self.type = type
    self.count = count
    self.alignment = alignment
    self.pointer = pointer
    self.isRegister = isRegister
  }

  /// The size of an argument for this parameter in bytes.
  public var byteCount: Int { type.byteCount * (count ?? 1) }

  /// The alignment of the argument in bytes: the one in the text, or the natural one.
  public var byteAlignment: Int { max(alignment ?? 1, type.byteCount) }
}

/// A variable in a memory.
public struct MemoryVariable: Hashable, Sendable {
  /// The visibility of the name to other modules.
  public var linkage: Linkage?

  /// The memory that holds the variable.
  public var space: StateSpace

  /// The alignment in the text, in bytes.
  public var alignment: Int?

  /// The number of elements of a vector type: 2 or 4, or 1.
  public var vectorCount: Int

  /// The type of the elements.
  public var type: ScalarType

  /// The name.
  public var name: String

  /// The extents of an array, outermost first; `nil` for the unsized one of `name[]`.
  public var extents: [Int?]

  /// The initial value, flattened; empty if there is none.
  public var initializer: [Operand]

  /// The form in which the initial value stores the address of a symbol, by index, if it is not the
  /// plain address in the symbol's own space.
  public var addressForms: [Int: AddressForm]

  /// The contents of `.attribute`, such as `managed`.
  public var attributes: [String]

  /// A form of the address of a symbol.
  public enum AddressForm: Hashable, Sendable {
    /// The generic address: `generic(symbol)`.
    case generic

    /// One byte of the address, counted from the lowest: `0xFF00(symbol)` is byte 1.
    case byte(Int)

    /// One byte of the generic address: `0xFF00(generic(symbol))` is byte 1.
    case genericByte(Int)
  }

  /// Creates a variable.
  public init(
    linkage: Linkage? = nil, space: StateSpace, alignment: Int? = nil, vectorCount: Int = 1,
    type: ScalarType, name: String, extents: [Int?] = [], initializer: [Operand] = [],
    addressForms: [Int: AddressForm] = [:], attributes: [String] = []
  ) {
    self.linkage = linkage
    self.space = space
    self.alignment = alignment
    self.vectorCount = vectorCount
    self.type = type
    self.name = name
    self.extents = extents
    self.initializer = initializer
    self.addressForms = addressForms
    self.attributes = attributes
  }

  /// The size of the variable in bytes; an unsized array has none.
  public var byteCount: Int {
    extents.reduce(type.byteCount * vectorCount) { $0 * ($1 ?? 0) }
  }

  /// The alignment in bytes: the one in the text, or the natural one of the element or vector.
  public var byteAlignment: Int { alignment ?? (type.byteCount * vectorCount) }
}

/// A directive of a function, such as `.reqntid 128, 1, 1` or `.pragma "nounroll"`.
public struct FunctionDirective: Hashable, Sendable {
  /// The name without its dot.
  public var name: String

  /// The integer arguments.
  public var values: [Int]

  /// The text argument of `.pragma`, `.abi_preserve` and similar directives.
  public var text: String?

  /// Creates a directive.
  public init(_ name: String, _ values: [Int] = [], text: String? = nil) {
    self.name = name
    self.values = values
    self.text = text
  }
}

/// A kernel (`.entry`) or a device function (`.func`).
public struct Function: Hashable, Sendable {
  /// The visibility of the name to other modules.
  public var linkage: Linkage?

  /// Whether the host may launch this function.
  public var isEntry: Bool

  /// The name.
  public var name: String

  /// The results; empty for kernels.
  public var results: [Parameter]

  /// The parameters in order.
  public var parameters: [Parameter]

  /// The directives between the parameters and the body, in order.
  public var directives: [FunctionDirective]

  /// Every virtual register of the body.
  public var registers: [RegisterDeclaration]

  /// The variables declared in the body, in any scope.
  public var variables: [MemoryVariable]

  /// The target lists of indexed branches and calls and the call prototypes, by label.
  public var labelLists: [LabelList]

  /// The body in the order of the text, or `nil` if the text only declares the function.
  public var blocks: [Block]?

  /// Names and layouts for reports, which do not affect execution.
  public var map: KernelMap

  /// A labelled `.branchtargets`, `.calltargets` or `.callprototype` of a body.
  public struct LabelList: Hashable, Sendable {
    /// The label by which an instruction names the list.
    public var label: String

    /// The directive without its dot.
    public var directive: String

    /// The targets; for a prototype, its text.
    public var targets: [String]

    /// Creates a list.
    public init(label: String, directive: String, targets: [String]) {
      self.label = label
      self.directive = directive
      self.targets = targets
    }
  }

  /// Creates a function.
  public init(
    linkage: Linkage? = nil, isEntry: Bool, name: String, results: [Parameter] = [],
    parameters: [Parameter] = [], directives: [FunctionDirective] = [],
    registers: [RegisterDeclaration] = [], variables: [MemoryVariable] = [],
    labelLists: [LabelList] = [], blocks: [Block]? = nil, map: KernelMap = KernelMap()
  ) {
    self.linkage = linkage
    self.isEntry = isEntry
    self.name = name
    self.results = results
    self.parameters = parameters
    self.directives = directives
    self.registers = registers
    self.variables = variables
    self.labelLists = labelLists
    self.blocks = blocks
    self.map = map
  }

  /// Returns the values of the directive with the given name, if there is one.
  public func directive(_ name: String) -> [Int]? {
    directives.first { $0.name == name }?.values
  }

  /// The name of a register.
  public func name(of register: RegisterID) -> String { registers[register.index].name }

  /// The declared type of a register.
  public func type(of register: RegisterID) -> ScalarType { registers[register.index].type }
}
