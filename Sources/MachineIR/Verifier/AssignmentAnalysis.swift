// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The registers that are known to be assigned at a point of a function.
private struct AssignmentState: Equatable {
  /// A register that is assigned if a predicate has a value.
  struct Fact: Hashable {
    /// The predicate.
    var predicate: RegisterID

    /// The value of the predicate.
    var value: Bool

    /// The register that is assigned in that case.
    var register: RegisterID
  }

  /// The registers that are assigned on every path.
  var assigned: RegisterSet

  /// The registers that are assigned under a predicate.
  var facts: Set<Fact> = []

  /// The predicates whose value is known after a branch on them.
  var known: [RegisterID: Bool] = [:]

  /// Returns whether a register is assigned whenever an instruction with the given guard executes.
  func isAssigned(_ register: RegisterID, under condition: Instruction.Guard?) -> Bool {
    if assigned.contains(register) { return true }
    guard let condition else { return false }
    return facts.contains(
      Fact(
        predicate: condition.register, value: !condition.isNegated, register: register))
  }

  /// Records that an instruction with the given guard assigns a register.
  ///
  /// If the register is a predicate, the facts about its old value are removed first.
  mutating func assign(_ register: RegisterID, under condition: Instruction.Guard?) {
    guard let condition else {
      assigned.insert(register)
      return
    }
    let value = !condition.isNegated
    if known[condition.register] == value { return assigned.insert(register) }
    let opposite = Fact(predicate: condition.register, value: !value, register: register)
    if facts.contains(opposite) {
      assigned.insert(register)
    } else {
      facts.insert(Fact(predicate: condition.register, value: value, register: register))
    }
  }

  /// Removes the facts about the old value of a predicate.
  mutating func forget(_ predicate: RegisterID) {
    if !known.isEmpty { known[predicate] = nil }
    if !facts.isEmpty { facts = facts.filter { $0.predicate != predicate } }
  }

  /// Records that a predicate has a value.
  mutating func learn(_ predicate: RegisterID, is value: Bool) {
    known[predicate] = value
    for fact in facts where fact.predicate == predicate && fact.value == value {
      assigned.insert(fact.register)
    }
  }

  /// Returns whether a fact holds here.
  private func holds(_ fact: Fact) -> Bool {
    facts.contains(fact) || assigned.contains(fact.register)
      || known[fact.predicate] == !fact.value
  }

  /// Returns the facts that hold in both states.
  ///
  /// If a predicate distinguishes the two, a register that is assigned in only one of them is
  /// assigned under that value of the predicate. Only live registers are considered.
  func meet(_ other: AssignmentState, live: RegisterSet) -> AssignmentState {
    var result = AssignmentState(assigned: assigned)
    result.assigned.formIntersection(other.assigned)
    if !known.isEmpty { result.known = known.filter { other.known[$0.key] == $0.value } }
    if !facts.isEmpty || !other.facts.isEmpty {
      result.facts = facts.union(other.facts).filter { holds($0) && other.holds($0) }
    }
    for (predicate, value) in known where other.known[predicate] == !value {
      /// Adds the registers that only one side has assigned.
      func add(_ side: RegisterSet, without rest: RegisterSet, _ value: Bool) {
        var difference = side
        difference.subtract(rest)
        difference.formIntersection(live)
        difference.forEach {
          result.facts.insert(Fact(predicate: predicate, value: value, register: $0))
        }
      }
      add(assigned, without: other.assigned, value)
      add(other.assigned, without: assigned, !value)
    }
    return result
  }
}

/// Finds reads of registers that are not assigned on every path.
///
/// A guarded write counts for reads under the same guard, and after a branch on it.
struct AssignmentAnalysis {
  /// A read of a register that may not be assigned.
  struct Finding {
    /// The register.
    var register: RegisterID

    /// The instruction that reads it.
    var reader: Instruction
  }

  /// The function.
  private let function: Function

  /// Its blocks.
  private let blocks: [Block]

  /// Its prepared instructions.
  private let reading: FunctionReading

  /// The control flow between the blocks.
  private let graph: ControlFlowGraph

  /// The registers that are read later.
  private let liveness: Liveness

  /// The registers that guard instructions; other predicates are not tracked.
  private let guards: RegisterSet

  /// Creates an analysis of a function whose branches have targets.
  init(_ function: Function, _ reading: FunctionReading, _ graph: ControlFlowGraph) {
    self.function = function
    self.reading = reading
    self.graph = graph
    blocks = function.blocks ?? []
    liveness = Liveness(reading, graph: graph)
    var guards = RegisterSet(count: reading.registerCount)
    for block in reading.blocks {
      for instruction in block {
        if let condition = instruction.condition { guards.insert(condition.register) }
      }
    }
    self.guards = guards
  }

  /// Returns the first such read of each register, in the order of the text.
  func findings() -> [Finding] {
    let entries = statesAtEntry()
    var findings: [Finding] = []
    var seen = RegisterSet(count: function.registers.count)
    for (index, block) in blocks.enumerated() {
      guard var state = entries[index] else { continue }
      for (position, entry) in reading.blocks[index].enumerated() {
        reading.forEachUse(of: entry) { use in
          let register = use.register
          guard use.kind != .write, !state.isAssigned(register, under: entry.condition),
            !seen.contains(register)
          else { return }
          let instruction = block.instructions[position]
          guard use.kind == .read || !instruction.mayReplaceAccumulator else { return }
          seen.insert(register)
          findings.append(Finding(register: register, reader: instruction))
        }
        run(entry, &state)
      }
    }
    return findings
  }

  /// Returns the state at the start of each block; `nil` for unreachable blocks.
  private func statesAtEntry() -> [AssignmentState?] {
    var states = [AssignmentState?](repeating: nil, count: blocks.count)
    guard !blocks.isEmpty else { return states }
    states[0] = initialState
    // A block whose state has not changed since its last run would give the same result.
    var isStale = [Bool](repeating: true, count: blocks.count)
    var isChanging = true
    while isChanging {
      isChanging = false
      for index in graph.order where isStale[index] {
        guard var state = states[index] else { continue }
        isStale[index] = false
        for entry in reading.blocks[index] { run(entry, &state) }
        for next in graph.successors[index] {
          let arriving = AssignmentAnalysis.along(index, to: next, blocks, state)
          let merged = states[next]?.meet(arriving, live: liveness.atEntry[next]) ?? arriving
          if states[next] != merged {
            states[next] = merged
            isStale[next] = true
            isChanging = true
          }
        }
      }
    }
    return states
  }

  /// The state at the start of the function, in which its parameters are assigned.
  private var initialState: AssignmentState {
    var assigned = RegisterSet(count: function.registers.count)
    let names = Set(function.parameters.filter(\.isRegister).map(\.name))
    if !names.isEmpty {
      for (index, register) in function.registers.enumerated() where names.contains(register.name) {
        assigned.insert(RegisterID(index))
      }
    }
    return AssignmentState(assigned: assigned)
  }

  /// Records the registers that an instruction assigns.
  private func run(_ entry: FunctionReading.Entry, _ state: inout AssignmentState) {
    reading.forEachUse(of: entry) { use in
      guard use.kind != .read else { return }
      if guards.contains(use.register) { state.forget(use.register) }
      state.assign(use.register, under: entry.condition)
    }
  }

  /// Returns the state after a block on the way to a successor; a guarded branch determines its
  /// predicate.
  private static func along(
    _ index: Int, to next: Int, _ blocks: [Block], _ state: AssignmentState
  ) -> AssignmentState {
    guard let last = blocks[index].instructions.last, last.isTerminator,
      let condition = last.condition
    else { return state }
    let isTarget = last.branchTarget != nil && last.branchTarget == blocks[next].label
    let isFallThrough = next == index + 1
    guard isTarget != isFallThrough, last.branchTarget != nil || isFallThrough else { return state }
    var state = state
    state.learn(condition.register, is: isTarget != condition.isNegated)
    return state
  }
}

extension Instruction {
  /// Whether the instruction may replace the registers that it updates, so that they need not be
  /// assigned; one without a form may.
  fileprivate var mayReplaceAccumulator: Bool {
    TypedInstruction(self)?.member.traits.contains(.mayReplaceAccumulator) ?? true
  }
}

// MARK: - Reporting

extension Verifier {
  /// Checks that registers are assigned before they are read.
  mutating func verifyAssignments() {
    guard let graph = try? ControlFlowGraph(function) else { return }
    for finding in AssignmentAnalysis(function, reading, graph).findings() {
      let name = function.name(of: finding.register)
      var notes: [Diagnostic.Note] = []
      function.forEachInstruction { instruction in
        guard instruction != finding.reader else { return }
        instruction.forEachRegister { register, use in
          guard register == finding.register, use != .read, notes.count < 3 else { return }
          let condition = instruction.condition == nil ? "" : ", but under a guard"
          notes.append(
            Diagnostic.Note("\(name) is assigned here\(condition)", at: instruction.place))
        }
      }
      let message =
        notes.isEmpty
        ? "'\(finding.reader.mnemonic)' reads \(name), which is never assigned"
        : "'\(finding.reader.mnemonic)' reads \(name), which is not assigned on every path"
      report(message, finding.reader, related: notes)
    }
  }
}
