import MachineIR

/// Why a kernel has no program.
public enum KernelError: Error, Equatable, Sendable {
  /// The body recorded what no machine can run; every finding is here, each at its line.
  case invalid(entry: String, findings: [RecordingFinding])
}

extension KernelError: CustomStringConvertible {
  /// A line for each finding.
  public var description: String {
    switch self {
    case .invalid(let entry, let findings):
      findings.reduce("The kernel '\(entry)' is invalid:") { $0 + "\n  \($1)" }
    }
  }
}
