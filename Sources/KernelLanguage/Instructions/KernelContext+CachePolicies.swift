import MachineIR

/// What the second-level cache gives up first when it is full.
///
/// It changes speed alone.
///
/// - SeeAlso: PTX ISA, "Cache Eviction Priority Hints".
public enum EvictionPriority: String, CaseIterable, Sendable {
  /// This before all else: what is not used again soon.
  case first = "L2::evict_first"

  /// This in its turn.
  case normal = "L2::evict_normal"

  /// This after all else: what is used again and again.
  case last = "L2::evict_last"

  /// As before.
  case unchanged = "L2::evict_unchanged"
}

/// How the second-level cache treats what an access reads or writes, as tensor copies are given it.
public struct CachePolicy: Sendable {
  /// What records the kernel.
  let recorder: Recorder

  /// The register that holds it.
  let register: RegisterID
}

extension KernelContext where Machine: HasTMA {
  /// Returns a policy that gives all accesses with it one priority.
  ///
  /// - SeeAlso: PTX ISA, "createpolicy".
  public func cachePolicy(
    _ priority: EvictionPriority, file: String = #fileID, line: Int = #line
  ) -> CachePolicy {
    at(file, line)
    let register = recorder.emitResult(
      .b64, .createPolicyFractional, [Modifier(rawValue: priority.rawValue), "b64"], [])
    return CachePolicy(recorder: recorder, register: register)
  }
}
