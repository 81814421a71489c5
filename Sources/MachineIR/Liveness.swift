// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A set of registers of one function, with one bit each.
public struct RegisterSet: Hashable, Sendable {
  /// The bits, 64 registers in each word.
  private var words: [UInt64]

  /// Creates an empty set for registers below `count`.
  public init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

  /// Returns whether the set contains a register.
  public func contains(_ register: RegisterID) -> Bool {
    words[register.index >> 6] >> UInt64(register.index & 63) & 1 == 1
  }

  /// Adds a register.
  public mutating func insert(_ register: RegisterID) {
    words[register.index >> 6] |= 1 << UInt64(register.index & 63)
  }

  /// Removes a register.
  public mutating func remove(_ register: RegisterID) {
    words[register.index >> 6] &= ~(1 << UInt64(register.index & 63))
  }

  /// Adds every register of another set, and returns whether any was new.
  @discardableResult
  public mutating func formUnion(_ other: RegisterSet) -> Bool {
    var isChanged = false
    for index in words.indices {
      let union = words[index] | other.words[index]
      isChanged = isChanged || union != words[index]
      words[index] = union
    }
    return isChanged
  }

  /// Removes every register that is not in another set.
  public mutating func formIntersection(_ other: RegisterSet) {
    for index in words.indices { words[index] &= other.words[index] }
  }

  /// Removes every register of another set.
  public mutating func subtract(_ other: RegisterSet) {
    for index in words.indices { words[index] &= ~other.words[index] }
  }

  /// Calls `body` with each register of the set, in order.
  public func forEach(_ body: (RegisterID) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body(RegisterID(index * 64 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
  }
}

/// The registers whose values some path still reads.
public struct Liveness: Sendable {
  /// The live registers at the start of each block.
  public private(set) var atEntry: [RegisterSet]

  /// The live registers at the end of each block.
  public private(set) var atExit: [RegisterSet]

  /// Computes the liveness of a function's registers.
  public init(_ function: Function, graph: ControlFlowGraph) {
    self.init(FunctionReading(function), graph: graph)
  }

  /// Computes the liveness of the registers of a prepared function.
  init(_ reading: FunctionReading, graph: ControlFlowGraph) {
    let blocks = reading.blocks
    let empty = RegisterSet(count: reading.registerCount)
    atEntry = [RegisterSet](repeating: empty, count: blocks.count)
    atExit = atEntry
    var used = atEntry
    var defined = atEntry
    for (index, block) in blocks.enumerated() {
      Liveness.summarize(block, of: reading, used: &used[index], defined: &defined[index])
    }
    var isChanging = true
    while isChanging {
      isChanging = false
      for index in blocks.indices.reversed() {
        for next in graph.successors[index] { atExit[index].formUnion(atEntry[next]) }
        var entry = atExit[index]
        entry.subtract(defined[index])
        entry.formUnion(used[index])
        if atEntry[index].formUnion(entry) { isChanging = true }
      }
    }
  }

  /// Collects the registers that a block reads before it writes them, and those that it always
  /// writes.
  private static func summarize(
    _ block: [FunctionReading.Entry], of reading: FunctionReading, used: inout RegisterSet,
    defined: inout RegisterSet
  ) {
    for instruction in block {
      reading.forEachUse(of: instruction) { use in
        if use.kind != .write, !defined.contains(use.register) { used.insert(use.register) }
      }
      // A guarded write keeps the old value in some lanes, so the old value stays live.
      guard instruction.condition == nil else { continue }
      reading.forEachUse(of: instruction) { use in
        if use.kind != .read { defined.insert(use.register) }
      }
    }
  }
}
