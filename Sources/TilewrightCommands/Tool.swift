// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser

/// The command line tool.
public enum Tool {
  /// Runs a command line to its end.
  ///
  /// - Parameters:
  ///   - arguments: The words after the tool's name.
  ///   - console: The console to write to.
  /// - Returns: The exit status: 0 good, 1 the kernel or its result is wrong, 2 input or
  ///   environment unusable, 64 usage; 141, as from a shell, if the reader of a pipe is gone.
  public static func run(arguments: [String], console: Console = .standard) -> Int32 {
    let status: ExitStatus
    do {
      let command = try parsed(arguments)
      try run(command, console)
      status = .good
    } catch let usage as UsageReport {
      status = write(usage, console)
    } catch {
      status = ExitStatus(of: error)
      // A command that has reported its own failure throws only the status.
      if !(error is ExitStatus), status != .closedPipe { console.writeError("Error: \(error)\n") }
    }
    return status.rawValue
  }

  /// Returns the command that a command line names.
  private static func parsed(_ arguments: [String]) throws(UsageReport) -> any ParsableCommand {
    do {
      return try RootCommand.parseAsRoot(arguments)
    } catch {
      throw UsageReport(error)
    }
  }

  /// Runs a command.
  ///
  /// - Throws: An error that ends the tool with a status other than 0.
  private static func run(_ command: any ParsableCommand, _ console: Console) throws {
    if let command = command as? any ToolCommand { return try command.run(console) }
    // Commands that the argument parser adds, such as help.
    var command = command
    do {
      try command.run()
    } catch {
      throw UsageReport(error)
    }
  }

  /// Writes what the argument parser has to say, and returns the status that it means.
  private static func write(_ usage: UsageReport, _ console: Console) -> ExitStatus {
    guard usage.isAnswer else {
      console.writeError(usage.text)
      return .usage
    }
    do {
      try console.write(usage.text)
      return .good
    } catch {
      if error != .closedPipe { console.writeError("Error: \(error)\n") }
      return ExitStatus(of: error)
    }
  }
}

/// What the argument parser has to say: help or the version, which was asked for, or how the tool
/// is used.
private struct UsageReport: Error {
  /// Whether it is what was asked for.
  let isAnswer: Bool

  /// The text, with the end of its last line.
  let text: String

  /// Takes the text from what the argument parser throws.
  init(_ error: any Error) {
    isAnswer = RootCommand.exitCode(for: error).isSuccess
    let message = RootCommand.fullMessage(for: error)
    text = message.isEmpty ? "" : message + "\n"
  }
}

/// The tool itself: its commands.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tilewright",
    abstract: "Structured GPU kernels: inspect, run and check them, with or without a GPU.",
    discussion: """
      Without a GPU, kernels run on a simulator of Hopper (sm_90a) and Blackwell (sm_100a).

      Exit status: 0 success; 1 the kernel or its result is wrong; 2 unusable input or \
      environment; 64 wrong usage.
      """,
    version: toolVersion,
    subcommands: [
      MatmulCommand.self, KernelsCommand.self, DevicesCommand.self, PTXCommand.self,
      DescribeCommand.self, ExplainCommand.self, RunCommand.self, BenchCommand.self,
      ConformanceCommand.self,
    ])
}
