import Foundation

/// Runs another program to its end.
///
/// - Parameters:
///   - path: The program's path.
///   - arguments: The words behind its name.
/// - Returns: Its exit status, and what it wrote to standard output and standard error.
/// - Throws: What the system says where the program cannot be run.
func runProgram(_ path: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, output)
}

/// Returns the commit of this package's checkout in which the running program lies, `-dirty` behind
/// it where files differ from it; nil where it lies in none.
func commitOfProgram() -> String? {
  guard let directory = Bundle.main.executableURL?.deletingLastPathComponent().path else {
    return nil
  }
  /// Returns what git answers, without the end of its line.
  func git(_ arguments: String...) -> String? {
    let words = ["git", "-C", directory] + arguments
    guard let (status, output) = try? runProgram("/usr/bin/env", words), status == 0 else {
      return nil
    }
    return output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
  guard let root = git("rev-parse", "--show-toplevel"),
    FileManager.default.fileExists(atPath: root + "/Sources/TilewrightCommands")
  else { return nil }
  return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*")
}
