// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

/// Names that Apple's systems lack, searched for in the text, since not every build runs there.
@Suite struct `On Apple's systems` {
  @Test func `no source uses a name that some system lacks`() throws {
    let sources = try SourceFile.all(under: ["Sources", "Tests", "Examples"])
      .filter { !$0.path.hasPrefix("Tests/PackageTests/") }
    #expect(sources.count > 300)
    #expect(sources.flatMap(PortabilityRule.findings) == [])
  }

  @Test func `the manifest requires the systems that have the types in use`() throws {
    let sources = try SourceFile.all(under: ["Sources", "Examples"])
    let used = sources.reduce(into: Set<String>()) {
      $0.formUnion(PortabilityRule.datedTypes(in: $1))
    }
    let versions = used.compactMap { PortabilityRule.availability[$0] }
    let needed = [
      "macos": versions.map(\.macOS).max(), "ios": versions.map(\.iOS).max(),
      "visionos": versions.map(\.visionOS).max(),
    ]
    let platforms = try PackageManifest().platforms
    let declared = platforms.map { ($0.platformName, $0.version.split(separator: ".").first) }
    let requested = Dictionary(uniqueKeysWithValues: declared.map { ($0, $1.flatMap { Int($0) }) })
    #expect(requested == needed, "The sources use \(used.sorted()).")
  }

  @Test func `only the commands use Foundation, so that the rest needs no process`() throws {
    let sources = try SourceFile.all(under: ["Sources"])
      .filter { $0.imports.contains("Foundation") }
    let modules = Set(sources.map { String($0.path.split(separator: "/")[1]) })
    #expect(modules == ["TilewrightCommands", "TilewrightTool"])
  }

  @Test func `the C sources use nothing of one system's compiler or library`() throws {
    let sources = try SourceFile.all(under: ["Sources"], endings: [".c", ".h"])
    #expect(sources.count > 3)
    let headers: Set<String> = [
      "<stdint.h>", "<stddef.h>", "<stdbool.h>", "<immintrin.h>", "<arm_neon.h>",
    ]
    for source in sources {
      for line in source.lines where line.hasPrefix("#include <") {
        #expect(
          headers.contains(String(line.dropFirst("#include ".count))), "\(source.path): \(line)")
      }
      let text = source.lines.joined(separator: "\n")
      for word in ["ifunc", "target_clones", "__asm__", "alias(", "section("] {
        #expect(!text.contains(word), "\(source.path) uses \(word)")
      }
    }
  }

  @Test func `no target passes flags to a compiler or linker`() throws {
    let kinds = try PackageManifest().targets.flatMap(\.settings).flatMap(\.kinds)
    #expect(
      Set(kinds).isSubset(of: ["enableUpcomingFeature", "treatAllWarnings", "strictMemorySafety"]))
  }
}

@Suite struct `The search for what a system lacks` {
  @Test func `finds a name under no condition, or under another`() {
    let text = """
      let half: Float16 = 1
      #if arch(arm64)
        let right: Float16 = 1
      #else
        let wrong: Float16 = 1
      #endif
      // A comment on Float16.
      #if canImport(Glibc)
        let thread = gettid()
      #endif
      """
    let findings = PortabilityRule.findings(in: SourceFile(path: "a.swift", text: text))
    #expect(findings.map { $0.prefix(11) } == ["a.swift:1: ", "a.swift:5: "])
  }

  @Test func `finds a file that knows the C library of one system alone`() {
    let some = SourceFile(path: "a.swift", text: "#if canImport(Glibc)\n  import Glibc\n#endif")
    #expect(PortabilityRule.findings(in: some) == ["a.swift: imports Glibc, not Darwin and Musl"])
    let all = SourceFile(
      path: "a.swift", text: "  import Glibc\n  import Musl\n  import Darwin\nimport Foundation")
    #expect(PortabilityRule.findings(in: all) == [])
  }

  @Test func `finds types by the version that has them`() {
    let file = SourceFile(
      path: "a.swift", text: "var a: InlineArray<4, Int> // Mutex\nlet b: UInt128 = 1")
    #expect(PortabilityRule.datedTypes(in: file) == ["InlineArray", "UInt128"])
  }
}
