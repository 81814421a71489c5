// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

extension Module {
  /// Returns all errors and warnings about this module, each with its instruction.
  ///
  /// The findings are in the order of the text; those about a whole function come before those
  /// about its instructions. A module with only warnings can be assembled.
  public func diagnostics() -> [Diagnostic] {
    let symbols = SymbolTable(self)
    return functions.flatMap { function -> [Diagnostic] in
      var verifier = Verifier(self, function, symbols)
      verifier.verify()
      return verifier.diagnostics
    }
  }
}

/// Checks one function.
struct Verifier {
  /// The module.
  let module: Module

  /// The function.
  let function: Function

  /// The symbols by name.
  let symbols: SymbolTable

  /// The prepared instructions.
  let reading: FunctionReading

  /// The registers that only hold the address of a symbol.
  let addresses: KnownAddresses

  /// The findings so far.
  private(set) var diagnostics: [Diagnostic] = []

  /// Creates a verifier of a function of a module.
  init(_ module: Module, _ function: Function, _ symbols: SymbolTable) {
    self.module = module
    self.function = function
    self.symbols = symbols.entering(function)
    reading = FunctionReading(function)
    addresses = KnownAddresses(function, reading)
  }

  /// Runs all checks.
  mutating func verify() {
    verifyDirectives()
    guard let blocks = function.blocks else { return }
    verifyLabels()
    verifyTensorGroups()
    for (block, entries) in zip(blocks, reading.blocks) {
      let instructions = block.instructions.span
      for index in instructions.indices { verify(instructions[index], entries[index]) }
    }
    verifyAssignments()
  }

  /// Checks one instruction.
  private mutating func verify(_ instruction: Instruction, _ entry: FunctionReading.Entry) {
    guard let form = entry.form else {
      report(instruction.opcode.description.complaint(about: instruction), instruction)
      return
    }
    verifyAvailability(of: instruction, form)
    let countBefore = diagnostics.count
    verifyOperands(of: instruction, entry.shape, form)
    // The following checks rely on operands of the right kinds.
    guard diagnostics.count == countBefore else { return }
    guard instruction.opcode.family == .plain else { return verifyMember(instruction) }
    verifyWords(of: instruction, entry.shape)
    verifyImmediates(of: instruction)
    verifyVectors(of: instruction, entry.shape)
    verifyTensorMaps(of: instruction)
    verifyMemory(of: instruction, entry.shape)
  }

  /// Checks the rules of an instruction's family.
  private mutating func verifyMember(_ instruction: Instruction) {
    guard let member = TypedInstruction(reading: instruction)?.member else { return }
    for finding in member.findings { report(finding, instruction) }
    verifyTensorMaps(of: instruction)
    for alignment in member.alignments {
      verifyAlignment(of: alignment.address, alignment.byteCount, instruction)
    }
  }

  /// Adds an error about a rule that an instruction breaks.
  mutating func report(_ finding: InstructionFinding, _ instruction: Instruction) {
    report(finding.message(about: instruction.mnemonic), instruction)
  }

  /// Adds an error about an instruction.
  mutating func report(
    _ message: String, _ instruction: Instruction?, related: [Diagnostic.Note] = []
  ) {
    diagnostics.append(
      Diagnostic(message, at: instruction?.place, in: function.name, related: related))
  }

  /// Adds a warning about an instruction.
  mutating func warn(_ message: String, _ instruction: Instruction) {
    diagnostics.append(
      Diagnostic(message, severity: .warning, at: instruction.place, in: function.name))
  }
}

// MARK: - Target and version

extension Verifier {
  /// Checks that the module's version and target support an instruction.
  private mutating func verifyAvailability(
    of instruction: Instruction, _ form: InstructionShape.Form
  ) {
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

  /// Checks that all `tcgen05` instructions have the same `cta_group`.
  private mutating func verifyTensorGroups() {
    var first: (group: CTAGroup, instruction: Instruction)?
    var other: Instruction?
    for (block, entries) in zip(function.blocks ?? [], reading.blocks) {
      for (index, entry) in entries.enumerated() {
        guard entry.shape.opcode.family == .tensor, entry.form != nil else { continue }
        let instruction = block.instructions[index]
        guard let group = TensorInstruction(reading: instruction)?.group else { continue }
        if let first, first.group != group, other == nil { other = instruction }
        if first == nil { first = (group, instruction) }
      }
    }
    guard let first, let other else { return }
    report(
      "all tcgen05 instructions of a function must have the same cta_group", other,
      related: [
        Diagnostic.Note("the first has .\(first.group.word.rawValue)", at: first.instruction.place)
      ])
  }
}

extension Availability {
  /// The targets that meet the requirement, in words.
  fileprivate var targetNames: String {
    let suffix = isSpecific ? "a" : ""
    let first = "sm_\(architecture)\(suffix)"
    if lastArchitecture == .max { return isSpecific ? "\(first) or the like" : "\(first) or newer" }
    return architecture == lastArchitecture ? first : "\(first) to sm_\(lastArchitecture)\(suffix)"
  }
}

// MARK: - Labels

extension Verifier {
  /// Checks that labels exist and are unique.
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
    for (block, entries) in zip(function.blocks ?? [], reading.blocks) {
      for (position, entry) in entries.enumerated() {
        let operands = block.instructions[position].operands
        for index in operands.indices {
          guard case .label(let name) = operands[index] else { continue }
          let isKnown =
            switch (entry.shape.opcode, index) {
            case (.branch, _): labels.contains(name)
            case (.call, 1): symbols.functions[name] != nil
            default: lists.contains(name) || (entry.shape.opcode == .call && symbols.isKnown(name))
            }
          if !isKnown { unknown.append((name, block.instructions[position])) }
        }
      }
    }
    for (name, instruction) in unknown {
      let what = instruction.opcode == .call ? "function or list" : "label"
      report("there is no \(what) '\(name)'", instruction)
    }
  }
}
