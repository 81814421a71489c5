// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Builds a function instruction by instruction.
///
/// Names are generated: registers are numbered by type, labels by their purpose. The result of
/// `finish()` is canonical, so that its text parses to an equal function.
public struct FunctionBuilder: Sendable {
  /// The function so far.
  private var function: Function

  /// The blocks so far; instructions are appended to the last.
  private var blocks: [Block] = [Block()]

  /// The number of registers of each prefix.
  private var registerCounts: [String: Int] = [:]

  /// The number of labels for each purpose.
  private var labelCounts: [String: Int] = [:]

  /// The source place of the next instructions.
  public var place: SourcePlace?

  /// The entries of the kernel map.
  public var map: KernelMap {
    get { function.map }
    set { function.map = newValue }
  }

  /// Creates a builder of a function without parameters, variables and instructions.
  public init(_ name: String, isEntry: Bool = true, linkage: Linkage? = .visible) {
    function = Function(linkage: linkage, isEntry: isEntry, name: name)
  }

  /// Returns the function in canonical form.
  ///
  /// If control can reach the end of the body, `ret` is appended.
  public consuming func finish() -> Function {
    if blocks[blocks.count - 1].instructions.last?.endsFlow != true {
      let isNeeded =
        blocks.count < 2 || !blocks[blocks.count - 1].isEmpty
        || blocks[blocks.count - 2].instructions.last?.endsFlow != true
      if isNeeded { blocks[blocks.count - 1].instructions.append(Instruction(.return)) }
    }
    // The blocks have a single owner here, so they are changed in place.
    function.blocks = blocks
    blocks = []
    function.canonicalize()
    return function
  }
}

// MARK: - Instructions and blocks

extension FunctionBuilder {
  /// Appends an instruction.
  public mutating func append(_ instruction: Instruction) {
    blocks[blocks.count - 1].instructions.append(instruction)
    if instruction.isTerminator { blocks.append(Block()) }
  }

  /// Appends an instruction at the current place.
  public mutating func emit(
    _ opcode: Opcode, _ modifiers: [Modifier] = [], _ operands: [Operand] = [],
    when condition: Instruction.Guard? = nil
  ) {
    append(Instruction(opcode, modifiers, operands, condition: condition, place: place))
  }

  /// Appends an instruction at the current place.
  public mutating func emit(_ instruction: consuming Instruction) {
    instruction.place = place
    append(instruction)
  }

  /// Appends an instruction whose first operand is a new register, and returns the register.
  public mutating func emitResult(
    _ type: ScalarType, _ opcode: Opcode, _ modifiers: [Modifier], _ operands: [Operand]
  ) -> RegisterID {
    let register = makeRegister(type)
    emit(opcode, modifiers, [.register(register)] + operands)
    return register
  }

  /// Starts a block with a label.
  public mutating func begin(_ label: String) {
    if blocks[blocks.count - 1].isEmpty {
      blocks[blocks.count - 1].label = label
    } else {
      blocks.append(Block(label: label))
    }
  }

  /// Returns an unused label: `$L_loop_0` for `loop`.
  public mutating func makeLabel(_ word: String) -> String {
    let number = labelCounts[word, default: 0]
    labelCounts[word] = number + 1
    return "$L_\(word)_\(number)"
  }
}

// MARK: - Declarations

extension FunctionBuilder {
  /// Declares a register.
  public mutating func makeRegister(_ type: ScalarType) -> RegisterID {
    let prefix = FunctionBuilder.registerPrefix(of: type)
    let number = registerCounts[prefix, default: 0]
    registerCounts[prefix] = number + 1
    function.registers.append(RegisterDeclaration(name: prefix + String(number), type: type))
    return RegisterID(function.registers.count - 1)
  }

  /// Returns the prefix of the names of a type's registers.
  private static func registerPrefix(of type: ScalarType) -> String {
    switch (type.bitWidth, type.isFloat) {
    case (1, _): "%p"
    case (8, _): "%b"
    case (16, _): "%h"
    case (32, true): "%f"
    case (32, false): "%r"
    case (64, true): "%fd"
    case (64, false): "%rd"
    default: "%q"
    }
  }

  /// Declares a parameter; parameters have the order of the calls.
  public mutating func add(_ parameter: Parameter) { function.parameters.append(parameter) }

  /// Declares a variable in the body.
  public mutating func add(_ variable: MemoryVariable) { function.variables.append(variable) }

  /// Adds a directive, such as `.reqntid`.
  public mutating func add(_ directive: FunctionDirective) {
    function.directives.append(directive)
  }

  /// Declares the targets of an indexed branch, or a prototype.
  public mutating func add(_ list: Function.LabelList) { function.labelLists.append(list) }
}

extension Block {
  /// Whether the block has neither a name nor instructions.
  fileprivate var isEmpty: Bool { label == nil && pragmas.isEmpty && instructions.isEmpty }
}
