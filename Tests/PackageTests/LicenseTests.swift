// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@Suite struct `The license of each file` {
  /// The end of the line by which tools recognize the license.
  private let mark = " SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"

  @Test func `is named in one of its first two lines`() throws {
    let files = try SourceFile.all(
      under: ["Sources", "Tests", "Examples", "Scripts"], endings: [".swift", ".c", ".h", ".py"])
    #expect(files.count > 700)
    for file in files {
      #expect(file.lines.prefix(2).contains { $0.hasSuffix(mark) }, "\(file.path)")
    }
  }

  @Test func `is named at the end of CUDA sources, whose compiled texts have their line numbers`()
    throws
  {
    let files = try SourceFile.all(under: ["Tests"], endings: [".cu"])
    #expect(files.count > 0)
    for file in files {
      #expect(file.lines.suffix(2).contains { $0.hasSuffix(mark) }, "\(file.path)")
    }
  }

  @Test func `is named in scripts that have no ending`() throws {
    let names = PackagePaths.entries(of: ToolEnvironment.packageRoot + "/Scripts")
      .filter { !$0.contains(".") }
    #expect(names.contains("test"))
    for name in names {
      let files = try SourceFile.all(under: ["Scripts"], endings: [name])
      let file = try #require(files.first { $0.path == "Scripts/" + name })
      #expect(file.lines.prefix(2).contains { $0.hasSuffix(mark) }, "\(name)")
    }
  }
}
