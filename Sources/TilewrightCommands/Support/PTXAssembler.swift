// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// NVIDIA's assembler, `ptxas`, where it is installed: a second opinion on a kernel.
struct PTXAssembler {
  /// The program's path.
  let path: String

  /// Finds the assembler: the file that the user names, or TILEWRIGHT_PTXAS does; else the first on
  /// PATH; else that of the Python environment which TILEWRIGHT_VENV names.
  ///
  /// Nothing is looked for in the working directory.
  ///
  /// - Parameters:
  ///   - named: The file that the user names.
  ///   - environment: The environment's variables.
  /// - Throws: `InputError.toolNotFound`, or `notExecutable`: a file that is named is not replaced
  ///   by another.
  init(named: String?, environment: [String: String]) throws(InputError) {
    /// Returns a variable that is set to something.
    func variable(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let file = named ?? variable("TILEWRIGHT_PTXAS") {
      guard isExecutable(file) else { throw .notExecutable(path: file, tool: "ptxas") }
      path = file
      return
    }
    if let found = findProgram("ptxas", onPath: environment["PATH"]) {
      path = found
      return
    }
    let virtual = variable("TILEWRIGHT_VENV")
    let candidates = virtual.map(PTXAssembler.packages) ?? []
    guard let found = candidates.first(where: isExecutable) else {
      throw .toolNotFound(
        tool: "ptxas", places: ["PATH", virtual ?? "TILEWRIGHT_VENV, which is not set"])
    }
    path = found
  }

  /// Returns where the packages of a Python environment keep the assembler.
  private static func packages(in environment: String) -> [String] {
    entries(of: environment + "/lib").flatMap { library in
      entries(of: library + "/site-packages/nvidia").map { $0 + "/bin/ptxas" }
    }
  }

  /// Returns the full paths of what a directory holds, sorted; none if there is no directory.
  private static func entries(of directory: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.sorted().map { directory + "/" + $0 }
  }

  /// Assembles a text and returns what the assembler has to say of it.
  ///
  /// - Throws: `InputError.toolFailed` where the text is refused.
  func report(on text: String, target: String) throws(InputError) -> AssemblerReport {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("tilewright-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: directory) }
    let output: String
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      let file = directory.appendingPathComponent("kernel.ptx")
      try Data(text.utf8).write(to: file)
      output = try run([
        "-arch=\(target)", "-v", file.path, "-o", directory.appendingPathComponent("kernel").path,
      ])
    } catch let error as InputError {
      throw error
    } catch {
      throw .toolFailed(tool: "ptxas", reason: reason(of: error))
    }
    return AssemblerReport(output)
  }

  /// Runs the assembler, and returns what it wrote.
  private func run(_ arguments: [String]) throws -> String {
    let (status, output) = try runProgram(path, arguments)
    guard status == 0 else {
      let lines = output.split(whereSeparator: \.isNewline)
      throw InputError.toolFailed(tool: "ptxas", reason: lines.joined(separator: "; "))
    }
    return output
  }
}

/// The report of `ptxas -v` on a kernel.
struct AssemblerReport: Encodable, Equatable {
  /// The registers of a thread.
  let registers: Int
  /// The bytes that a thread stores to local memory for want of registers, and loads back.
  let spillStores: Int, spillLoads: Int
  /// The bytes of a thread's stack.
  let stackFrame: Int
  /// The warnings of the assembler.
  let warnings: [String]

  /// Reads what the assembler wrote.
  init(_ output: String) {
    /// Returns the number before some words.
    func number(before words: String) -> Int {
      guard let range = output.range(of: " " + words) else { return 0 }
      let digits = output[..<range.lowerBound].reversed().prefix { $0.isNumber }.reversed()
      return Int(String(digits)) ?? 0
    }
    registers = number(before: "registers")
    spillStores = number(before: "bytes spill stores")
    spillLoads = number(before: "bytes spill loads")
    stackFrame = number(before: "bytes stack frame")
    warnings = output.split(whereSeparator: \.isNewline).map(String.init)
      .filter { $0.contains("warning") }
  }
}

/// Returns whether a path is that of a file that can be run.
private func isExecutable(_ path: String) -> Bool {
  var isDirectory: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    && !isDirectory.boolValue && FileManager.default.isExecutableFile(atPath: path)
}
