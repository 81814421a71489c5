// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// The programs in `Tests/SimulatorTests/Cases`, run by `tilewright run` under many schedules.
@Suite struct SimulatorCaseTests {
  /// The schedules under which each program is run.
  private static let schedules = ["eager", "late"] + (0..<8).map { "random:\($0)" }

  @Test(arguments: try SimulatorCase.all(), schedules)
  fileprivate func `each case does what its file expects under every schedule`(
    example: SimulatorCase, schedule: String
  ) throws {
    for run in example.runs {
      let directory = try TemporaryDirectory()
      for name in example.files {
        try FileManager.default.copyItem(
          atPath: "\(example.path)/\(name)", toPath: directory.file(name))
      }
      let outcome = ToolOutcome(
        [
          "run", directory.file(run.kernel), "--launch",
          directory.file(run.launch ?? "launch.json"), "--device", "simulator", "--threads", "1",
          "--json", "--schedule", schedule,
        ] + (run.options ?? []))
      if let fault = run.fault {
        try expect(outcome, fault, saying: run.saying ?? [], of: "\(example.name)/\(run.kernel)")
      } else {
        #expect(outcome.status == 0, "\(example.name)/\(run.kernel): \(outcome.errorText)")
        guard outcome.status == 0 else { continue }
        for (file, output) in run.writes ?? [:] {
          try expect(directory.read(file), output, of: example, file: file)
        }
      }
    }
  }

  @Test func `each case has a page, and each of its programs is run`() throws {
    let cases = try SimulatorCase.all()
    #expect(!cases.isEmpty)
    for example in cases {
      #expect(example.files.contains("README.md"), "\(example.name)")
      let programs = Set(example.files.filter { $0.hasSuffix(".ptx") })
      #expect(Set(example.runs.map(\.kernel)) == programs, "\(example.name)")
    }
  }

  /// Expects a fault of a kind, with all the parts in its report.
  private func expect(
    _ outcome: ToolOutcome, _ kind: String, saying parts: [String], of program: String
  ) throws {
    #expect(outcome.status == 1, "\(program): \(outcome.errorText)")
    guard outcome.status == 1 else { return }
    let fault = try #require(outcome.object()["fault"] as? [String: Any])
    #expect(fault["kind"] as? String == kind, "\(program): \(outcome.errorText)")
    for part in parts {
      #expect(
        outcome.errorText.contains(part), "\(program): '\(part)' is not in: \(outcome.errorText)")
    }
  }

  /// Expects a file that a program wrote to have certain bytes.
  private func expect(
    _ bytes: [UInt8], _ output: SimulatorCase.Output, of example: SimulatorCase, file: String
  ) throws {
    switch output {
    case .file(let name):
      let expected = FileManager.default.contents(atPath: "\(example.path)/\(name)")
      #expect(Data(bytes) == expected, "\(example.name): \(file) is not \(name)")
    case .words(let words):
      let array = try NumpyArray(file: bytes, path: file)
      let found = stride(from: 0, to: array.bytes.count, by: 4).map { start in
        array.bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      let zeros = [UInt32](repeating: 0, count: max(0, found.count - words.count))
      #expect(found == words + zeros, "\(example.name): \(file)")
    }
  }
}

/// A folder of `Tests/SimulatorTests/Cases`: programs, launch files and the expected outcomes.
private struct SimulatorCase: CustomTestStringConvertible {
  /// The expected contents of a file.
  enum Output: Decodable {
    /// The bytes of a file in the folder.
    case file(String)
    /// Words of 32 bits, then zeros.
    case words([UInt32])

    /// Reads a file's name, or a list of words.
    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let name = try? value.decode(String.self) {
        self = .file(name)
      } else {
        self = .words(try value.decode([UInt32].self))
      }
    }
  }

  /// One program, as `expect.json` describes it.
  struct Run: Decodable {
    /// The file of PTX.
    var kernel: String
    /// The launch file, if it is not `launch.json`.
    var launch: String?
    /// Further options of the command.
    var options: [String]?
    /// The expected contents of the files that the program writes.
    var writes: [String: Output]?
    /// The kind of fault that must be reported; nil if the program is correct.
    var fault: String?
    /// The parts that the report must contain.
    var saying: [String]?
  }

  /// The list in `expect.json`.
  private struct Expectation: Decodable {
    /// The programs.
    var runs: [Run]
  }

  /// The folder's name.
  var name: String
  /// The folder's path.
  var path: String
  /// The names of the files in the folder.
  var files: [String]
  /// The programs.
  var runs: [Run]

  var testDescription: String { name }

  /// Returns every case, by name.
  static func all() throws -> [SimulatorCase] {
    let root = ToolEnvironment.packageRoot + "/Tests/SimulatorTests/Cases"
    let names = try FileManager.default.contentsOfDirectory(atPath: root)
    return try names.filter { $0 != "README.md" }.sorted().map { name in
      let path = "\(root)/\(name)"
      let data = try Data(contentsOf: URL(fileURLWithPath: path + "/expect.json"))
      return SimulatorCase(
        name: name, path: path,
        files: try FileManager.default.contentsOfDirectory(atPath: path),
        runs: try JSONDecoder().decode(Expectation.self, from: data).runs)
    }
  }
}
