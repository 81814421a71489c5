// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The offsets of a kernel's registers in a warp's memory, assigned by liveness, because unrolled
/// kernels have thousands of registers of which few are live at a time.
///
/// Sharing an offset is safe for diverged lanes: a lane only writes its own part, and on its path
/// the other register with this offset is dead. A predicate stores all lanes in one word, where
/// other registers store the first lane's value, so predicates only share offsets with predicates.
struct RegisterAllocation {
  /// The offset of each register.
  private(set) var offsets: [LaneOffset]

  /// The size of all registers in bytes.
  private(set) var byteCount = 0

  /// The maximum number of live 32-bit registers.
  private(set) var peakRegisterCount = 0

  /// Registers that may share an offset.
  private struct Kind: Hashable {
    /// Whether they are predicates.
    var isPredicate: Bool
    /// The bytes of their lanes.
    var byteCount: Int
  }

  /// Returns the bytes of the lanes of a register.
  static func byteCount(of type: ScalarType) -> Int {
    switch type.bitWidth {
    case 1: 128
    case 2...32: 128
    case 33...64: 256
    default: 512
    }
  }

  /// Assigns offsets to the registers of a function.
  ///
  /// - Parameters:
  ///   - function: The function.
  ///   - graph: Its control flow.
  ///   - pinned: Registers that asynchronous operations access, which do not share their offsets.
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

  /// Reserves bytes for data other than a register, and returns their offset.
  mutating func take(_ size: Int) -> LaneOffset {
    defer { byteCount += size }
    return LaneOffset(byteCount)
  }

  /// Returns, for each register, the range of instructions that may access it.
  private static func intervals(
    of function: Function, graph: ControlFlowGraph
  ) -> [ClosedRange<Int>?] {
    var result = [ClosedRange<Int>?](repeating: nil, count: function.registers.count)
    let liveness = Liveness(function, graph: graph)
    /// Extends the interval of a register to a position.
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
