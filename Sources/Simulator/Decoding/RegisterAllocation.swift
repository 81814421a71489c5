import MachineIR

/// Where the registers of a kernel lie in a warp's memory: by liveness, since unrolled kernels have
/// thousands of which few live at once.
///
/// Sharing is safe while lanes are apart: a lane writes only its own part of a place, and on its
/// own path the place's other register is dead. A predicate has its lanes side by side in one word,
/// where other registers have the first lane's value, and so shares places with predicates alone.
struct RegisterAllocation {
  /// The place of each register.
  private(set) var offsets: [LaneOffset]

  /// The bytes of all places.
  private(set) var byteCount = 0

  /// The largest number of 32-bit registers that live at once.
  private(set) var peakRegisterCount = 0

  /// The registers that may share a place.
  private struct Kind: Hashable {
    /// Whether they are predicates.
    var isPredicate: Bool
    /// The bytes that their lanes take.
    var byteCount: Int
  }

  /// Returns the bytes that the lanes of a register take.
  static func byteCount(of type: ScalarType) -> Int {
    switch type.bitWidth {
    case 1: 128
    case 2...32: 128
    case 33...64: 256
    default: 512
    }
  }

  /// Places the registers of a function.
  ///
  /// - Parameters:
  ///   - function: The function.
  ///   - graph: Its control flow.
  ///   - pinned: Registers that asynchronous operations touch: they keep a place of their own.
  init(_ function: Function, graph: ControlFlowGraph, pinned: Set<RegisterID>) {
    offsets = [LaneOffset](repeating: -1, count: function.registers.count)
    let intervals = RegisterAllocation.intervals(of: function, graph: graph)
    var free: [Kind: [LaneOffset]] = [:]
    var active: [(end: Int, kind: Kind, offset: LaneOffset)] = []
    var liveBytes = 0
    let order = intervals.indices.filter { intervals[$0] != nil }
      .sorted { (intervals[$0]?.lowerBound ?? 0) < (intervals[$1]?.lowerBound ?? 0) }
    for index in order {
      guard let interval = intervals[index] else { continue }
      let type = function.registers[index].type
      let size = RegisterAllocation.byteCount(of: type)
      let kind = Kind(isPredicate: type == .pred, byteCount: size)
      active.removeAll { place in
        guard place.end < interval.lowerBound else { return false }
        free[place.kind, default: []].append(place.offset)
        liveBytes -= place.kind.byteCount
        return true
      }
      liveBytes += size
      peakRegisterCount = max(peakRegisterCount, liveBytes / 128)
      let register = RegisterID(index)
      if pinned.contains(register) {
        offsets[index] = take(size)
      } else {
        offsets[index] = free[kind]?.popLast() ?? take(size)
        active.append((interval.upperBound, kind, offsets[index]))
      }
    }
  }

  /// Adds a place of its own for something that is no register.
  mutating func take(_ size: Int) -> LaneOffset {
    defer { byteCount += size }
    return LaneOffset(byteCount)
  }

  /// Returns, for each register, the instructions from its first to its last that could touch it.
  private static func intervals(
    of function: Function, graph: ControlFlowGraph
  ) -> [ClosedRange<Int>?] {
    var result = [ClosedRange<Int>?](repeating: nil, count: function.registers.count)
    let liveness = Liveness(function, graph: graph)
    /// Makes the interval of a register reach a position.
    func extend(_ register: RegisterID, to position: Int) {
      let old = result[register.index] ?? position...position
      result[register.index] =
        min(old.lowerBound, position)...max(old.upperBound, position)
    }
    var position = 0
    for (index, block) in (function.blocks ?? []).enumerated() {
      let start = position
      for instruction in block.instructions {
        instruction.forEachRegister { register, _ in extend(register, to: position) }
        position += 1
      }
      let end = max(start, position - 1)
      liveness.atEntry[index].forEach { extend($0, to: start) }
      liveness.atExit[index].forEach { extend($0, to: end) }
    }
    return result
  }
}
