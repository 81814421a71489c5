// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import MachineIR
import PTX
import TestSupport
import Testing

/// The texts in `Compiled`, which a compiler generated from the `.cu` files next to them.
private let names = [
  "arithmetic", "calls", "calls-debug", "matrices", "matrices-ampere", "memory",
]

/// Returns a text in `Compiled`.
private func text(of name: String) -> String {
  let path = ToolEnvironment.packageRoot + "/Tests/PTXTests/Compiled/\(name).ptx"
  return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
}

struct CompiledTests {
  @Test(arguments: names)
  func `a compiler's text survives the round trip`(name: String) throws {
    let module = try parse(text(of: name))
    #expect(module.entries.isEmpty == false)
    #expect(try parse(module.ptx()) == module)
    #expect(try parse(module.ptx(form: .plain)) == module.plain())
  }

  @Test(arguments: names)
  func `ptxas accepts the printed form of a compiler's text and generates the same code`(
    name: String
  ) throws {
    let original = text(of: name)
    let module = try parse(original)
    let architecture = module.target.description
    let expected = try assemble(original, architecture: architecture)
    #expect(expected.isAccepted)
    for form in [TextForm.full, .plain] {
      let report = try assemble(module.ptx(form: form), architecture: architecture)
      #expect(report.isAccepted, "\(report.log)")
      // The `debug` option of `.target`, which is dropped, turns optimization off.
      if name != "calls-debug" { #expect(report.registerCount == expected.registerCount) }
    }
  }

  @Test(arguments: names)
  func `the verifier accepts a compiler's text`(name: String) throws {
    let errors = try parse(text(of: name), fileName: name).diagnostics().filter {
      $0.severity == .error
    }
    #expect(errors.isEmpty, "\(errors.map(\.description).joined(separator: "\n"))")
  }
}
