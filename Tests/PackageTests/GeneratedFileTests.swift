import Foundation
import TestSupport
import Testing

@Suite struct `Generated files` {
  @Test func `the operators are what the script writes`() throws {
    let directory = "Sources/KernelLanguage/Operators"
    let root = ToolEnvironment.packageRoot
    let scratch = try TemporaryDirectory()
    let command = "cd '\(scratch.path)' && mkdir -p \(directory) && exec \"$0\" \"$1\""
    let run = try ToolRun(
      "/bin/sh",
      arguments: [
        "-c", command, try ToolEnvironment.python(), root + "/Scripts/generate-operators.py",
      ])
    #expect(run.exitStatus == 0, "\(run.errorText)")
    let names = PackagePaths.entries(of: root + "/" + directory).sorted()
    #expect(names == PackagePaths.entries(of: scratch.path + "/" + directory).sorted())
    #expect(names.count == 6)
    for name in names {
      let path = directory + "/" + name
      let kept = try String(contentsOfFile: root + "/" + path, encoding: .utf8)
      #expect(
        try String(contentsOfFile: scratch.path + "/" + path, encoding: .utf8) == kept, "\(name)")
    }
  }
}
