// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The order that an instruction gives memory accesses, its own or those around it.
///
/// - SeeAlso: PTX ISA, "Memory Consistency Model".
public enum MemoryOrder: UInt8, CaseIterable, Hashable, Sendable {
  case weak, relaxed, acquire, release, acquireRelease, sequentiallyConsistent, volatile, mmio

  /// The modifier.
  var word: Modifier {
    switch self {
    case .weak: "weak"
    case .relaxed: "relaxed"
    case .acquire: "acquire"
    case .release: "release"
    case .acquireRelease: "acq_rel"
    case .sequentiallyConsistent: "sc"
    case .volatile: "volatile"
    case .mmio: "mmio"
    }
  }

  /// Returns the order that a modifier of an instruction names.
  init?(namedBy instruction: Instruction) {
    // A load of a device names its order besides.
    guard let order = Self.named.first(where: { instruction.has($0.word) }) else { return nil }
    self = order
  }

  /// The orders; `weak`, the default, and `mmio`, which has another order besides, come last.
  private static let named = allCases.filter { $0 != .weak && $0 != .mmio } + [.mmio, .weak]
}

/// The threads among which an order holds.
public enum MemoryScope: UInt8, CaseIterable, Hashable, Sendable {
  case block, cluster, gpu, system

  /// The modifier.
  var word: Modifier {
    switch self {
    case .block: "cta"
    case .cluster: "cluster"
    case .gpu: "gpu"
    case .system: "sys"
    }
  }

  /// Returns the scope that a modifier of an instruction names.
  init?(namedBy instruction: Instruction) {
    let scope = Self.allCases.first { instruction.has($0.word) }
    guard let scope = scope ?? (instruction.has("gl") ? .gpu : nil) else { return nil }
    self = scope
  }
}

extension Instruction {
  /// The memory order of the instruction: named in its text, or its default.
  public var memoryOrder: MemoryOrder {
    if let order = MemoryOrder(namedBy: self) { return order }
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
    if let scope = MemoryScope(namedBy: self) { return scope }
    switch opcode {
    case .atomic, .reduction: return .gpu
    case .clusterArrive, .clusterWait: return .cluster
    case .load, .store: return has("volatile") || has("mmio") ? .system : .block
    default: return .block
    }
  }
}
