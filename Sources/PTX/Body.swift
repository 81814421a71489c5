import MachineIR

/// The body of a function while it is read.
struct Body {
  /// The registers declared so far, of all scopes.
  var registers: [RegisterDeclaration] = []

  /// The variables declared so far, of all scopes.
  var variables: [MemoryVariable] = []

  /// The lists of labels declared so far.
  var labelLists: [Function.LabelList] = []

  /// The blocks read so far; instructions go to the last.
  var blocks: [Block] = []

  /// The scopes around the place that is read, outermost first.
  var scopes: [Scope] = [Scope()]

  /// The place of the instructions that follow, where it is known.
  var place: SourcePlace?

  /// The last place at each file and line.
  var places: [PlaceKey: SourcePlace] = [:]

  /// The names that are taken: of registers, variables and labels.
  private var takenNames: Set<String> = []

  /// What one pair of braces declares.
  struct Scope {
    /// The registers by the names that the text has for them.
    var registers: [String: RegisterID] = [:]

    /// The registers that were declared as a prefix and a count.
    var groups: [String: Range<Int>] = [:]

    /// The registers of vectors.
    var vectors: [String: [RegisterID]] = [:]

    /// The unique names of variables by those that the text has for them.
    var variables: [String: String] = [:]

    /// The unique names of labels by those that the text has for them.
    var labels: [String: String] = [:]

    /// Where labels are mentioned that the scope has not declared yet.
    var references: [Reference] = []
  }

  /// A place that mentions a label.
  struct Reference {
    /// The label, as the text has it.
    var label: String

    /// Where it stands.
    var site: Site

    /// An operand of an instruction, or an entry of a list of labels.
    enum Site {
      case operand(block: Int, instruction: Int, operand: Int)
      case list(Int, entry: Int)
    }
  }

  /// Returns a name that nothing in the function has yet: the given one, or one made of it.
  mutating func claim(_ name: String) -> String {
    if takenNames.insert(name).inserted { return name }
    var number = 1
    while !takenNames.insert("\(name)$\(number)").inserted { number += 1 }
    return "\(name)$\(number)"
  }

  /// Returns whether a name is free for a register, variable or label of its own.
  func isFree(_ name: String) -> Bool { !takenNames.contains(name) }

  /// Whether the next instruction begins a block.
  private var beginsBlock: Bool {
    blocks.last.map { $0.instructions.last?.isTerminator ?? false } ?? true
  }

  /// Puts an instruction behind the others.
  mutating func append(_ instruction: Instruction) {
    if beginsBlock { blocks.append(Block()) }
    blocks[blocks.count - 1].instructions.append(instruction)
  }

  /// Puts a pragma at the top of the block that is read.
  mutating func append(pragma: String) {
    if beginsBlock { blocks.append(Block()) }
    blocks[blocks.count - 1].pragmas.append(pragma)
  }
}

// MARK: - Registers

extension Body {
  /// Returns the register that a name means, in the innermost scope that declares it.
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

  /// Returns the registers of the vector that a name means.
  func vector(_ name: String) -> [RegisterID]? {
    for scope in scopes.reversed() where !scope.vectors.isEmpty {
      if let vector = scope.vectors[name] { return vector }
    }
    return nil
  }

  /// Returns a name as a prefix and the number behind it, if it ends in one.
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

  /// Declares a register; returns false where the scope has one of that name.
  mutating func declareRegister(_ name: String, _ type: ScalarType) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].registers[name] == nil, scopes[scope].vectors[name] == nil else {
      return false
    }
    scopes[scope].registers[name] = RegisterID(registers.count)
    registers.append(RegisterDeclaration(name: claim(name), type: type))
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

  /// Declares the registers `prefix0` to `prefix(count-1)`; returns false where the scope has
  /// some already.
  mutating func declareGroup(_ prefix: String, count: Int, _ type: ScalarType) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].groups[prefix] == nil else { return false }
    let endsInDigit = prefix.utf8.last.map(Byte.isDigit) ?? false
    if endsInDigit {
      // The number of such a name cannot be told from its prefix.
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
  /// Returns the unique name of the variable that a name means; names from outside are unique.
  func variable(_ name: String) -> String {
    for scope in scopes.reversed() where !scope.variables.isEmpty {
      if let unique = scope.variables[name] { return unique }
    }
    return name
  }

  /// Declares a variable; returns false where the scope has one of that name.
  mutating func declare(_ variable: MemoryVariable) -> Bool {
    let scope = scopes.count - 1
    guard scopes[scope].variables[variable.name] == nil else { return false }
    var renamed = variable
    renamed.name = claim(variable.name)
    scopes[scope].variables[variable.name] = renamed.name
    variables.append(renamed)
    return true
  }

  /// Begins a block at a label; returns false where the scope has that label.
  mutating func declareLabel(_ name: String) -> Bool {
    guard let unique = claimLabel(name) else { return false }
    if let last = blocks.last, last.label == nil, last.instructions.isEmpty {
      blocks[blocks.count - 1].label = unique
    } else {
      blocks.append(Block(label: unique))
    }
    return true
  }

  /// Returns the unique name for a label of this scope, unless the scope has that label.
  mutating func claimLabel(_ name: String) -> String? {
    let scope = scopes.count - 1
    guard scopes[scope].labels[name] == nil else { return nil }
    let unique = claim(name)
    scopes[scope].labels[name] = unique
    return unique
  }

  /// Keeps in mind that an operand of the next instruction mentions a label.
  mutating func refer(to label: String, operand: Int) {
    let block = beginsBlock ? blocks.count : blocks.count - 1
    let instruction = beginsBlock ? 0 : blocks[block].instructions.count
    let site = Reference.Site.operand(block: block, instruction: instruction, operand: operand)
    scopes[scopes.count - 1].references.append(Reference(label: label, site: site))
  }

  /// Leaves the innermost scope: its labels are settled, the rest is left to the one around it.
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

  /// Puts the unique name of a label where it is mentioned.
  private mutating func settle(_ reference: Reference, as unique: String) {
    switch reference.site {
    case .operand(let block, let instruction, let operand):
      blocks[block].instructions[instruction].operands[operand] = .label(unique)
    case .list(let list, let entry):
      labelLists[list].targets[entry] = unique
    }
  }
}
