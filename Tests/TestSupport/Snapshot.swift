// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Testing

/// Expects a text to equal the file `Tests/<module of the test>/Snapshots/<name>.ptx`, or with
/// another extension.
///
/// With `RECORD_SNAPSHOTS=1` in the environment the text is written to the file instead. A missing
/// snapshot is a failure.
///
/// - Parameters:
///   - text: The text under test.
///   - name: The snapshot's file name without extension; letters, digits, `-`, `_` and `.`.
///   - ending: The extension, which names the kind of text.
///   - sourceLocation: The location of the test, which determines the module and is shown for
///     failures.
public func expectSnapshot(
  _ text: String, named name: String, ending: String = "ptx",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  precondition(isSnapshotName(name), "A snapshot's name is of letters, digits, '-', '_' and '.'.")
  let directory =
    ToolEnvironment.packageRoot + "/Tests/" + sourceLocation.moduleName + "/Snapshots"
  let path = directory + "/" + name + "." + ending
  if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
    record(text, at: path, in: directory, sourceLocation)
  } else {
    compare(text, with: path, sourceLocation)
  }
}

/// Returns whether a name is valid as a file name on every system.
private func isSnapshotName(_ name: String) -> Bool {
  let isPlain = name.utf8.allSatisfy { byte in
    let isLetter = (0x61...0x7A).contains(byte | 0x20)
    let isDigit = (0x30...0x39).contains(byte)
    return isLetter || isDigit || [0x2D, 0x2E, 0x5F].contains(byte)
  }
  return isPlain && !name.isEmpty && !name.hasPrefix(".")
}

/// Writes a snapshot, creating its directory if needed.
private func record(
  _ text: String, at path: String, in directory: String, _ sourceLocation: SourceLocation
) {
  do {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    Issue.record(
      "The snapshot \(path) cannot be written: \(error)", sourceLocation: sourceLocation)
  }
}

/// Records an issue unless the file at the path contains the text.
func compare(_ text: String, with path: String, _ sourceLocation: SourceLocation) {
  let advice = "Run with RECORD_SNAPSHOTS=1 to record it, and read the difference."
  guard let data = FileManager.default.contents(atPath: path) else {
    Issue.record("There is no snapshot \(path). \(advice)", sourceLocation: sourceLocation)
    return
  }
  let expected = String(decoding: data, as: UTF8.self)
  guard let difference = firstDifference(expected, text) else { return }
  Issue.record(
    "The text differs from the snapshot \(path) \(difference) \(advice)",
    sourceLocation: sourceLocation)
}

/// Returns a description of the first line in which two texts differ, or `nil` if they are equal.
func firstDifference(_ expected: String, _ found: String) -> String? {
  // Bytes are compared, because equal strings may have different encodings.
  if expected.utf8.elementsEqual(found.utf8) { return nil }
  let expectedLines = lines(of: expected)
  let foundLines = lines(of: found)
  let sharedCount = zip(expectedLines, foundLines).prefix { $0.utf8.elementsEqual($1.utf8) }.count
  let expectedLine = line(sharedCount, of: expectedLines)
  let foundLine = line(sharedCount, of: foundLines)
  return "at line \(sharedCount + 1): expected \(expectedLine), found \(foundLine)."
}

/// Returns the lines of a text, split at each line feed; after a final line feed there is an empty
/// one.
private func lines(of text: String) -> [String] {
  text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String($0) ?? "?" }
}

/// Returns the quoted line at an index, or says that there is none.
private func line(_ index: Int, of lines: [String]) -> String {
  index < lines.count ? "\"\(lines[index])\"" : "the end of the text"
}
