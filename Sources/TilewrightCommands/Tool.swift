import ArgumentParser

/// The command line tool.
public enum Tool {
  /// Runs a command line to its end.
  ///
  /// - Parameters:
  ///   - arguments: The words behind the tool's name.
  ///   - console: What is written to.
  /// - Returns: The exit status: 0 good, 1 the kernel or its result is wrong, 2 input or
  ///   environment unusable, 64 usage.
  public static func run(arguments: [String], console: Console = .standard) -> Int32 {
    do {
      var command = try RootCommand.parseAsRoot(arguments)
      guard let command = command as? any ToolCommand else {
        // What the argument parser adds itself, such as help.
        try command.run()
        return ExitStatus.good.rawValue
      }
      return run(command, console).rawValue
    } catch {
      return report(error, console).rawValue
    }
  }

  /// Runs a command, and writes what is wrong.
  private static func run(_ command: any ToolCommand, _ console: Console) -> ExitStatus {
    do {
      try command.run(console)
      return .good
    } catch {
      // The status alone is thrown by a command that has said itself what is wrong.
      if !(error is ExitStatus) { console.writeError("Error: \(error)\n") }
      return ExitStatus(of: error)
    }
  }

  /// Writes what the argument parser has to say: help, or how the tool is used.
  private static func report(_ error: any Error, _ console: Console) -> ExitStatus {
    let isGood = RootCommand.exitCode(for: error).isSuccess
    let message = RootCommand.fullMessage(for: error)
    let text = message.isEmpty ? "" : message + "\n"
    isGood ? console.write(text) : console.writeError(text)
    return isGood ? .good : .usage
  }
}

/// A command of the tool, which writes to a console.
protocol ToolCommand: ParsableCommand {
  /// Does the command's work.
  ///
  /// - Throws: What ends the tool with a status other than 0.
  func run(_ console: Console) throws
}

/// The tool itself: its commands.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tilewright",
    abstract: "Structured GPU kernels: see, run and check them, with or without a GPU.",
    discussion: """
      Without a GPU, kernels run on a simulator of Hopper (sm_90a) and Blackwell (sm_100a).

      Exit status: 0 good; 1 the kernel or its result is wrong; 2 input or environment unusable; \
      64 usage.
      """,
    subcommands: [
      MatmulCommand.self, KernelsCommand.self, DevicesCommand.self, PTXCommand.self,
      DescribeCommand.self, ExplainCommand.self, RunCommand.self, BenchCommand.self,
      ConformanceCommand.self,
    ])
}
