// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The machine code that `ptxas` generates for a text with one kernel, as `nvdisasm` lists it.
public struct MachineCode: Sendable {
  /// The instructions, including guards, without the padding after the end.
  public let instructions: [String]

  /// The bits of all instructions and of the padding, 64 at a time, in hexadecimal digits.
  public let words: [String]

  /// Assembles a text.
  ///
  /// - Parameters:
  ///   - text: The PTX module.
  ///   - architecture: The target, such as `sm_90a`.
  /// - Throws: `ToolError` if a tool is missing or refuses the text.
  public init(assembling text: String, architecture: String) throws(ToolError) {
    let directory = try TemporaryDirectory()
    let source = try directory.write(Array(text.utf8), to: "module.ptx")
    let object = directory.file("module.cubin")
    _ = try output(of: ToolEnvironment.ptxas(), ["-arch=" + architecture, "-o", object, source])
    let listing = try output(of: ToolEnvironment.nvdisasm(), ["-c", "-hex", object])
    let lines = listing.split(separator: "\n").map(ListedLine.init)
    // A branch to itself and empty instructions follow the end.
    let listed = lines.compactMap(\.instruction)
    let end = listed.lastIndex { !$0.hasPrefix("NOP") && !$0.hasPrefix("BRA") }
    instructions = Array(listed.prefix((end ?? -1) + 1))
    words = lines.compactMap(\.word)
  }

  /// The opcodes with their modifiers, such as `SYNCS.EXCH.64`, without guards and operands.
  public var opcodes: [String] {
    instructions.map { instruction in
      let words = instruction.split { $0 == " " || $0 == ";" }
      return String(words.first { !$0.hasPrefix("@") } ?? "")
    }
  }
}

/// A line of a listing, such as `/*0010*/  @P0 EXIT ;  /* 0x000000000000094d */`.
private struct ListedLine {
  /// The instruction at the start of the line, if any.
  let instruction: String?

  /// The 64 bits at the end of the line, if any.
  let word: String?

  /// Reads a line.
  init(_ line: Substring) {
    let parts = line.components(separatedBy: "/*").dropFirst()
    let texts = parts.map { $0.components(separatedBy: "*/") }
    let last = texts.last?.first?.trimmingCharacters(in: .whitespaces) ?? ""
    word = last.hasPrefix("0x") && last.count == 18 ? last : nil
    let first = texts.first?.dropFirst().first?.trimmingCharacters(in: .whitespaces) ?? ""
    instruction = first.hasSuffix(";") ? first : nil
  }
}

/// Runs a tool, and returns its output.
private func output(of tool: String, _ arguments: [String]) throws(ToolError) -> String {
  let run = try ToolRun(tool, arguments: arguments)
  guard run.exitStatus == 0 else {
    throw .failed(tool: tool, exitStatus: run.exitStatus, errorText: run.errorText)
  }
  return String(decoding: run.output, as: UTF8.self)
}

/// Assembles a text, and returns the machine instructions of its only kernel, without the padding
/// after the end.
///
/// - Parameters:
///   - text: The PTX module.
///   - architecture: The target, such as `sm_90a`.
/// - Returns: The instructions as `nvdisasm` writes them, including guards.
/// - Throws: `ToolError` if a tool is missing or refuses the text.
public func machineInstructions(
  _ text: String, architecture: String
) throws(ToolError) -> [String] {
  try MachineCode(assembling: text, architecture: architecture).instructions
}
