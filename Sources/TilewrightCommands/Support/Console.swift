// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The tool's output streams and environment.
///
/// Tests use one that collects the output.
public struct Console: Sendable {
  /// Writes a text to standard output.
  public var write: @Sendable (String) throws(OutputError) -> Void

  /// Writes a text to standard error; a failure is ignored, since it cannot be reported.
  public var writeError: @Sendable (String) -> Void

  /// Whether progress is shown on standard error: where it is a terminal that can clear a line.
  public var showsProgress: Bool

  /// The environment's variables.
  public var environment: [String: String]

  /// Whether standard output is a terminal, so that colours can be seen.
  public var isTerminal: Bool

  /// Creates a console.
  public init(
    write: @escaping @Sendable (String) throws(OutputError) -> Void,
    writeError: @escaping @Sendable (String) -> Void, showsProgress: Bool = false,
    environment: [String: String] = [:], isTerminal: Bool = false
  ) {
    self.write = write
    self.writeError = writeError
    self.showsProgress = showsProgress
    self.environment = environment
    self.isTerminal = isTerminal
  }

  /// The console of this process.
  public static var standard: Console {
    var console = Console(
      write: { text throws(OutputError) in try writeText(text, to: STDOUT_FILENO) },
      writeError: { try? writeText($0, to: STDERR_FILENO) },
      environment: ProcessInfo.processInfo.environment, isTerminal: isatty(STDOUT_FILENO) == 1)
    console.showsProgress = isatty(STDERR_FILENO) == 1 && !console.isDumb
    return console
  }

  /// Whether the terminal understands no control sequences.
  private var isDumb: Bool { environment["TERM"] == "dumb" }

  /// Whether colours are shown where the user does not say: on a terminal that has them, unless
  /// NO_COLOR is set.
  ///
  /// - SeeAlso: no-color.org.
  var showsColors: Bool { isTerminal && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty }
}

/// The reason that a text cannot be written to standard output.
public enum OutputError: Error, Equatable, Sendable {
  /// Nobody reads the pipe any longer.
  case closedPipe

  /// The system refuses it, for example since the disk is full.
  case refused(reason: String)
}

extension OutputError: CustomStringConvertible {
  /// One sentence.
  public var description: String {
    switch self {
    case .closedPipe: "Nothing reads the standard output."
    case .refused(let reason): "The standard output cannot be written: \(reason)."
    }
  }
}

/// Writes a whole text to an open file.
///
/// - Parameters:
///   - text: The text.
///   - descriptor: The file's descriptor.
/// - Throws: What the system says; part of the text may have been written then.
func writeText(_ text: String, to descriptor: Int32) throws(OutputError) {
  var bytes = ArraySlice(text.utf8)
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 {
      bytes = bytes.dropFirst(count)
      continue
    }
    switch errno {
    case EINTR: continue
    case EAGAIN:
      // The pipe or terminal was made non-blocking.
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&waiting, 1, -1)
    case EPIPE: throw .closedPipe
    case let code: throw .refused(reason: String(cString: strerror(code)))
    }
  }
}

extension Console {
  /// Calls `body`, and shows the activity and its duration meanwhile.
  ///
  /// - Parameters:
  ///   - activity: The activity as the beginning of a line: `Simulating`.
  ///   - body: Performs the activity.
  /// - Returns: The result of `body`.
  /// - Throws: The error of `body`.
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
