// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The reason that a tool of the tests failed.
public enum ToolError: Error, Equatable {
  /// The tool is not at the expected path.
  case notFound(tool: String, path: String)
  /// The tool exited with a nonzero status, and wrote the text to standard error.
  case failed(tool: String, exitStatus: Int32, errorText: String)
  /// The file or directory at the path could not be created, read or written.
  case unusableFile(path: String, reason: String)
  /// The tool could not be started.
  case notStarted(tool: String, reason: String)
  /// The test build at the path has no module with that name.
  case moduleNotBuilt(module: String, path: String)
}

extension ToolError: CustomStringConvertible {
  /// The error in one sentence, with the command that corrects it if there is one.
  public var description: String {
    switch self {
    case .notFound(let tool, let path):
      "\(tool) is not at \(path); run Scripts/test, which installs the tools that the tests need."
    case .failed(let tool, let exitStatus, let errorText):
      "\(tool) ended with status \(exitStatus) and said: \(errorText)"
    case .unusableFile(let path, let reason):
      "The file \(path) cannot be used: \(reason)"
    case .notStarted(let tool, let reason):
      "\(tool) could not be started: \(reason)"
    case .moduleNotBuilt(let module, let path):
      "The module \(module) is not in \(path); run `swift build -c release --build-tests`."
    }
  }
}
