// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// Runs another program to its end.
///
/// - Parameters:
///   - path: The program's path.
///   - arguments: The arguments after its name.
/// - Returns: Its exit status, and what it wrote to standard output and standard error.
/// - Throws: The system's error if the program cannot be run.
func runProgram(_ path: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let output = String(decoding: pipe.contents(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, output)
}

extension Pipe {
  /// Returns everything that is written to the pipe until its writers close it.
  ///
  /// `FileHandle.readDataToEndOfFile` ends the process where a signal interrupts it.
  func contents() -> Data {
    let descriptor = fileHandleForReading.fileDescriptor
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return data }
      data.append(contentsOf: buffer[..<count])
    }
  }
}

/// Returns the full path of a program on PATH.
///
/// Directories that PATH does not name in full are passed over: they would be found from the
/// working directory on, and what lies there is not to be run.
///
/// - Parameters:
///   - name: The program's name.
///   - path: The value of PATH.
/// - Returns: The path; nil where no directory has the program.
func findProgram(_ name: String, onPath path: String?) -> String? {
  (path ?? "").split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
    .first(where: FileManager.default.isExecutableFile)
}

/// Returns the commit of this package's checkout in which the running program lies, followed by
/// `-dirty` where files differ from it; nil where it lies in none.
func commitOfProgram() -> String? {
  guard let directory = Bundle.main.executableURL?.deletingLastPathComponent().path,
    let program = findProgram("git", onPath: ProcessInfo.processInfo.environment["PATH"])
  else { return nil }
  /// Returns what git answers, without the end of its line.
  func git(_ arguments: String...) -> String? {
    let words = ["-C", directory] + arguments
    guard let (status, output) = try? runProgram(program, words), status == 0 else {
      return nil
    }
    return output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
  guard let root = git("rev-parse", "--show-toplevel"),
    FileManager.default.fileExists(atPath: root + "/Sources/TilewrightCommands")
  else { return nil }
  return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*")
}
