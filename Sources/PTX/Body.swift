// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The body of a function while it is parsed.
struct Body {
  /// The registers declared so far, in all scopes.
  var registers: [RegisterDeclaration] = []

  /// The variables declared so far, in all scopes.
  var variables: [MemoryVariable] = []

  /// The lists of labels declared so far.
  var labelLists: [Function.LabelList] = []

  /// The blocks parsed so far; instructions are appended to the last.
  var blocks: [Block] = []

  /// The scopes around the current position, outermost first.
  var scopes: [Scope] = [Scope()]

  /// The source place of the next instructions, if it is known.
  var place: SourcePlace?

  /// The last place at each file and line.
  var places: [PlaceKey: SourcePlace] = [:]

  /// The context of the statement that is parsed.
  var statement = Statement()

  /// The guard and the place of a statement.
  struct Statement {
    /// The guard, if there is one.
    var condition: Instruction.Guard?

    /// The statement's source location, if known.
    var place: SourcePlace?
  }

  /// The names in use for registers, variables and labels.
  private var takenNames: Set<String> = []

  /// The declarations of one pair of braces.
  struct Scope {
    /// The registers by their names in the text.
    var registers: [String: RegisterID] = [:]

    /// The registers declared as a prefix and a count.
    var groups: [String: Range<Int>] = [:]

    /// The registers of vectors, by the name of the vector.
    var vectors: [String: [RegisterID]] = [:]

    /// The unique names of variables, by their names in the text.
    var variables: [String: String] = [:]

    /// The unique names of labels, by their names in the text.
    var labels: [String: String] = [:]

    /// References to labels that the scope has not declared yet.
    var references: [Reference] = []
  }

  /// A reference to a label.
  struct Reference {
    /// The label in the text.
    var label: String

    /// The location of the reference.
    var site: Site

    /// An operand of an instruction, or an entry of a label list.
    enum Site {
      case operand(block: Int, instruction: Int, operand: Int)
      case list(Int, entry: Int)
    }
  }

  /// Returns a name that is unique in the function: the given one, or one derived from it.
  mutating func claim(_ name: String) -> String {
    if takenNames.insert(name).inserted { return name }
    var number = 1
    while !takenNames.insert("\(name)$\(number)").inserted { number += 1 }
    return "\(name)$\(number)"
  }

  /// Returns whether a name is not in use.
  func isFree(_ name: String) -> Bool { !takenNames.contains(name) }

  /// Whether the next instruction starts a block.
  private var beginsBlock: Bool {
    blocks.last.map { $0.instructions.last?.isTerminator ?? false } ?? true
  }

  /// Appends an instruction.
  mutating func append(_ instruction: Instruction) {
    if beginsBlock { blocks.append(Block()) }
    blocks[blocks.count - 1].instructions.append(instruction)
  }

  /// Adds a pragma to the top of the current block.
  mutating func append(pragma: String) {
    if beginsBlock { blocks.append(Block()) }
    blocks[blocks.count - 1].pragmas.append(pragma)
  }
}

// MARK: - Registers

extension Body {
  /// Returns the register with a name, from the innermost scope that declares it.
  func register(_ name: String) -> RegisterID? {
    let (prefix, number) = Body.split(name)
    for scope in scopes.reversed() {
      if let number, let group = scope.groups[prefix], number < group.count {
        return RegisterID(group.lowerBound + number)
      }
      if let register = scope.registers[name] { return register }
    }
    return nil
  }

  /// Returns the registers of the vector with a name.
  func vector(_ name: String) -> [RegisterID]? {
    for scope in scopes.reversed() where !scope.vectors.isEmpty {
      if let vector = scope.vectors[name] { return vector }
    }
    return nil
  }

  /// Returns a name as a prefix and a number, if it ends in one.
  private static func split(_ name: String) -> (prefix: String, number: Int?) {
    let bytes = name.utf8
    var start = bytes.endIndex
    var number = 0
    var scale = 1
    while start > bytes.startIndex {
      let before = bytes.index(before: start)
      let digit = bytes[before] &- Byte.zero
      guard digit < 10, scale < 1_000_000_000 else { break }
      number += Int(digit) * scale
      scale *= 10
      start = before
    }
    guard start < bytes.endIndex else { return (name, nil) }
    let isPadded = bytes[start] == Byte.zero && scale > 10
    return (String(name[..<start]), isPadded ? nil : number)
  }

  /// Declares a register; returns false if the scope already has one with this name.
  mutating func declareRegister(_ name: String, _ type: ScalarType) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].registers[name] == nil, scopes[scope].vectors[name] == nil else {
      return false
    }
    scopes[scope].registers[name] = RegisterID(registers.count)
    registers.append(RegisterDeclaration(name: claim(name), type: type))
    return true
  }

  /// Declares a register for the sum of another and a constant, under a name that the text does not use.
  mutating func declareSum(of register: RegisterID) -> RegisterID {
    let declaration = registers[register.index]
    registers.append(
      RegisterDeclaration(name: claim("\(declaration.name)$sum"), type: declaration.type))
    return RegisterID(registers.count - 1)
  }

  /// Declares the vectors `prefix0` to `prefix(number-1)`; returns false where the scope has one already.
  mutating func declareVectors(
    _ prefix: String, number: Int, count: Int, _ type: ScalarType
  ) -> Bool {
    for index in 0..<number where !declareVector("\(prefix)\(index)", count: count, type) {
      return false
    }
    return true
  }

  /// Declares the registers of a vector; returns false where the scope has one of that name.
  mutating func declareVector(_ name: String, count: Int, _ type: ScalarType) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].registers[name] == nil, scopes[scope].vectors[name] == nil else {
      return false
    }
    scopes[scope].vectors[name] = (0..<count).map { index in
      let register = RegisterID(registers.count)
      let suffix = ["x", "y", "z", "w"][index & 3]
      registers.append(RegisterDeclaration(name: claim("\(name)$\(suffix)"), type: type))
      return register
    }
    return true
  }

  /// Declares the registers `prefix0` to `prefix(count-1)`; returns false if the scope already has
  /// one of them.
  mutating func declareGroup(_ prefix: String, count: Int, _ type: ScalarType) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].groups[prefix] == nil else { return false }
    let endsInDigit = prefix.utf8.last.map(Byte.isDigit) ?? false
    if endsInDigit {
      // The number of such a name cannot be separated from its prefix.
      for index in 0..<count where !declareRegister("\(prefix)\(index)", type) { return false }
      return true
    }
    for index in 0..<count where scopes[scope].registers["\(prefix)\(index)"] != nil {
      return false
    }
    var base = prefix
    var attempt = 0
    while !(0..<count).allSatisfy({ isFree("\(base)\($0)") }) {
      attempt += 1
      base = "\(prefix)$\(attempt)_"
    }
    let start = registers.count
    for index in 0..<count {
      registers.append(RegisterDeclaration(name: claim("\(base)\(index)"), type: type))
    }
    scopes[scope].groups[prefix] = start..<start + count
    return true
  }
}

// MARK: - Labels and variables

extension Body {
  /// Returns the unique name of a variable; names from outside the function are unique.
  func variable(_ name: String) -> String {
    for scope in scopes.reversed() where !scope.variables.isEmpty {
      if let unique = scope.variables[name] { return unique }
    }
    return name
  }

  /// Declares a variable; returns false if the scope already has one with this name.
  mutating func declare(_ variable: MemoryVariable) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].variables[variable.name] == nil else { return false }
    var renamed = variable
    renamed.name = claim(variable.name)
    scopes[scope].variables[variable.name] = renamed.name
    variables.append(renamed)
    return true
  }

  /// Starts a block at a label; returns false if the scope already has this label.
  mutating func declareLabel(_ name: String) -> Bool {
    guard let unique = claimLabel(name) else { return false }
    if let last = blocks.last, last.label == nil, last.instructions.isEmpty {
      blocks[blocks.count - 1].label = unique
    } else {
      blocks.append(Block(label: unique))
    }
    return true
  }

  /// Returns the unique name for a label of this scope, or `nil` if the scope already has this
  /// label.
  mutating func claimLabel(_ name: String) -> String? {
    let scope = scopes.count - 1
    guard scopes[scope].labels[name] == nil else { return nil }
    let unique = claim(name)
    scopes[scope].labels[name] = unique
    return unique
  }

  /// Records that an operand of the next instruction refers to a label.
  mutating func refer(to label: String, operand: Int) {
    let block = beginsBlock ? blocks.count : blocks.count - 1
    let instruction = beginsBlock ? 0 : blocks[block].instructions.count
    let site = Reference.Site.operand(block: block, instruction: instruction, operand: operand)
    scopes[scopes.count - 1].references.append(Reference(label: label, site: site))
  }

  /// Leaves the innermost scope: resolves the references to its labels, and passes the others on to
  /// the enclosing scope.
  mutating func closeScope() {
    let scope = scopes.removeLast()
    for reference in scope.references {
      if let unique = scope.labels[reference.label] {
        if unique != reference.label { settle(reference, as: unique) }
      } else if !scopes.isEmpty {
        scopes[scopes.count - 1].references.append(reference)
      }
    }
  }

  /// Writes the unique name of a label to a reference.
  private mutating func settle(_ reference: Reference, as unique: String) {
    switch reference.site {
    case .operand(let block, let instruction, let operand):
      blocks[block].instructions[instruction].operands[operand] = .label(unique)
    case .list(let list, let entry):
      labelLists[list].targets[entry] = unique
    }
  }
}
