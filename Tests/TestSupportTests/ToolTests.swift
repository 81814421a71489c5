// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@Suite struct `Tools that the tests run` {
  @Test func `a script's output is returned, however long it is`() throws {
    let input = [UInt8](repeating: 7, count: 3_000_000)
    let script = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    #expect(try runPython(script, input: input) == input)
  }

  @Test func `a script finds its arguments, numpy and ml_dtypes`() throws {
    let script = "import sys, numpy, ml_dtypes; print(sys.argv[1:])"
    let output = try runPython(script, arguments: ["a b", "c"])
    #expect(String(decoding: output, as: UTF8.self) == "['a b', 'c']\n")
  }

  @Test func `a failing script is an error with its message`() {
    let error = #expect(throws: ToolError.self) {
      try runPython("import sys; sys.exit('no such tile')")
    }
    #expect(
      error == .failed(tool: "Python", exitStatus: 1, errorText: "no such tile\n"))
  }

  @Test func `ptxas counts registers and spills`() throws {
    let report = try assemble(Self.module(body: "ret;"), architecture: "sm_90a")
    #expect(report.isAccepted)
    #expect(report.registerCount != nil)
    #expect(report.spillStoreByteCount == 0)
    #expect(report.spillLoadByteCount == 0)
    #expect(report.warnings == [])
  }

  @Test func `ptxas names what it refuses`() throws {
    let report = try assemble(Self.module(body: "bogus;"), architecture: "sm_100a")
    #expect(!report.isAccepted)
    #expect(report.registerCount == nil)
    #expect(report.errors.contains { $0.contains("line 5") })
  }

  @Test func `ptxas warnings are found`() throws {
    let text = Self.module(body: ".pragma \"nonsense\"; ret;")
    let report = try assemble(text, architecture: "sm_90a")
    #expect(report.isAccepted)
    #expect(report.warnings.count == 1)
  }

  /// Returns a module with one kernel of the given body, which is on line 5.
  static func module(body: String) -> String {
    """
    .version 8.6
    .target sm_90
    .address_size 64
    .visible .entry empty() {
      \(body)
    }
    """
  }
}

@Suite struct `The seeded generator` {
  @Test func `its first numbers are the published ones`() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<3).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }
}
