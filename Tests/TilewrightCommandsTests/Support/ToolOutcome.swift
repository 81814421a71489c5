// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Synchronization
import TestSupport
import Testing
import TilewrightCommands

/// The outcome of a command line of the tool, run inside the tests' process.
struct ToolOutcome {
  /// The exit status.
  var status: Int32
  /// The text on standard output.
  var output: String
  /// The text on standard error.
  var errorText: String

  /// Runs a command line.
  init(
    _ arguments: [String], environment: [String: String] = [:], isTerminal: Bool = false
  ) {
    let keeper = TextKeeper()
    let console = Console(
      write: { keeper.add(output: $0) }, writeError: { keeper.add(error: $0) },
      environment: environment, isTerminal: isTerminal)
    status = Tool.run(arguments: arguments, console: console)
    (output, errorText) = keeper.texts
  }

  /// The lines of standard error.
  var errorLines: [Substring] { errorText.split(separator: "\n") }

  /// Returns the object that was printed as JSON.
  func object() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return try #require(value as? [String: Any], "\(output)")
  }
}

/// Collects the texts that any thread writes.
private final class TextKeeper: Sendable {
  /// The texts so far.
  private let kept = Mutex((output: "", error: ""))

  /// Appends to the texts.
  func add(output: String = "", error: String = "") {
    kept.withLock {
      $0.output += output
      $0.error += error
    }
  }

  /// Standard output and standard error.
  var texts: (String, String) { kept.withLock { ($0.output, $0.error) } }
}

/// Expects a command line to be refused with one sentence that contains all the parts.
///
/// - Parameters:
///   - arguments: The command line.
///   - status: The expected exit status.
///   - parts: The parts of the sentence.
///   - sourceLocation: The location of the expectation.
func expectRefused(
  _ arguments: [String], status: Int32 = 2, saying parts: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let outcome = ToolOutcome(arguments)
  let line = arguments.joined(separator: " ")
  #expect(outcome.status == status, "\(line): \(outcome.errorText)", sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, "\(line)", sourceLocation: sourceLocation)
  #expect(
    outcome.errorLines.count == 1, "\(line): \(outcome.errorText)", sourceLocation: sourceLocation)
  #expect(
    outcome.errorText.hasSuffix(".\n"), "\(outcome.errorText)", sourceLocation: sourceLocation)
  for part in parts {
    #expect(
      outcome.errorText.contains(part), "\(line): '\(part)' is not in: \(outcome.errorText)",
      sourceLocation: sourceLocation)
  }
}
