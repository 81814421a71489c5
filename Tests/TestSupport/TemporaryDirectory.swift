// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// A temporary directory, which is removed with this value.
public struct TemporaryDirectory: ~Copyable {
  /// The directory's full path.
  public let path: String

  /// Creates an empty directory with a unique name.
  public init() throws(ToolError) {
    let name = "tilewright-" + UUID().uuidString
    path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unusableFile(path: path, reason: String(describing: error))
    }
  }

  /// Removes the directory and its contents.
  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Returns the full path of a file in the directory.
  public func file(_ name: String) -> String {
    path + "/" + name
  }

  /// Writes a file into the directory and returns its full path.
  public func write(_ bytes: [UInt8], to name: String) throws(ToolError) -> String {
    let path = file(name)
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
      throw .unusableFile(path: path, reason: "it could not be written.")
    }
    return path
  }

  /// Returns the bytes of a file in the directory.
  public func read(_ name: String) throws(ToolError) -> [UInt8] {
    let path = file(name)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unusableFile(path: path, reason: "it could not be read.")
    }
    return [UInt8](data)
  }
}
