// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The reason why a kernel has no program.
public enum KernelError: Error, Equatable, Sendable {
  /// The body recorded what no machine can run; every finding is here, each at its line.
  case invalid(entry: String, diagnostics: [Diagnostic])

  /// Tiles, barriers and fields need more shared memory than a block may have, in bytes.
  case sharedMemoryExceeded(entry: String, byteCount: Int, limit: Int)
}

extension KernelError: CustomStringConvertible {
  /// A line for each finding.
  public var description: String {
    switch self {
    case .invalid(let entry, let diagnostics):
      diagnostics.reduce("The kernel '\(entry)' is invalid:") { $0 + "\n\($1)" }
    case .sharedMemoryExceeded(let entry, let byteCount, let limit):
      """
      The kernel '\(entry)' needs \(byteCount) bytes of shared memory; a block may have \(limit).
      """
    }
  }
}
