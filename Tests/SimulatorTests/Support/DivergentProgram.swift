// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport

/// A random program whose lanes diverge: nested branches, loops, early exits, and instructions
/// with member masks.
///
/// It is a list of steps, which are printed as PTX; `DivergentInterpreter` runs the same steps.
struct DivergentProgram {
  /// An operation on two numbers.
  enum Arithmetic: String, CaseIterable {
    case add = "add.u32"
    case subtract = "sub.u32"
    case multiply = "mul.lo.u32"
    case and = "and.b32"
    case or = "or.b32"
    case exclusiveOr = "xor.b32"
    case minimum = "min.u32"
    case maximum = "max.u32"
  }

  /// A comparison of two numbers.
  enum Comparison: String, CaseIterable {
    case equal = "eq"
    case notEqual = "ne"
    case less = "lt"
    case notLess = "ge"
  }

  /// A second operand.
  enum Operand {
    case register(Int)
    case constant(UInt32)
  }

  /// The guard of a step: a predicate, and whether it must be false.
  struct Guard {
    /// The predicate.
    var predicate: Int
    /// Whether the step is done if the predicate is false, rather than true.
    var isNegated: Bool
  }

  /// An operation that lanes do together.
  enum Together {
    /// Each reads a lane whose number differs from its own in some bits.
    case butterfly(UInt32)
    /// All read one lane.
    case lane(UInt32)
    /// All learn the lanes in which the predicate is true.
    case ballot(Int)
    /// All learn the sum of the lanes' numbers.
    case sum
    /// They wait for each other.
    case barrier
  }

  /// One step.
  enum Step {
    case compute(Arithmetic, into: Int, Int, Operand)
    case compare(Comparison, into: Int, Int, Operand)
    case label(Int)
    case jump(to: Int, if: Guard?)
    case exit(if: Guard)
    case together(Together, into: Int, from: Int, members: Operand)
    case blockBarrier
  }

  /// The number of registers: those stored at the end, the lane, the mask of its tile, counters.
  static let registerCount = 16
  /// The number of registers that are stored at the end.
  static let storedCount = 6
  /// The register of the lane's number.
  static let lane = 6
  /// The register of the mask of the lane's tile, which is eight lanes.
  static let tile = 7

  /// The steps.
  private(set) var steps: [Step] = []
  /// The number of threads of the block.
  let threadCount: Int
  /// Whether lanes exit early; then none reads another's registers, as that lane may have exited.
  private let hasExits: Bool
  /// The generator of all random choices.
  private var generator: SplitMix64
  /// The number of labels so far.
  private var labelCount = 0

  /// Draws a program.
  init(seed: UInt64) {
    generator = SplitMix64(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 600)
    threadCount = [32, 64, 32, 40][Int(seed % 4)]
    hasExits = seed % 3 == 0
    for register in 0..<DivergentProgram.storedCount {
      steps.append(
        .compute(
          .multiply, into: register, DivergentProgram.lane, .constant(constant() % 97 &+ 1)))
      steps.append(.compute(.add, into: register, register, .constant(constant())))
    }
    // In a partial warp no mask may name the missing lanes.
    append(depth: 0, lanes: threadCount % 32 == 0 ? .max : nil)
  }

  // MARK: - Drawing

  /// Returns a number below a bound.
  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

  /// Returns a constant, often a small one.
  private mutating func constant() -> UInt32 {
    let bits = UInt32(truncatingIfNeeded: generator.next())
    return below(2) == 0 ? bits & 7 : bits
  }

  /// Returns a register that is stored at the end.
  private mutating func register() -> Int { below(DivergentProgram.storedCount) }

  /// Returns a second operand.
  private mutating func operand() -> Operand {
    below(2) == 0 ? .register(register()) : .constant(constant())
  }

  /// Returns a label that has no position yet.
  private mutating func label() -> Int {
    labelCount += 1
    return labelCount
  }

  /// Adds a comparison of numbers that differ between lanes, and returns a guard for later steps.
  private mutating func appendCondition(depth: Int) -> Guard {
    let comparison = Comparison.allCases[below(4)]
    let register = register()
    let counter = DivergentProgram.storedCount + 8
    steps.append(.compute(.and, into: counter, register, .constant(UInt32(1 + below(7)))))
    steps.append(.compare(comparison, into: depth, counter, .constant(UInt32(below(5)))))
    return Guard(predicate: depth, isNegated: below(2) == 0)
  }

  /// Adds some statements.
  ///
  /// - Parameters:
  ///   - depth: The depth of nesting.
  ///   - lanes: The lanes that arrive here together, unless they have exited; nil if they differ
  ///     from run to run.
  private mutating func append(depth: Int, lanes: UInt32?) {
    for _ in 0..<(depth == 0 ? 3 + below(6) : 1 + below(3)) {
      switch below(12) {
      case 0..<3: appendArithmetic()
      case 3..<5 where depth < 4: appendBranch(depth: depth)
      case 5 where depth < 4: appendBranchByLane(depth: depth, lanes: lanes)
      case 6 where depth < 3: appendLoop(depth: depth, lanes: lanes)
      case 7 where depth > 0 && hasExits:
        let condition = appendCondition(depth: depth)
        if below(2) == 0 { steps.append(.exit(if: condition)) }
      case 8..<12: appendTogether(lanes: lanes, depth: depth)
      default: appendArithmetic()
      }
    }
  }

  /// Adds arithmetic.
  private mutating func appendArithmetic() {
    steps.append(
      .compute(
        Arithmetic.allCases[below(Arithmetic.allCases.count)], into: register(), register(),
        operand()))
  }

  /// Adds a branch on numbers, with or without another side.
  private mutating func appendBranch(depth: Int) {
    appendSides(appendCondition(depth: depth), depth: depth, taken: nil, other: nil)
  }

  /// Adds a branch on the lane's number, for which the lanes that take it are known.
  private mutating func appendBranchByLane(depth: Int, lanes: UInt32?) {
    let bound = UInt32(1 + below(31))
    steps.append(.compare(.less, into: depth, DivergentProgram.lane, .constant(bound)))
    let isNegated = below(2) == 0
    let lower = UInt32(1) << bound &- 1
    let taken = isNegated ? ~lower : lower
    appendSides(
      Guard(predicate: depth, isNegated: isNegated), depth: depth, taken: lanes.map { $0 & taken },
      other: lanes.map { $0 & ~taken })
  }

  /// Adds the sides of a branch, beginning with the lanes that do not take it.
  private mutating func appendSides(_ guarded: Guard, depth: Int, taken: UInt32?, other: UInt32?) {
    let (target, end) = (label(), label())
    steps.append(.jump(to: target, if: guarded))
    append(depth: depth + 1, lanes: other)
    let hasBothSides = below(2) == 0
    if hasBothSides { steps.append(.jump(to: end, if: nil)) }
    steps.append(.label(target))
    if hasBothSides { append(depth: depth + 1, lanes: taken) }
    steps.append(.label(end))
  }

  /// Adds a loop, whose count is the same for all lanes or not, and which some lanes leave early.
  private mutating func appendLoop(depth: Int, lanes: UInt32?) {
    let counter = DivergentProgram.tile + 1 + depth
    let limit = counter + 3
    let isEqual = below(2) == 0
    if isEqual {
      steps.append(.compute(.and, into: limit, counter, .constant(0)))
      steps.append(.compute(.add, into: limit, limit, .constant(UInt32(1 + below(3)))))
    } else {
      steps.append(.compute(.and, into: limit, register(), .constant(3)))
    }
    steps.append(.compute(.and, into: counter, counter, .constant(0)))
    let (start, end) = (label(), label())
    let isLeftEarly = below(2) == 0
    steps.append(.label(start))
    steps.append(.compare(.notLess, into: depth, counter, .register(limit)))
    steps.append(.jump(to: end, if: Guard(predicate: depth, isNegated: false)))
    append(depth: depth + 1, lanes: isEqual && !isLeftEarly ? lanes : nil)
    if isLeftEarly { steps.append(.jump(to: end, if: appendCondition(depth: depth))) }
    steps.append(.compute(.add, into: counter, counter, .constant(1)))
    steps.append(.jump(to: start, if: nil))
    steps.append(.label(end))
  }

  /// Adds an operation that lanes do together, if the lanes that arrive are known.
  private mutating func appendTogether(lanes: UInt32?, depth: Int) {
    guard let lanes, lanes != 0 else { return appendArithmetic() }
    if lanes == .max, below(6) == 0 { return steps.append(.blockBarrier) }
    if lanes == .max, below(6) == 0 { return appendMeetingApart(depth: depth) }
    let isByTile = lanes == .max && below(2) == 0
    let members = isByTile ? Operand.register(DivergentProgram.tile) : .constant(lanes)
    var choices: [Together] = [.sum, .barrier]
    if !hasExits {
      let present = (0..<32).filter { lanes >> UInt32($0) & 1 == 1 }
      let source = UInt32(present[below(present.count)])
      choices += [isByTile ? .butterfly(source % 8) : .lane(source)]
      if lanes == .max { choices.append(.butterfly(source % (isByTile ? 8 : 32))) }
    }
    let condition = appendCondition(depth: 7)
    choices.append(.ballot(condition.predicate))
    steps.append(
      .together(choices[below(choices.count)], into: register(), from: register(), members: members)
    )
  }

  /// Adds a branch whose sides wait for each other at different instructions of one kind.
  private mutating func appendMeetingApart(depth: Int) {
    let (target, end) = (label(), label())
    let voted = appendCondition(depth: 7)
    let condition = appendCondition(depth: depth)
    var choices: [() -> Together] = [{ .barrier }, { .sum }, { .ballot(voted.predicate) }]
    let bits = [UInt32(below(32)), UInt32(below(32))]
    var side = 0
    if !hasExits {
      choices += [{ .butterfly(bits[side]) }, { .lane(bits[side]) }, { .lane(bits[side]) }]
    }
    let choice = choices[below(choices.count)]
    steps.append(.jump(to: target, if: condition))
    appendArithmetic()
    steps.append(
      .together(choice(), into: register(), from: register(), members: .constant(.max)))
    steps.append(.jump(to: end, if: nil))
    steps.append(.label(target))
    side = 1
    steps.append(
      .together(choice(), into: register(), from: register(), members: .constant(.max)))
    appendArithmetic()
    steps.append(.label(end))
  }
}

extension DivergentProgram {
  /// The program in PTX; threads that reach the end store their registers.
  var program: SmallProgram {
    let stores = (0..<DivergentProgram.storedCount).map {
      "st.global.u32 [%mine+\($0 * threadCount * 4)], %x\($0);"
    }
    let start = """
      mov.u32 %x\(DivergentProgram.lane), %lane;
      and.b32 %r0, %lane, 24;
      shl.b32 %x\(DivergentProgram.tile), 0xff, %r0;
      """
    let counters = (DivergentProgram.tile + 1..<DivergentProgram.registerCount).map {
      "mov.u32 %x\($0), 0;"
    }
    return SmallProgram(
      body: ([start] + counters + steps.map { text(of: $0) } + stores).joined(separator: "\n"),
      declarations: ".reg .b32 %x<\(DivergentProgram.registerCount)>; .reg .pred %q<8>;",
      block: .init(threadCount), wordCount: threadCount * DivergentProgram.storedCount)
  }

  /// Returns a step in PTX.
  private func text(of step: Step) -> String {
    switch step {
    case .compute(let operation, let result, let first, let second):
      "\(operation.rawValue) %x\(result), %x\(first), \(text(of: second));"
    case .compare(let comparison, let result, let first, let second):
      "setp.\(comparison.rawValue).u32 %q\(result), %x\(first), \(text(of: second));"
    case .label(let label): "L\(label):"
    case .jump(let label, let condition): "\(text(of: condition))bra L\(label);"
    case .exit(let condition): "\(text(of: condition))exit;"
    case .together(let kind, let result, let source, let members):
      text(of: kind, result, source, text(of: members))
    case .blockBarrier: "bar.sync 0;"
    }
  }

  /// Returns an operation that lanes do together in PTX.
  private func text(of kind: Together, _ result: Int, _ source: Int, _ members: String) -> String {
    switch kind {
    case .butterfly(let bits):
      "shfl.sync.bfly.b32 %x\(result), %x\(source), \(bits), 0x1f, \(members);"
    case .lane(let lane): "shfl.sync.idx.b32 %x\(result), %x\(source), \(lane), 0x1f, \(members);"
    case .ballot(let predicate): "vote.sync.ballot.b32 %x\(result), %q\(predicate), \(members);"
    case .sum: "redux.sync.add.u32 %x\(result), %x\(source), \(members);"
    case .barrier: "bar.warp.sync \(members);"
    }
  }

  /// Returns an operand in PTX.
  private func text(of operand: Operand) -> String {
    switch operand {
    case .register(let register): "%x\(register)"
    case .constant(let value): "\(value)"
    }
  }

  /// Returns a guard in PTX.
  private func text(of condition: Guard?) -> String {
    condition.map { "@\($0.isNegated ? "!" : "")%q\($0.predicate) " } ?? ""
  }
}
