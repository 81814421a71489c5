extension Module {
  /// Returns everything that is wrong with this module, each finding at its instruction.
  ///
  /// The findings are in the order of the text, those about a whole function before those about
  /// its instructions. Text that has only warnings can be assembled.
  public func diagnostics() -> [Diagnostic] {
    let symbols = SymbolTable(self)
    return functions.flatMap { function -> [Diagnostic] in
      var verifier = Verifier(self, function, symbols)
      verifier.verify()
      return verifier.diagnostics
    }
  }
}

/// Looks for what is wrong with one function.
struct Verifier {
  /// The module.
  let module: Module

  /// The function.
  let function: Function

  /// What names mean.
  let symbols: SymbolTable

  /// The registers that hold the address of a symbol and nothing else.
  let addresses: KnownAddresses

  /// What was found.
  private(set) var diagnostics: [Diagnostic] = []

  /// Creates a verifier of a function of a module.
  init(_ module: Module, _ function: Function, _ symbols: SymbolTable) {
    self.module = module
    self.function = function
    self.symbols = symbols.entering(function)
    addresses = KnownAddresses(function)
  }

  /// Looks everywhere.
  mutating func verify() {
    verifyDirectives()
    guard function.blocks != nil else { return }
    verifyLabels()
    verifyTensorGroups()
    function.forEachInstruction { verify($0) }
    verifyAssignments()
  }

  /// Looks at one instruction.
  private mutating func verify(_ instruction: Instruction) {
    let description = instruction.opcode.description
    guard let form = description.form(of: instruction) else {
      report(description.complaint(about: instruction), instruction)
      return
    }
    verifyAvailability(of: instruction, form)
    let countBefore = diagnostics.count
    verifyOperands(of: instruction, form)
    // What follows relies on operands of the right kinds.
    guard diagnostics.count == countBefore else { return }
    verifyWords(of: instruction)
    verifyImmediates(of: instruction)
    verifyVectors(of: instruction)
    verifyMemory(of: instruction, form)
    verifyMatrices(of: instruction)
  }

  /// Puts a finding at an instruction.
  mutating func report(
    _ message: String, _ instruction: Instruction?, related: [Diagnostic.Note] = []
  ) {
    diagnostics.append(
      Diagnostic(message, at: instruction?.place, in: function.name, related: related))
  }

  /// Puts a warning at an instruction.
  mutating func warn(_ message: String, _ instruction: Instruction) {
    diagnostics.append(
      Diagnostic(message, severity: .warning, at: instruction.place, in: function.name))
  }
}

// MARK: - Target and version

extension Verifier {
  /// Looks whether the module's version and target have an instruction.
  private mutating func verifyAvailability(of instruction: Instruction, _ form: InstructionForm) {
    let needs = instruction.needs(form)
    if !needs.isMet(by: module.target) {
      report(
        "'\(instruction.mnemonic)' needs \(needs.targetNames), but the target is \(module.target)",
        instruction)
    }
    let version = needs.version(for: module.target)
    if module.version < version {
      report(
        "'\(instruction.mnemonic)' needs .version \(version), but the text has "
          + "\(module.version)", instruction)
    }
  }

  /// Looks whether all `tcgen05` instructions are of one kind of group.
  private mutating func verifyTensorGroups() {
    let groups: [Modifier] = ["cta_group::1", "cta_group::2"]
    var first: (group: Modifier, instruction: Instruction)?
    var other: Instruction?
    function.forEachInstruction { instruction in
      guard instruction.opcode.spelling.hasPrefix("tcgen05."),
        let group = groups.first(where: instruction.has)
      else { return }
      if let first, first.group != group, other == nil { other = instruction }
      if first == nil { first = (group, instruction) }
    }
    guard let first, let other else { return }
    report(
      "all tcgen05 instructions of a function must have one cta_group", other,
      related: [
        Diagnostic.Note("the first has .\(first.group.rawValue)", at: first.instruction.place)
      ])
  }
}

extension Availability {
  /// The targets that have what this is about, in words.
  fileprivate var targetNames: String {
    let suffix = isSpecific ? "a" : ""
    let first = "sm_\(architecture)\(suffix)"
    if lastArchitecture == .max { return isSpecific ? "\(first) or the like" : "\(first) or newer" }
    return architecture == lastArchitecture ? first : "\(first) to sm_\(lastArchitecture)\(suffix)"
  }
}

// MARK: - Labels

extension Verifier {
  /// Looks whether labels are there, and there once.
  private mutating func verifyLabels() {
    var labels: Set<String> = []
    for block in function.blocks ?? [] {
      guard let label = block.label else { continue }
      if !labels.insert(label).inserted {
        report("the label '\(label)' is declared twice", block.instructions.first)
      }
    }
    let lists = Set(function.labelLists.map(\.label))
    for list in function.labelLists where list.directive == "branchtargets" {
      for target in list.targets where !labels.contains(target) {
        report("'\(list.label)' names the label '\(target)', which does not exist", nil)
      }
    }
    var unknown: [(String, Instruction)] = []
    function.forEachInstruction { instruction in
      for (index, operand) in instruction.operands.enumerated() {
        guard case .label(let name) = operand else { continue }
        let isKnown =
          switch (instruction.opcode, index) {
          case (.branch, _): labels.contains(name)
          case (.call, 1): symbols.functions[name] != nil
          default: lists.contains(name) || (instruction.opcode == .call && symbols.isKnown(name))
          }
        if !isKnown { unknown.append((name, instruction)) }
      }
    }
    for (name, instruction) in unknown {
      let what = instruction.opcode == .call ? "function or list" : "label"
      report("there is no \(what) '\(name)'", instruction)
    }
  }
}
