// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

/// Tests that the folders of a module form layers: no folder uses types of another that uses its own.
@Suite struct FolderTests {
  /// Modules with folders that use each other, and the reason.
  static let knots = [
    "Conformance": "the list of all suites is in the module's root, and the suites use its types",
    "Simulator": "the engines extend the runner of a cluster, which calls them",
  ]

  @Test func `the folders of a module form layers`() throws {
    let sources = ToolEnvironment.packageRoot + "/Sources"
    var checkedCount = 0
    for module in try FileManager.default.contentsOfDirectory(atPath: sources).sorted() {
      let folders = try ModuleFolders(sources + "/" + module)
      let knot = folders.knot
      #expect(
        knot.isEmpty == (Self.knots[module] == nil),
        "\(module): \(knot.map { "\($0.user) uses \($0.type) of \($0.owner)" })")
      checkedCount += folders.count
    }
    #expect(checkedCount > 50)
  }

  @Test func `a knot is found, and a layer is none`() {
    let layers = ModuleFolders(files: [
      "A/One.swift": "struct One {}", "B/Two.swift": "public enum Two { case one(One) }",
      "Three.swift": """
      // Two is no use here.
      let text = "Two"
      final class Three { var one: One }
      """,
    ])
    #expect(layers.count == 3 && layers.knot.isEmpty)
    let knot = ModuleFolders(files: [
      "A/One.swift": "struct One { var two: Two }", "B/Two.swift": "protocol Two: One {}",
      "Three.swift": "struct Three { var one: One }",
    ]).knot
    #expect(Set(knot.map(\.type)) == ["One", "Two"])
  }
}

/// The folders of a module, and the types by which they depend on each other.
private struct ModuleFolders {
  /// A use of a type of another folder.
  struct Use: Hashable {
    var user: String
    var type: String
    var owner: String
  }

  /// The uses.
  private var uses: Set<Use> = []

  /// The folders; the module's root is `.`.
  private var folders: Set<String> = []

  /// The number of folders.
  var count: Int { folders.count }

  /// Reads a module's files.
  init(_ root: String) throws {
    let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    var files: [String: String] = [:]
    for path in paths where path.hasSuffix(".swift") {
      files[path] = try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }
    self.init(files: files)
  }

  /// Reads files by path and text.
  init(files: [String: String]) {
    let code = files.mapValues { ModuleFolders.code(of: $0) }
    var owners: [String: Set<String>] = [:]
    for (path, text) in code {
      folders.insert(ModuleFolders.folder(of: path))
      for match in text.matches(of: Self.declaration) {
        owners[String(match.1), default: []].insert(ModuleFolders.folder(of: path))
      }
    }
    for (path, text) in code {
      let user = ModuleFolders.folder(of: path)
      for word in Set(text.matches(of: #/\b[A-Z]\w*/#).map { String($0.0) }) {
        guard let owner = owners[word], owner.count == 1, !owner.contains(user) else { continue }
        uses.formUnion(owner.map { Use(user: user, type: word, owner: $0) })
      }
    }
  }

  /// The uses among folders that depend on each other.
  var knot: [Use] {
    var left = folders
    var isShrinking = true
    while isShrinking {
      let among = uses.filter { left.contains($0.user) && left.contains($0.owner) }
      let bound = Set(among.map(\.user)).intersection(among.map(\.owner))
      isShrinking = bound.count < left.count
      left = bound
    }
    return uses.filter { left.contains($0.user) && left.contains($0.owner) }
      .sorted { ($0.user, $0.type) < ($1.user, $1.type) }
  }

  /// A declaration of a type at the top level of a file.
  private static var declaration: Regex<(Substring, Substring)> {
    #/(?m)^(?:(?:public|package|final|indirect) )*(?:struct|class|enum|protocol|actor) (\w+)/#
  }

  /// Returns a text without comments and strings.
  private static func code(of text: String) -> String {
    text.replacing(#/(?m)\/\/.*$/#, with: "")
      .replacing(#/"""(?:.|\n)*?"""/#, with: "")
      .replacing(#/"(?:\\.|[^"\\\n])*"/#, with: "")
  }

  /// Returns the folder of a path.
  private static func folder(of path: String) -> String {
    let parts = path.split(separator: "/").dropLast()
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }
}
