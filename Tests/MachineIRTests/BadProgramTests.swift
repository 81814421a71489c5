// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import MachineIR
import PTX
import TestSupport
import Testing

/// The programs in `BadPrograms`; each line contains the verifier's message about it.
private let programs = [
  "alignment", "assignment", "immediates", "instruction-descriptors", "launch-control",
  "names", "operand-types", "register-adjustment", "shared-memory", "target", "tensor-memory",
  "vectors", "wgmma-types", "words",
]

/// An expected or actual message of the verifier about a line; line 0 stands for a whole function.
private struct Remark: Hashable, Comparable, CustomStringConvertible {
  /// The line.
  var line: Int
  /// The severity and the message.
  var text: String

  var description: String { "line \(line): \(text)" }

  static func < (left: Remark, right: Remark) -> Bool {
    (left.line, left.text) < (right.line, right.text)
  }
}

/// Returns a program's text.
private func text(of name: String) -> String {
  let path = ToolEnvironment.packageRoot + "/Tests/MachineIRTests/BadPrograms/\(name).ptx"
  return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
}

/// Returns the messages that the lines of a text expect.
private func expectedRemarks(_ text: String) -> [Remark] {
  let lines = text.components(separatedBy: "\n")
  return lines.enumerated().flatMap { index, line in
    line.components(separatedBy: "  // ").dropFirst()
      .filter { part in ["error: ", "warning: ", "note: "].contains(where: part.hasPrefix) }
      .map { Remark(line: index == 0 ? 0 : index + 1, text: $0) }
  }
}

/// Returns the messages of the verifier, with notes only if they are expected.
private func remarks(_ module: Module, withNotes: Bool) -> [Remark] {
  module.diagnostics().flatMap { finding in
    let own = Remark(
      line: finding.place?.line ?? 0, text: "\(finding.severity): \(finding.message)")
    guard withNotes else { return [own] }
    return [own]
      + finding.related.map { Remark(line: $0.place?.line ?? 0, text: "note: \($0.message)") }
  }
}

struct BadProgramTests {
  @Test(arguments: programs)
  func `the verifier finds each fault at its line`(name: String) throws {
    let text = text(of: name)
    let expected = expectedRemarks(text)
    #expect(!expected.isEmpty)
    let hasNotes = expected.contains { $0.text.hasPrefix("note: ") }
    let found = remarks(try parse(text, fileName: name + ".ptx"), withNotes: hasNotes)
    for missing in Set(expected).subtracting(found).sorted() {
      Issue.record("\(name).ptx: not found: \(missing)")
    }
    for unexpected in Set(found).subtracting(expected).sorted() {
      Issue.record("\(name).ptx: found besides: \(unexpected)")
    }
  }

  @Test(arguments: [
    "immediates", "launch-control", "names", "operand-types", "register-adjustment", "target",
    "tensor-memory", "vectors", "wgmma-types", "words",
  ])
  func `ptxas refuses each faulty line as well`(name: String) throws {
    let lines = text(of: name).components(separatedBy: "\n")
    let faulty = lines.indices.filter { $0 > 0 && lines[$0].contains("  // error: ") }
    for index in faulty where !lines[index].contains("  // ptxas accepts this") {
      let others = lines.indices.filter { $0 == index || !faulty.contains($0) }
      let program = others.map { lines[$0] }.joined(separator: "\n")
      let target = try parse(lines.filter { !$0.contains("error") }.joined(separator: "\n")).target
      let report = try assemble(program, architecture: target.description)
      #expect(!report.isAccepted, "\(name).ptx, line \(index + 1): \(lines[index])")
    }
  }
}
