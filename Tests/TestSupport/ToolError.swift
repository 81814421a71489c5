/// A reason that a tool which the tests need could not do its work.
public enum ToolError: Error, Equatable {
  /// The named tool is not at the path where it is expected.
  case notFound(tool: String, path: String)
  /// The named tool ended with a status other than zero, and wrote the text to standard error.
  case failed(tool: String, exitStatus: Int32, errorText: String)
  /// The file or directory at the path could not be made, read or written.
  case unusableFile(path: String, reason: String)
  /// The named tool could not be started.
  case notStarted(tool: String, reason: String)
  /// The test build at the path holds no module of that name.
  case moduleNotBuilt(module: String, path: String)
}

extension ToolError: CustomStringConvertible {
  /// One sentence that says what is wrong and, where a command mends it, which.
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
