// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The result of a tool that has exited.
public struct ToolRun: Sendable {
  /// The exit status, or the number of the signal that ended the tool.
  public var exitStatus: Int32
  /// The standard output of the tool.
  public var output: [UInt8]
  /// The standard error of the tool, read as UTF-8.
  public var errorText: String

  /// Runs a tool, and waits until it exits.
  ///
  /// Input and output go through files, so that no amount of either can block the tool or the
  /// caller.
  ///
  /// - Parameters:
  ///   - path: The full path of the tool.
  ///   - arguments: The arguments after the tool's name.
  ///   - input: The standard input.
  /// - Throws: `ToolError` if the tool cannot be started; not if it fails.
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
