// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import MachineIR
import PTX
import TestSupport
import Testing

/// The PTX files of all tests.
private let paths: [String] = {
  let root = ToolEnvironment.packageRoot + "/Tests/"
  let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
  return files.filter { $0.hasSuffix(".ptx") && !$0.contains("BadPrograms") }.map { root + $0 }
}()

extension Instruction {
  /// The instruction without guard and source place, and with its modifiers in alphabetical order,
  /// if their order is not to matter.
  fileprivate func bare(isSorted: Bool) -> Instruction {
    let sorted = modifiers.sorted { $0.rawValue < $1.rawValue }
    return Instruction(opcode, isSorted ? sorted : modifiers, operands)
  }
}

/// Checks that instructions are made again from their parts, and returns how many have a family.
private func checkParts(of module: Module, _ name: String, inOrder: Bool) -> Int {
  var count = 0
  for instruction in module.functions.flatMap({ $0.blocks ?? [] }).flatMap(\.instructions)
  where instruction.opcode.family != .plain {
    let made = TypedInstruction(instruction)?.member.instruction
    #expect(
      made?.bare(isSorted: !inOrder) == instruction.bare(isSorted: !inOrder),
      "\(name): \(instruction.mnemonic)")
    count += 1
  }
  return count
}

struct TypedInstructionTests {
  @Test func `instructions of the PTX files are made again from their parts`() throws {
    #expect(paths.count > 50)
    var count = 0
    for path in paths {
      let data = try #require(FileManager.default.contents(atPath: path))
      guard let module = try? parse(String(decoding: data, as: UTF8.self)) else { continue }
      count += checkParts(of: module, path, inOrder: true)
    }
    #expect(count > 1000)
  }

  @Test(arguments: ["hopper-instructions.txt", "blackwell-instructions.txt"])
  func `instructions of the reference files are made again from their parts`(name: String) throws {
    var count = 0
    for snippet in snippets(name, lowestVersion: PTXVersion(8, 0)) {
      let target = name.hasPrefix("hopper") ? "sm_90a" : "sm_100a"
      let module = try parse(SnippetKernel.module(snippet, target: target))
      // PTX leaves the place of some modifiers free.
      count += checkParts(of: module, snippet.testDescription, inOrder: false)
    }
    #expect(count > 0)
  }
}
