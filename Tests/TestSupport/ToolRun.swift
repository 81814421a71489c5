import Foundation

/// What a tool left behind when it ended.
public struct ToolRun: Sendable {
  /// The status that the tool ended with; the signal's number where a signal ended it.
  public var exitStatus: Int32
  /// What the tool wrote to standard output.
  public var output: [UInt8]
  /// What the tool wrote to standard error, read as UTF-8.
  public var errorText: String

  /// Runs a tool to its end.
  ///
  /// Input and output travel through files, so no amount of either can stop the tool or the caller.
  ///
  /// - Parameters:
  ///   - path: The full path of the tool.
  ///   - arguments: The arguments that follow the tool's name.
  ///   - input: The bytes that the tool finds on standard input.
  /// - Throws: `ToolError` where the tool cannot be started; never because it fails.
  public init(
    _ path: String, arguments: [String], input: [UInt8] = []
  ) throws(ToolError) {
    let directory = try TemporaryDirectory()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let inputPath = try directory.write(input, to: "input")
    process.standardInput = FileHandle(forReadingAtPath: inputPath)
    let outputPath = try directory.write([], to: "output")
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    let errorPath = try directory.write([], to: "error")
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    do {
      try process.run()
    } catch {
      throw .notStarted(tool: path, reason: String(describing: error))
    }
    process.waitUntilExit()
    exitStatus = process.terminationStatus
    if exitStatus == 0, process.terminationReason == .uncaughtSignal { exitStatus = -1 }
    output = try directory.read("output")
    errorText = String(decoding: try directory.read("error"), as: UTF8.self)
  }
}
