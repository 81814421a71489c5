// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@Suite struct `Generated files` {
  @Test(arguments: [
    ("generate-operators.py", "Sources/KernelLanguage/Operators", 6),
    ("generate-launches.py", "Sources/KernelLanguage/Kernels", 1),
  ])
  func `are what their scripts write`(script: String, directory: String, count: Int) throws {
    let root = ToolEnvironment.packageRoot
    let scratch = try TemporaryDirectory()
    let command = "cd '\(scratch.path)' && mkdir -p \(directory) && exec \"$0\" \"$1\""
    let run = try ToolRun(
      "/bin/sh",
      arguments: ["-c", command, try ToolEnvironment.python(), root + "/Scripts/" + script])
    #expect(run.exitStatus == 0, "\(run.errorText)")
    let names = PackagePaths.entries(of: scratch.path + "/" + directory)
    #expect(names.count == count)
    for name in names {
      let path = "/" + directory + "/" + name
      let written = try String(contentsOfFile: scratch.path + path, encoding: .utf8)
      let kept = try String(contentsOfFile: root + path, encoding: .utf8)
      #expect(written == kept, "\(name)")
    }
  }
}
