// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The reason that a file cannot be read.
struct UnreadableFile: Error, Equatable {
  /// Whether there is no file at the path.
  var isMissing = false

  /// The reason, as the end of a sentence without its stop.
  var reason: String
}

/// Returns the bytes of a file, or of a pipe until its end.
func readBytes(_ path: String) throws(UnreadableFile) -> [UInt8] {
  guard !path.isEmpty else { throw UnreadableFile(isMissing: true, reason: "its path is empty") }
  var status = stat()
  guard stat(path, &status) == 0 else {
    guard errno != ENOENT else {
      throw UnreadableFile(isMissing: true, reason: "there is no such file")
    }
    throw UnreadableFile(reason: String(cString: strerror(errno)))
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG, S_IFIFO: break
  case S_IFDIR: throw UnreadableFile(reason: "it is a directory")
  default: throw UnreadableFile(reason: "it is neither a file nor a pipe")
  }
  guard let file = FileHandle(forReadingAtPath: path) else {
    throw UnreadableFile(reason: String(cString: strerror(errno)))
  }
  do {
    return [UInt8](try file.readToEnd() ?? Data())
  } catch {
    throw UnreadableFile(reason: reason(of: error))
  }
}

/// Returns the text of a file.
func readText(_ path: String) throws(InputError) -> String {
  let bytes: [UInt8]
  do {
    bytes = try readBytes(path)
  } catch {
    throw .unreadableFile(path: path, reason: error.reason)
  }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw .unreadableFile(path: path, reason: "it is not UTF-8 text")
  }
  return text
}
