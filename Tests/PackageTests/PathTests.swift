// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@Suite struct `Paths on a file system that ignores case` {
  @Test func `no two paths of the package differ only in case`() {
    let paths = PackagePaths.paths(under: ToolEnvironment.packageRoot)
    #expect(paths.contains("Sources/Tilewright/Tilewright.swift"))
    #expect(PackagePaths.collisions(among: paths) == [])
  }

  @Test func `no two products of the build differ only in case`() throws {
    let build = try TestBuild()
    let names = PackagePaths.entries(of: build.path)
    #expect(names.contains("Modules"))
    #expect(PackagePaths.collisions(among: names) == [])
    #expect(PackagePaths.collisions(among: PackagePaths.entries(of: build.modules)) == [])
  }

  @Test func `names that differ only in case are found`() {
    let names = ["Sources/Tool", "Sources/tool", "Sources/Tool/a.swift", "Sources/tool/a.swift"]
    #expect(
      PackagePaths.collisions(among: names) == [
        ["Sources/Tool", "Sources/tool"], ["Sources/Tool/a.swift", "Sources/tool/a.swift"],
      ])
    #expect(PackagePaths.collisions(among: ["Tool", "tools", "Tool"]) == [])
  }
}
