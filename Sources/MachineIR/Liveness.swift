/// A set of registers of one function, a bit each.
public struct RegisterSet: Hashable, Sendable {
  /// The bits, 64 registers in each word.
  private var words: [UInt64]

  /// Creates a set that can hold registers below `count`.
  public init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

  /// Whether the set holds a register.
  public func contains(_ register: RegisterID) -> Bool {
    words[register.index >> 6] >> UInt64(register.index & 63) & 1 == 1
  }

  /// Puts a register in.
  public mutating func insert(_ register: RegisterID) {
    words[register.index >> 6] |= 1 << UInt64(register.index & 63)
  }

  /// Takes a register out.
  public mutating func remove(_ register: RegisterID) {
    words[register.index >> 6] &= ~(1 << UInt64(register.index & 63))
  }

  /// Puts in every register of another set, and returns whether any was new.
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

  /// Takes out every register that is not in another set.
  public mutating func formIntersection(_ other: RegisterSet) {
    for index in words.indices { words[index] &= other.words[index] }
  }

  /// Takes out every register of another set.
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

/// Which registers hold a value that some path still reads.
public struct Liveness: Sendable {
  /// The live registers where each block begins.
  public private(set) var atEntry: [RegisterSet]

  /// The live registers where each block ends.
  public private(set) var atExit: [RegisterSet]

  /// Computes the liveness of a function's registers.
  public init(_ function: Function, graph: ControlFlowGraph) {
    self.init(FunctionReading(function), graph: graph)
  }

  /// Computes the liveness of the registers of a function that has been read.
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

  /// Collects what a block reads before writing it, and what it surely writes.
  private static func summarize(
    _ block: [FunctionReading.Entry], of reading: FunctionReading, used: inout RegisterSet,
    defined: inout RegisterSet
  ) {
    for instruction in block {
      reading.forEachUse(of: instruction) { use in
        if use.kind != .write, !defined.contains(use.register) { used.insert(use.register) }
      }
      // A guarded write leaves the old value in some lanes, so that it must stay alive.
      guard instruction.condition == nil else { continue }
      reading.forEachUse(of: instruction) { use in
        if use.kind != .read { defined.insert(use.register) }
      }
    }
  }
}
