import Foundation

/// NVIDIA's assembler, `ptxas`, where it is installed: a second opinion on a kernel.
struct PTXAssembler {
  /// The program's path.
  let path: String

  /// Finds the assembler: in the Python environment that TILEWRIGHT_VENV names, in `.venv` of the
  /// working directory, on PATH.
  init(environment: [String: String]) throws(InputError) {
    let named = environment["TILEWRIGHT_VENV"].flatMap { $0.isEmpty ? nil : $0 }
    let virtual = named ?? FileManager.default.currentDirectoryPath + "/.venv"
    let directories = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let candidates =
      PTXAssembler.packages(in: virtual) + directories.map { $0 + "/ptxas" }
    guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
      throw .toolNotFound(tool: "ptxas", places: [virtual, "PATH"])
    }
    self.path = path
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

/// What `ptxas -v` says of a kernel.
struct AssemblerReport: Encodable, Equatable {
  /// The registers of a thread.
  let registers: Int
  /// The bytes that a thread stores to local memory for want of registers, and loads back.
  let spillStores: Int, spillLoads: Int
  /// The bytes of a thread's stack.
  let stackFrame: Int
  /// What the assembler warns of.
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
