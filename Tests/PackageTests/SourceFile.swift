// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport

/// A file of the package's sources, as lines.
struct SourceFile {
  /// The path from the package's root.
  let path: String

  /// The lines, without their ends.
  let lines: [String]

  /// Creates a file of the given text.
  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Reads the files under some directories of the package whose names end in one of `endings`.
  static func all(
    under directories: [String], endings: [String] = [".swift"]
  ) throws -> [SourceFile] {
    try directories.flatMap { directory in
      let root = ToolEnvironment.packageRoot + "/"
      return try PackagePaths.paths(under: root + directory)
        .filter { path in endings.contains { path.hasSuffix($0) } }
        .map { name in
          let path = directory + "/" + name
          return SourceFile(
            path: path, text: try String(contentsOfFile: root + path, encoding: .utf8))
        }
    }
  }

  /// The modules that the file imports.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ").drop { $0.hasPrefix("@") }
      guard words.first == "import", words.count == 2 else { return nil }
      return words.last.map(String.init)
    }
  }

  /// The names of the public types that the file declares at its top level.
  var publicTypes: [String] {
    let kinds: Set<Substring> = ["struct", "enum", "class", "protocol", "typealias"]
    return lines.compactMap { line in
      var words = line.split(separator: " ")[...]
      while let first = words.first, first.hasPrefix("@") || ["indirect", "final"].contains(first) {
        words = words.dropFirst()
      }
      guard line.first != " ", words.first == "public" else { return nil }
      words = words.dropFirst().drop { $0 == "final" || $0 == "indirect" }
      guard let kind = words.first, kinds.contains(kind), let name = words.dropFirst().first else {
        return nil
      }
      return String(name.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
  }
}
