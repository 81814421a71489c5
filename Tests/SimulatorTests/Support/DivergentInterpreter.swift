// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Runs a divergent program one lane at a time, until the lane must wait for others of its warp.
///
/// It is independent of the simulator, and has no groups of lanes or points of reconvergence.
struct DivergentInterpreter {
  /// One thread.
  private struct Lane {
    /// The numbers.
    var registers = [UInt32](repeating: 0, count: DivergentProgram.registerCount)
    /// The predicates.
    var predicates = [Bool](repeating: false, count: 8)
    /// The next step.
    var place = 0
    /// Whether it has exited, early or at the end.
    var hasExited = false
    /// Whether it has reached the end.
    var isAtEnd = false
    /// The operation that it waits to do with other lanes: the step, or -1 for any barrier.
    var wait: Meeting?
  }

  /// An operation that several lanes of a warp do together, at one step or at several.
  private struct Meeting: Hashable {
    /// The instruction and its qualifiers.
    enum Kind {
      case butterfly, lane, ballot, sum, barrier

      /// The kind of an operation, without its operands.
      init(_ operation: DivergentProgram.Together) {
        switch operation {
        case .butterfly: self = .butterfly
        case .lane: self = .lane
        case .ballot: self = .ballot
        case .sum: self = .sum
        case .barrier: self = .barrier
        }
      }
    }

    /// The kind.
    var kind: Kind
    /// The lanes that must take part.
    var members: UInt32
  }

  /// The error for a program whose lanes wait for others that never arrive.
  struct Stuck: Error {}

  /// The program.
  private let program: DivergentProgram
  /// The index of each label.
  private let labels: [Int: Int]

  /// Prepares a program.
  init(_ program: DivergentProgram) {
    self.program = program
    var labels: [Int: Int] = [:]
    for (place, step) in program.steps.enumerated() {
      if case .label(let label) = step { labels[label] = place }
    }
    self.labels = labels
  }

  /// Returns the words that the program leaves in a buffer of all bits set.
  func run() throws -> [UInt32] {
    let count = program.threadCount
    var words = [UInt32](repeating: .max, count: count * DivergentProgram.storedCount)
    for first in stride(from: 0, to: count, by: 32) {
      let lanes = try runWarp(laneCount: min(32, count - first))
      for (index, lane) in lanes.enumerated() where lane.isAtEnd {
        for register in 0..<DivergentProgram.storedCount {
          words[register * count + first + index] = lane.registers[register]
        }
      }
    }
    return words
  }

  /// Runs the lanes of a warp to their ends.
  private func runWarp(laneCount: Int) throws -> [Lane] {
    var lanes = (0..<laneCount).map { number in
      var lane = Lane()
      lane.registers[DivergentProgram.lane] = UInt32(number)
      lane.registers[DivergentProgram.tile] = 0xFF << UInt32(number / 8 * 8)
      return lane
    }
    while true {
      for index in lanes.indices where lanes[index].wait == nil && !lanes[index].hasExited {
        run(&lanes[index])
      }
      let meetings = Set(lanes.compactMap(\.wait))
      if meetings.isEmpty { return lanes }
      var hasMet = false
      for meeting in meetings {
        let needed = lanes.indices.filter {
          meeting.members >> UInt32($0) & 1 == 1 && !lanes[$0].hasExited
        }
        guard needed.allSatisfy({ lanes[$0].wait == meeting }) else { continue }
        meet(&lanes, needed)
        hasMet = true
      }
      guard hasMet else { throw Stuck() }
    }
  }

  /// Runs a lane until it must wait or exits.
  private func run(_ lane: inout Lane) {
    while lane.place < program.steps.count {
      switch program.steps[lane.place] {
      case .compute(let operation, let result, let first, let second):
        lane.registers[result] = compute(
          operation, lane.registers[first], value(of: second, in: lane))
      case .compare(let comparison, let result, let first, let second):
        lane.predicates[result] = compare(
          comparison, lane.registers[first], value(of: second, in: lane))
      case .label, .blockBarrier: break
      case .jump(let label, let condition):
        if holds(condition, in: lane) { lane.place = labels[label] ?? program.steps.count }
      case .exit(let condition):
        if holds(condition, in: lane) {
          lane.hasExited = true
          return
        }
      case .together(let kind, _, _, let members):
        lane.wait = Meeting(kind: .init(kind), members: value(of: members, in: lane))
        return
      }
      lane.place += 1
    }
    lane.isAtEnd = true
    lane.hasExited = true
  }

  /// Performs the operation for which lanes have met, and advances each past its step.
  ///
  /// Each lane gives the operand of its own step.
  private func meet(_ lanes: inout [Lane], _ members: [Int]) {
    let before = lanes
    /// Returns the value that a lane gives.
    func given(_ lane: Int) -> UInt32 {
      guard case .together(let kind, _, let source, _) = program.steps[before[lane].place] else {
        return before[lane].registers[0]
      }
      if case .ballot(let predicate) = kind { return before[lane].predicates[predicate] ? 1 : 0 }
      return before[lane].registers[source]
    }
    for index in members {
      if case .together(let kind, let result, _, _) = program.steps[lanes[index].place] {
        switch kind {
        case .butterfly(let bits): lanes[index].registers[result] = given(index ^ Int(bits))
        case .lane(let lane): lanes[index].registers[result] = given(Int(lane))
        case .ballot:
          lanes[index].registers[result] = members.reduce(0) { $0 | given($1) << UInt32($1) }
        case .sum: lanes[index].registers[result] = members.reduce(0) { $0 &+ given($1) }
        case .barrier: break
        }
      }
      lanes[index].wait = nil
      lanes[index].place += 1
    }
  }

  /// Returns the value of an operand.
  private func value(of operand: DivergentProgram.Operand, in lane: Lane) -> UInt32 {
    switch operand {
    case .register(let register): lane.registers[register]
    case .constant(let value): value
    }
  }

  /// Returns whether a guard lets a step be done.
  private func holds(_ condition: DivergentProgram.Guard?, in lane: Lane) -> Bool {
    guard let condition else { return true }
    return lane.predicates[condition.predicate] != condition.isNegated
  }

  /// Returns the result of an operation.
  private func compute(
    _ operation: DivergentProgram.Arithmetic, _ first: UInt32, _ second: UInt32
  ) -> UInt32 {
    switch operation {
    case .add: first &+ second
    case .subtract: first &- second
    case .multiply: first &* second
    case .and: first & second
    case .or: first | second
    case .exclusiveOr: first ^ second
    case .minimum: min(first, second)
    case .maximum: max(first, second)
    }
  }

  /// Returns whether a comparison holds.
  private func compare(
    _ comparison: DivergentProgram.Comparison, _ first: UInt32, _ second: UInt32
  ) -> Bool {
    switch comparison {
    case .equal: first == second
    case .notEqual: first != second
    case .less: first < second
    case .notLess: first >= second
    }
  }
}
