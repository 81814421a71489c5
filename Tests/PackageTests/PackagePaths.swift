// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The paths of a directory, and those that are the same path to a file system that ignores case.
enum PackagePaths {
  /// Returns the paths of files and folders under a directory, relative to it, without hidden ones.
  static func paths(under directory: String) -> [String] {
    entries(of: directory).filter { !$0.hasPrefix(".") }.flatMap { name in
      [name] + paths(under: directory + "/" + name).map { name + "/" + $0 }
    }
  }

  /// Returns the names of a directory's entries; none if the path is no directory.
  static func entries(of directory: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  }

  /// Returns the groups of names that differ only in case, each sorted.
  static func collisions(among names: [String]) -> [[String]] {
    Dictionary(grouping: Set(names)) { $0.lowercased() }.values
      .filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }
}
