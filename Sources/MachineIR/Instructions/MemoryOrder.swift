// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The order that an instruction gives memory accesses, its own or those around it.
///
/// - SeeAlso: PTX ISA, "Memory Consistency Model".
public enum MemoryOrder: UInt8, Hashable, Sendable {
  case weak, relaxed, acquire, release, acquireRelease, sequentiallyConsistent, volatile, mmio
}

/// The threads among which an order holds.
public enum MemoryScope: UInt8, Hashable, Sendable {
  case block, cluster, gpu, system
}

extension Instruction {
  /// The memory order of the instruction: named in its text, or its default.
  public var memoryOrder: MemoryOrder {
    let named: [(Modifier, MemoryOrder)] = [
      ("relaxed", .relaxed), ("acquire", .acquire), ("release", .release),
      ("acq_rel", .acquireRelease), ("sc", .sequentiallyConsistent), ("volatile", .volatile),
      ("mmio", .mmio), ("weak", .weak),
    ]
    if let order = named.first(where: { has($0.0) })?.1 { return order }
    switch opcode {
    case .atomic, .reduction: return .relaxed
    case .memoryBarrier: return .sequentiallyConsistent
    case .fence: return .acquireRelease
    case .mbarrierArrive, .mbarrierArriveDrop, .clusterArrive: return .release
    case .mbarrierTestWait, .mbarrierTryWait, .clusterWait: return .acquire
    default: return .weak
    }
  }

  /// The scope of the memory order: named in the text, or its default.
  public var memoryScope: MemoryScope {
    let named: [(Modifier, MemoryScope)] = [
      ("cta", .block), ("cluster", .cluster), ("gpu", .gpu), ("gl", .gpu), ("sys", .system),
    ]
    if let scope = named.first(where: { has($0.0) })?.1 { return scope }
    switch opcode {
    case .atomic, .reduction: return .gpu
    case .clusterArrive, .clusterWait: return .cluster
    case .load, .store: return has("volatile") || has("mmio") ? .system : .block
    default: return .block
    }
  }
}
