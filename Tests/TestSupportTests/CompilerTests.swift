// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@Suite struct `The compiler, run on a small file` {
  @Test func `accepts correct code with every module of the package`() throws {
    let modules = ["NumberFormats", "Simulator", "Tilewright", "TilewrightCommands"]
    let report = try compile("func double(_ x: Int) -> Int { 2 * x }", importing: modules)
    #expect(report.isAccepted, "\(report.log)")
    #expect(report.diagnostics == [])
  }

  @Test func `accepts a file that has its own imports`() throws {
    let report = try compile("import Simulator\n")
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test func `finds the C module`() throws {
    let report = try compile("import TensorCoreArithmetic\n")
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test func `refuses a wrong type at its line`() throws {
    let source = """
      func one() -> Int {
        "one: 1"
      }
      """
    let report = try compile(source, importing: ["NumberFormats"])
    #expect(!report.isAccepted)
    #expect(report.hasError(atLine: 2, containing: "cannot convert"))
    #expect(report.errors.count == 1)
  }

  @Test func `refuses a value consumed twice at its line`() throws {
    let source = """
      struct Token: ~Copyable {
        consuming func release() {}
      }
      func releaseTwice(_ token: consuming Token) {
        token.release()
        token.release()
      }
      """
    let report = try compile(source)
    #expect(report.hasError(atLine: 4, containing: "consumed more than once"), "\(report.log)")
  }

  @Test func `reports a module that was not built`() {
    let error = #expect(throws: ToolError.self) {
      try compile("", importing: ["NoSuchModule"])
    }
    guard case .moduleNotBuilt("NoSuchModule", _)? = error else {
      Issue.record("The error was \(String(describing: error)).")
      return
    }
  }
}
