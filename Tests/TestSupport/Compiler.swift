import Foundation

/// What the Swift compiler said of a small file.
public struct CompilerReport: Sendable {
  /// One remark of the compiler.
  public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The line it stands at, counted from 1 in the text that was given.
    public var line: Int
    /// The column it stands at, counted from 1.
    public var column: Int
    /// How grave it is: `error`, `warning` or `note`.
    public var severity: String
    /// What it says.
    public var message: String

    /// The remark as one line.
    public var description: String { "\(line):\(column): \(severity): \(message)" }
  }

  /// The status that the compiler ended with.
  public var exitStatus: Int32
  /// What the compiler remarked on the given text, in its order.
  public var diagnostics: [Diagnostic]
  /// All that the compiler wrote.
  public var log: String

  /// Whether the compiler took the text.
  public var isAccepted: Bool { exitStatus == 0 }

  /// The remarks that are errors.
  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == "error" } }

  /// Returns whether there is an error at a line of the text, whose message holds the words.
  public func hasError(atLine line: Int, containing words: String = "") -> Bool {
    errors.contains { $0.line == line && (words.isEmpty || $0.message.contains(words)) }
  }
}

/// Compiles a small file against the modules of this test build and returns what was said of it.
///
/// The compiler runs as far as the checks of ownership and initialization, which come after types,
/// so what consumes a noncopyable value twice is refused here as well. The text holds
/// declarations; statements stand in functions.
///
/// - Parameters:
///   - source: The file's text; its first line is line 1 in the report.
///   - modules: The modules that it imports, besides those that it names itself.
///   - options: Further options for `swiftc`.
/// - Returns: The report, whether the compiler took the text or not.
/// - Throws: `ToolError` where the compiler or a module is missing; never because it refuses.
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

/// The name by which remarks on the given text are known in the compiler's log.
private let givenFile = "given.swift"

/// Returns the remarks of a log that concern the given text: `given.swift:3:7: error: …`.
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
