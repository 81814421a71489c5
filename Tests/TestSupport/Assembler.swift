import Foundation

/// What `ptxas` said of a text.
public struct AssemblerReport: Sendable {
  /// The status that `ptxas` ended with.
  public var exitStatus: Int32
  /// All that `ptxas` wrote, its errors, warnings and resource figures.
  public var log: String

  /// Creates a report of a run of `ptxas -v`.
  public init(exitStatus: Int32, log: String) {
    self.exitStatus = exitStatus
    self.log = log
  }

  /// Whether `ptxas` took the text.
  public var isAccepted: Bool { exitStatus == 0 }

  /// The registers per thread of the entry that uses most, where the log says so.
  public var registerCount: Int? { largestNumber(before: "registers") }

  /// The bytes of local memory that the largest frame takes.
  public var frameByteCount: Int? { largestNumber(before: "bytes stack frame") }

  /// The bytes of spill stores of the function that has most, where the log says so.
  public var spillStoreByteCount: Int? { largestNumber(before: "bytes spill stores") }

  /// The bytes of spill loads of the function that has most, where the log says so.
  public var spillLoadByteCount: Int? { largestNumber(before: "bytes spill loads") }

  /// The bytes of the stack of the function that has most, where the log says so.
  public var stackByteCount: Int? { largestNumber(before: "bytes stack frame") }

  /// The lines of the log that are warnings.
  public var warnings: [String] { lines(containing: "warning") }

  /// The lines of the log that are errors.
  public var errors: [String] {
    lines(containing: "error") + lines(containing: "fatal")
  }

  /// Returns the largest number that stands right before the words, if any does.
  private func largestNumber(before words: String) -> Int? {
    let pieces = log.components(separatedBy: " " + words).dropLast()
    let numbers = pieces.compactMap { piece in
      Int(piece.suffix(while: { $0.isASCII && $0.isNumber }))
    }
    return numbers.max()
  }

  /// Returns the log's lines of a severity, such as `ptxas warning : …` or `ptxas f.ptx, line 3; error …`.
  private func lines(containing severity: String) -> [String] {
    log.split(separator: "\n").map(String.init).filter { line in
      line.hasPrefix("ptxas " + severity) || line.contains("; " + severity)
    }
  }
}

extension StringProtocol {
  /// Returns the longest end of the string whose characters all satisfy the predicate.
  fileprivate func suffix(while predicate: (Character) -> Bool) -> SubSequence {
    let start = lastIndex { !predicate($0) }.map(index(after:)) ?? startIndex
    return self[start...]
  }
}

/// Assembles a text with `ptxas -v` and returns what it said.
///
/// - Parameters:
///   - text: The PTX module.
///   - architecture: The machine to assemble for, as in `sm_90a`.
///   - options: Further options for `ptxas`.
/// - Returns: The report, whether `ptxas` took the text or not.
/// - Throws: `ToolError` where `ptxas` is not there; never because it refuses the text.
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
