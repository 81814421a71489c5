// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The result of a run of `ptxas`.
public struct AssemblerReport: Sendable {
  /// The exit status of `ptxas`.
  public var exitStatus: Int32
  /// The whole output of `ptxas`: errors, warnings and resource figures.
  public var log: String

  /// Creates a report of a run of `ptxas -v`.
  public init(exitStatus: Int32, log: String) {
    self.exitStatus = exitStatus
    self.log = log
  }

  /// Whether `ptxas` accepted the text.
  public var isAccepted: Bool { exitStatus == 0 }

  /// The registers per thread of the entry that uses the most, if the log has them.
  public var registerCount: Int? { largestNumber(before: "registers") }

  /// The bytes of local memory of the largest frame.
  public var frameByteCount: Int? { largestNumber(before: "bytes stack frame") }

  /// The bytes of spill stores of the function that has the most, if the log has them.
  public var spillStoreByteCount: Int? { largestNumber(before: "bytes spill stores") }

  /// The bytes of spill loads of the function that has the most, if the log has them.
  public var spillLoadByteCount: Int? { largestNumber(before: "bytes spill loads") }

  /// The bytes of the stack of the function that has the most, if the log has them.
  public var stackByteCount: Int? { largestNumber(before: "bytes stack frame") }

  /// The lines of the log that are warnings.
  public var warnings: [String] { lines(containing: "warning") }

  /// The lines of the log that are errors.
  public var errors: [String] {
    lines(containing: "error") + lines(containing: "fatal")
  }

  /// Returns the largest number directly before the words, if there is one.
  private func largestNumber(before words: String) -> Int? {
    let pieces = log.components(separatedBy: " " + words).dropLast()
    let numbers = pieces.compactMap { piece in
      Int(piece.suffix(while: { $0.isASCII && $0.isNumber }))
    }
    return numbers.max()
  }

  /// Returns the log's lines of a severity, such as `ptxas warning : …` or
  /// `ptxas f.ptx, line 3; error …`.
  private func lines(containing severity: String) -> [String] {
    log.split(separator: "\n").map(String.init).filter { line in
      line.hasPrefix("ptxas " + severity) || line.contains("; " + severity)
    }
  }
}

extension StringProtocol {
  /// Returns the longest suffix whose characters all satisfy the predicate.
  fileprivate func suffix(while predicate: (Character) -> Bool) -> SubSequence {
    let start = lastIndex { !predicate($0) }.map(index(after:)) ?? startIndex
    return self[start...]
  }
}

/// Assembles a text with `ptxas -v`, and returns the report.
///
/// - Parameters:
///   - text: The PTX module.
///   - architecture: The target, such as `sm_90a`.
///   - options: Additional options for `ptxas`.
/// - Returns: The report, whether `ptxas` accepted the text or not.
/// - Throws: `ToolError` if `ptxas` is missing; not if it refuses the text.
public func assemble(
  _ text: String, architecture: String, options: [String] = []
) throws(ToolError) -> AssemblerReport {
  let ptxas = try ToolEnvironment.ptxas()
  let directory = try TemporaryDirectory()
  let source = try directory.write(Array(text.utf8), to: "module.ptx")
  let arguments = ["-v", "-arch=" + architecture, "-o", directory.file("module.cubin"), source]
  let run = try ToolRun(ptxas, arguments: arguments + options)
  let log = String(decoding: run.output, as: UTF8.self) + run.errorText
  return AssemblerReport(exitStatus: run.exitStatus, log: log)
}
