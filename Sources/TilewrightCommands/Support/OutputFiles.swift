// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The files that a command writes: all of them, each whole, or none.
struct OutputFiles {
  /// A file that is still to be written.
  private struct Pending {
    /// The path as it was given.
    var path: String
    /// The file in which it lies until all are there, in the directory of its destination.
    var temporary: URL
    /// The path of the file, with links resolved.
    var destination: URL
  }

  /// The files that were checked, by the path as it was given.
  private var destinations: [String: URL] = [:]

  /// Creates the outputs of the given paths, and checks that each can be written.
  ///
  /// So a command that takes minutes does not find out at its end.
  init(_ paths: [String]) throws(InputError) {
    for path in paths {
      guard !path.isEmpty else {
        throw .unwritableFile(path: path, reason: "its path is empty")
      }
      let destination = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      if let reason = obstacle(to: destination) {
        throw .unwritableFile(path: path, reason: reason)
      }
      guard !destinations.values.contains(destination) else { throw .outputTwice(path: path) }
      destinations[path] = destination
    }
  }

  /// Writes the files; where one cannot be written, none is.
  ///
  /// - Precondition: The paths were given to `init`.
  func write(_ files: [(path: String, bytes: [UInt8])]) throws(InputError) {
    var pending: [Pending] = []
    // What was moved to its place is no longer there under its temporary name.
    defer { for file in pending { try? FileManager.default.removeItem(at: file.temporary) } }
    for file in files {
      let next = try fill(file.path, file.bytes)
      pending.append(next)
    }
    for file in pending { try put(file) }
  }

  /// Writes a file's bytes to a temporary file beside its destination.
  private func fill(_ path: String, _ bytes: [UInt8]) throws(InputError) -> Pending {
    guard let destination = destinations[path] else {
      fatalError("An output's path must be known before it is written.")
    }
    let name = ".\(destination.lastPathComponent).\(UUID().uuidString)"
    let temporary = destination.deletingLastPathComponent().appendingPathComponent(name)
    do {
      try Data(bytes).write(to: temporary)
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw .unwritableFile(path: path, reason: reason(of: error))
    }
    return Pending(path: path, temporary: temporary, destination: destination)
  }

  /// Moves a file to its destination.
  private func put(_ file: Pending) throws(InputError) {
    guard rename(file.temporary.path, file.destination.path) == 0 else {
      throw .unwritableFile(path: file.path, reason: String(cString: strerror(errno)))
    }
  }
}

/// Returns the reason why a destination cannot be written, if it is known in advance.
private func obstacle(to destination: URL) -> String? {
  guard isAbsentOrRegularFile(destination.path) else { return "it is not a regular file" }
  let directory = destination.deletingLastPathComponent().path
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else {
    return "the directory \(directory) does not exist"
  }
  guard isDirectory.boolValue else { return "\(directory) is not a directory" }
  guard FileManager.default.isWritableFile(atPath: directory) else {
    return "the directory \(directory) is not writable"
  }
  return nil
}

/// Returns whether a path is free, or that of a regular file.
func isAbsentOrRegularFile(_ path: String) -> Bool {
  guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
    return true
  }
  return attributes[.type] as? FileAttributeType == .typeRegular
}

/// Returns what the system says of a failed access, as the end of a sentence without its stop.
func reason(of error: any Error) -> String {
  let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
  // "The operation could not be completed. No such file or directory."
  let sentences = (cause ?? error).localizedDescription.components(separatedBy: ". ")
  let last = sentences.last ?? ""
  return last.hasSuffix(".") ? String(last.dropLast()) : last
}
