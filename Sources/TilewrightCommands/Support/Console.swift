import Foundation

/// What the tool writes to, and what it knows of its surroundings.
///
/// Tests give one that keeps what is written.
public struct Console: Sendable {
  /// Writes a text to standard output.
  public var write: @Sendable (String) -> Void

  /// Writes a text to standard error.
  public var writeError: @Sendable (String) -> Void

  /// Whether progress is shown on standard error: where it is a terminal.
  public var showsProgress: Bool

  /// The environment's variables.
  public var environment: [String: String]

  /// Whether standard output is a terminal, so that colours can be seen.
  public var isTerminal: Bool

  /// Creates a console.
  public init(
    write: @escaping @Sendable (String) -> Void, writeError: @escaping @Sendable (String) -> Void,
    showsProgress: Bool = false, environment: [String: String] = [:], isTerminal: Bool = false
  ) {
    self.write = write
    self.writeError = writeError
    self.showsProgress = showsProgress
    self.environment = environment
    self.isTerminal = isTerminal
  }

  /// The console of this process.
  public static var standard: Console {
    Console(
      write: { FileHandle.standardOutput.write(Data($0.utf8)) },
      writeError: { FileHandle.standardError.write(Data($0.utf8)) },
      showsProgress: isatty(FileHandle.standardError.fileDescriptor) == 1,
      environment: ProcessInfo.processInfo.environment,
      isTerminal: isatty(FileHandle.standardOutput.fileDescriptor) == 1)
  }
}

extension Console {
  /// Returns what `body` returns, and shows meanwhile what is being done, and for how long.
  ///
  /// - Parameters:
  ///   - activity: What is done, as a line begins: `Simulating`.
  ///   - body: Does it.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  func showing<Result, Failure: Error>(
    _ activity: String, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard showsProgress else { return try body() }
    let start = ContinuousClock.now
    let queue = DispatchQueue(label: "progress")
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now(), repeating: .milliseconds(500))
    // The line is written over itself; the last three characters clear what is left of it.
    timer.setEventHandler { [writeError] in
      let seconds = (ContinuousClock.now - start).components.seconds
      writeError("\r\(activity) … " + (seconds > 0 ? "\(seconds) s" : "") + "\u{1B}[K")
    }
    timer.activate()
    defer {
      timer.cancel()
      queue.sync { writeError("\r\u{1B}[K") }
    }
    return try body()
  }
}
