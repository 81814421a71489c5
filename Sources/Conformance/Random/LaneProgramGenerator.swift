// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Generates programs of arithmetic, control flow, warps and memory.
///
/// A program loads all its registers from the input, executes its statements, and stores memory and
/// registers to the output. Some results are stored immediately.
struct LaneProgramGenerator {
  /// The known facts about the lanes that reach a statement.
  struct Place {
    /// The lanes of each warp that reach it, if the text determines them.
    var members: UInt32? = .max
    /// Whether every thread of the block reaches it.
    var isWholeBlock = true
    /// The number of enclosing statements.
    var depth = 0
    /// The number of enclosing loops.
    var loopDepth = 0
    /// The target of a jump out of the loop, if lanes may leave it independently.
    var loopEnd: String?
    /// Whether threads may exit here.
    var mayExit = false
  }

  /// The number of threads of a block.
  static let threadCount = 64

  /// The program's name.
  let name: RandomProgramName

  /// The source of all random choices.
  var random: SeededGenerator

  /// The registers.
  var pool = RegisterPool()

  /// The input.
  var input = InputLayout(threadCount: Self.threadCount)

  /// The output.
  var output = OutputLayout(threadCount: Self.threadCount)

  /// The labels so far.
  private var labelCount = 0

  /// The number of statements that may still be added.
  private var budget = 0

  /// Creates a generator for the program with a name.
  init(_ name: RandomProgramName) {
    self.name = name
    random = name.generator
  }

  /// Generates the program.
  mutating func program() -> RandomProgram {
    let initial = initialLoads()
    budget = random.integer(in: 8...24)
    let body = statements(in: Place())
    budget = random.integer(in: 0...5)
    var tail = Place()
    tail.members = nil
    tail.isWholeBlock = false
    tail.mayExit = true
    let ending = statements(in: tail)
    let dumps = memoryDump()
    let registers = registerDump()
    var program = RandomProgram(
      name: name,
      launch: LaunchConfiguration(grid: 1, block: Dimensions(Self.threadCount)))
    let shared = output.wordCount * Self.threadCount * 4
    program.declarations = declarations
    program.prologue = addresses(globalSlots: shared) + initial
    program.statements = body
    // Statements after the memory dump only concern single lanes.
    program.statements.append(Statement(.exchange, dumps))
    program.statements += ending
    program.epilogue = registers
    program.input = input.words(using: &random)
    // The threads' own 16 bytes and the shared words follow the results.
    let first = output.wordCount * Self.threadCount
    program.outputCount = first + Self.threadCount * 4 + 16
    program.fields = output.fields
    program.fields.append(
      RandomProgram.Field(
        name: "the threads' own global memory", words: first..<first + Self.threadCount * 4,
        wordsPerResult: 4))
    program.fields.append(
      RandomProgram.Field(
        name: "global words that all threads share",
        words: first + Self.threadCount * 4..<program.outputCount))
    return program
  }

  /// Returns a new label.
  mutating func label() -> String {
    labelCount += 1
    return "L\(labelCount)"
  }

  /// Generates statements for a place within the budget, up to a small number.
  mutating func statements(in place: Place) -> [Statement] {
    let limit = place.depth == 0 ? Int.max : random.integer(in: 1...5)
    var list: [Statement] = []
    while budget > 0, list.count < limit {
      budget -= 1
      list.append(statement(in: place))
    }
    return list
  }

  /// Generates a statement for a place.
  private mutating func statement(in place: Place) -> Statement {
    var choices: [(Int, RandomFeature)] = [
      (10, .integer), (10, .bits), (3, .carry), (9, .comparison), (10, .float), (6, .double),
      (9, .halves), (11, .conversion), (4, .move), (4, .approximate), (8, .access), (5, .atomic),
    ]
    if !place.mayExit { choices.append((3, .contention)) }
    if place.depth < 3 { choices += [(7, .branch), (2, .table)] }
    if place.loopDepth < 2 { choices.append((4, .loop)) }
    if place.loopEnd != nil { choices.append((6, .leave)) }
    if place.mayExit { choices.append((8, .exit)) }
    if place.members != nil {
      choices += [(5, .shuffle), (3, .vote), (2, .match), (3, .reduction), (1, .elect)]
    }
    if place.members == .max { choices += [(4, .banks), (4, .matrixAccess)] }
    if place.isWholeBlock { choices += [(3, .exchange), (1, .blockReduction)] }
    let feature = random.pick(weighted: choices)
    switch feature {
    case .branch: return branch(in: place)
    case .table: return table(in: place)
    case .loop: return loop(in: place)
    case .leave:
      let (text, predicate) = decision(7)
      return Statement(.leave, text + "@\(predicate) bra \(place.loopEnd ?? "");\n")
    case .exit:
      let (text, predicate) = decision(7)
      return Statement(.exit, text + "@\(predicate) \(random.pick(["exit", "ret"]));\n")
    case .contention: return contention(in: place)
    case .shuffle: return shuffle(place.members ?? 0)
    case .vote: return vote(place.members ?? 0)
    case .match: return match(place.members ?? 0)
    case .reduction: return reduction(place.members ?? 0)
    case .elect: return elect(place.members ?? 0)
    case .banks: return banks()
    case .matrixAccess: return matrixAccess()
    case .exchange: return exchange()
    case .blockReduction: return blockReduction()
    default: return instruction(feature, isInLoop: place.loopDepth > 0)
    }
  }
}

// Statements of single lanes.
extension LaneProgramGenerator {
  /// Generates a statement of instructions of a feature.
  private mutating func instruction(_ feature: RandomFeature, isInLoop: Bool) -> Statement {
    guard let templates = RandomInstructions.templates[feature] else {
      fatalError("There are no instructions of the feature \(feature.rawValue).")
    }
    var template = random.pick(templates)
    while isInLoop, !GenerationRules.staysInLoops(template.opening) {
      template = random.pick(templates)
    }
    var loads = ""
    var sources: [String] = []
    let isImmediate = random.isIn(percent: 15) && allowsImmediate(template, feature)
    for (index, slot) in template.sources.enumerated() {
      if isImmediate, index > 0, index == template.sources.count - 1,
        let literal = immediate(of: slot.type, template.opening)
      {
        sources.append(literal)
      } else if GenerationRules.wantsLoadedSource(index, template.opening) {
        sources.append(loaded(slot, index, &loads))
      } else {
        sources.append(source(slot, index, template.opening, &loads))
      }
      let isTwice = sources.dropLast().contains(sources[index])
      if isTwice, GenerationRules.wantsDifferentSources(template.opening) {
        sources[index] = hidden(sources[index], width: slot.width, index, &loads)
      }
    }
    if feature == .approximate { return approximate(template, sources, loads) }
    var results: [String] = []
    for slot in template.results {
      results.append(
        pool.result(slot.type, width: slot.width, besides: results, using: &random))
    }
    var text = loads
    if template.isSingle, random.isIn(percent: 12), GenerationRules.takesGuard(template.opening) {
      text += "@\(condition()) "
    }
    text += template.text(results + sources) + "\n"
    for (slot, result) in zip(template.results, results) {
      text += GenerationRules.settlingNaN(template.opening, slot.type, result)
      if GenerationRules.hidesResult(template.opening) {
        text += "xor.b32 \(result), \(result), %zero;\n"
      }
    }
    for (slot, result) in zip(template.results, results) where random.isIn(percent: 30) {
      text += trace(result, width: slot.width, of: template.text(results + sources))
    }
    return Statement(feature, text)
  }

  /// Returns whether an operand may be a literal.
  private func allowsImmediate(_ template: InstructionTemplate, _ feature: RandomFeature) -> Bool {
    let features: [RandomFeature] = [.integer, .bits, .comparison, .float, .double]
    return template.isSingle && features.contains(feature)
  }

  /// Returns a literal of a type, if the type has literals.
  private mutating func immediate(of type: String, _ listing: String) -> String? {
    guard ["u32", "s32", "b32", "u64", "s64", "b64", "f32", "f64", "count"].contains(type) else {
      return nil
    }
    let value = GenerationRules.literal(
      LaneOperand.value(of: type, using: &random), of: listing)
    let low = UInt32(truncatingIfNeeded: value)
    switch type {
    case "f32": return "0f" + hexadecimal(UInt64(low), digits: 8)
    case "f64": return "0d" + hexadecimal(value, digits: 16)
    case "s32": return "\(Int32(bitPattern: low))"
    case "u32", "b32", "count": return "0x" + hexadecimal(UInt64(low), digits: 8)
    default: return "0x" + hexadecimal(value, digits: 16)
    }
  }

  /// Returns the operand for a source: a register, or a value that is loaded for it.
  private mutating func source(
    _ slot: LaneCase.Slot, _ index: Int, _ listing: String, _ before: inout String
  ) -> String {
    let isFresh =
      slot.width > 1
      && (slot.type == "angle" || slot.type == "count" || slot.type == "lane"
        || random.isIn(percent: 30))
    if isFresh { return loaded(slot, index, &before) }
    let name = pool.source(slot.type, width: slot.width, using: &random)
    let isHidden =
      slot.width > 1
      && GenerationRules.wantsHiddenSource(listing, held: pool.type(of: name), as: slot.type)
    return isHidden ? hidden(name, width: slot.width, index, &before) : name
  }

  /// Returns a register with the value of another, about which `ptxas` knows nothing.
  mutating func hidden(
    _ register: String, width: Int, _ index: Int, _ before: inout String
  ) -> String {
    let (name, zero) =
      width == 16
      ? ("%fh\(index)", "%zerohalf")
      : width == 32 ? ("%fr\(index)", "%zero") : ("%fd\(index)", "%zerolong")
    before += "xor.b\(width) \(name), \(register), \(zero);\n"
    return name
  }

  /// Returns the register of a value that is loaded for a source.
  private mutating func loaded(
    _ slot: LaneCase.Slot, _ index: Int, _ loads: inout String
  ) -> String {
    let name = ([16: "%fh", 32: "%fr"][slot.width] ?? "%fd") + "\(index)"
    loads +=
      "ld.global.b\(slot.width) \(name), \(input.add(slot.type, isWide: slot.width == 64));\n"
    return name
  }

  /// Returns a statement whose result is stored immediately with its operands, because it only has
  /// an error bound.
  private mutating func approximate(
    _ template: InstructionTemplate, _ sources: [String], _ loads: String
  ) -> Statement {
    let width = template.results[0].width
    let result = ([16: "%th", 32: "%tr"][width] ?? "%td") + "0"
    let listing = template.text([result] + sources)
    var text = loads
    var operands: [Range<Int>] = []
    for (slot, source) in zip(template.sources, sources) {
      let place = output.add("the operand of " + listing, words: slot.width == 64 ? 2 : 1)
      text += "st.global.b\(slot.width) \(place), \(source);\n"
      operands.append(output.latest)
    }
    let place = output.add(
      listing, words: width == 64 ? 2 : 1, template.agreement, of: operands)
    text += listing + "\nst.global.b\(width) \(place), \(result);\n"
    return Statement(.approximate, text)
  }

  /// Returns the instructions that store a register's value to its own location.
  mutating func trace(_ register: String, width: Int, of listing: String) -> String {
    pool.use(register)
    let place = output.add(listing, words: width == 64 ? 2 : 1)
    if width > 1 { return "st.global.b\(width) \(place), \(register);\n" }
    return "selp.b32 %tr0, 1, 0, \(register);\nst.global.b32 \(place), %tr0;\n"
  }

  /// Returns a predicate that differs between lanes, possibly negated.
  mutating func condition() -> String {
    (random.isOnce(in: 2) ? "!" : "") + pool.source("pred", width: 1, using: &random)
  }

  /// Returns a predicate for a branch that nothing else writes, and the instructions that compute
  /// it from a value of each lane.
  mutating func decision(_ number: Int) -> (text: String, predicate: String) {
    let predicate = "%bp\(number)"
    let first = pool.source("s32", width: 32, using: &random)
    if random.isOnce(in: 2) {
      let bit = UInt32(1) << UInt32(random.integer(in: 0...31))
      let text = "and.b32 %tr0, \(first), \(bit);\nsetp.ne.u32 \(predicate), %tr0, 0;\n"
      return (text, predicate)
    }
    let second = pool.source("s32", width: 32, using: &random)
    let words = random.pick(["lt.s32", "gt.u32", "ne.s32", "ge.s32", "lt.f32", "leu.f32"])
    guard words.hasSuffix("f32") else {
      return ("setp.\(words) \(predicate), \(first), \(second);\n", predicate)
    }
    var text = ""
    let floats = [
      hidden(first, width: 32, 0, &text), hidden(second, width: 32, 1, &text),
    ]
    text += "setp.\(words) \(predicate), \(floats[0]), \(floats[1]);\n"
    return (text, predicate)
  }

  /// Generates an atomic of all threads on a shared word: the cell of its operation.
  private mutating func contention(in place: Place) -> Statement {
    let cells = [
      ("add.u32", "b32", 0), ("max.s32", "b32", 4), ("min.u32", "b32", 8), ("xor.b32", "b32", 12),
      ("or.b32", "b32", 16), ("and.b32", "b32", 20), ("inc.u32", "", 24), ("add.u64", "b64", 32),
      ("max.u64", "b64", 40), ("min.s64", "b64", 48), ("xor.b64", "b64", 56),
    ]
    let (operation, type, offset) = random.pick(cells)
    let value =
      type.isEmpty
      ? "1000" : pool.source("any", width: type == "b64" ? 64 : 32, using: &random)
    let isShared = random.isOnce(in: 2) && (type != "b64" || place.loopDepth == 0)
    let (space, base) = isShared ? (".shared", "%common") : (".global", "%gcommon")
    return Statement(.contention, "red\(space).\(operation) [\(base)+\(offset)], \(value);\n")
  }
}

/// Returns a number in hexadecimal with leading zeros.
func hexadecimal(_ value: UInt64, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
