// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The result of compiling a small file with the Swift compiler.
public struct CompilerReport: Sendable {
  /// A diagnostic of the compiler.
  public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The line in the given text, counted from 1.
    public var line: Int
    /// The column, counted from 1.
    public var column: Int
    /// The severity: `error`, `warning` or `note`.
    public var severity: String
    /// The message.
    public var message: String

    /// The diagnostic on one line.
    public var description: String { "\(line):\(column): \(severity): \(message)" }
  }

  /// The exit status of the compiler.
  public var exitStatus: Int32
  /// The diagnostics in the given text, in order.
  public var diagnostics: [Diagnostic]
  /// The whole output of the compiler.
  public var log: String

  /// Whether the compiler accepted the text.
  public var isAccepted: Bool { exitStatus == 0 }

  /// The diagnostics that are errors.
  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == "error" } }

  /// Returns whether a line of the text has an error whose message contains the words.
  public func hasError(atLine line: Int, containing words: String = "") -> Bool {
    errors.contains { $0.line == line && (words.isEmpty || $0.message.contains(words)) }
  }
}

/// Compiles a small file against the modules of this test build, and returns the report.
///
/// The compiler also checks ownership and initialization, which come after type checking, so it
/// refuses a second use of a consumed noncopyable value. The text contains declarations; statements
/// must be inside functions.
///
/// - Parameters:
///   - source: The text of the file; its first line is line 1 in the report.
///   - modules: The modules to import, in addition to those that the text imports.
///   - options: Additional options for `swiftc`.
/// - Returns: The report, whether the compiler accepted the text or not.
/// - Throws: `ToolError` if the compiler or a module is missing; not if it refuses the text.
public func compile(
  _ source: String, importing modules: [String] = [], options: [String] = []
) throws(ToolError) -> CompilerReport {
  let swiftc = try ToolEnvironment.swiftc()
  let build = try TestBuild()
  for module in modules { try build.requireModule(module) }
  let imports = modules.map { "import \($0)" }.joined(separator: "; ")
  let header = imports + "\n#sourceLocation(file: \"\(givenFile)\", line: 1)\n"
  let directory = try TemporaryDirectory()
  let path = try directory.write(Array((header + source).utf8), to: givenFile)
  let arguments = [
    "-emit-sil", "-o", "/dev/null", "-parse-as-library", "-swift-version", "6",
    "-module-name", "Given", "-diagnostic-style=llvm", path,
  ]
  let run = try ToolRun(swiftc, arguments: arguments + build.searchOptions + options)
  let log = run.errorText + String(decoding: run.output, as: UTF8.self)
  return CompilerReport(
    exitStatus: run.exitStatus, diagnostics: diagnostics(in: log), log: log)
}

/// The file name of the given text in the compiler's log.
private let givenFile = "given.swift"

/// Returns the diagnostics in the given text: `given.swift:3:7: error: …`.
private func diagnostics(in log: String) -> [CompilerReport.Diagnostic] {
  log.split(separator: "\n").compactMap { line in
    guard line.hasPrefix(givenFile + ":") else { return nil }
    let fields = line.split(separator: ":", maxSplits: 4).map(String.init)
    guard fields.count == 5, let row = Int(fields[1]), let column = Int(fields[2]) else {
      return nil
    }
    return CompilerReport.Diagnostic(
      line: row, column: column, severity: fields[3].trimmingCharacters(in: .whitespaces),
      message: fields[4].trimmingCharacters(in: .whitespaces))
  }
}
