// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The locations of the tools that the tests need.
public enum ToolEnvironment {
  /// The directory of `Package.swift` at compile time.
  public static var packageRoot: String {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }

  /// The directory of the Python environment that `Scripts/setup` creates.
  ///
  /// It is `.venv` in the package's root unless the variable `TILEWRIGHT_VENV` names another.
  public static var virtualEnvironment: String {
    let override = ProcessInfo.processInfo.environment["TILEWRIGHT_VENV"] ?? ""
    return override.isEmpty ? packageRoot + "/.venv" : override
  }

  /// Returns the path of the environment's Python interpreter.
  public static func python() throws(ToolError) -> String {
    let path = virtualEnvironment + "/bin/python3"
    return try executable("Python", at: path)
  }

  /// Returns the path of the PTX assembler from the environment's NVIDIA packages.
  public static func ptxas() throws(ToolError) -> String {
    try nvidiaTool("ptxas")
  }

  /// Returns the path of the disassembler `nvdisasm` from the environment's NVIDIA packages.
  public static func nvdisasm() throws(ToolError) -> String {
    try nvidiaTool("nvdisasm")
  }

  /// Returns the path of the object reader `cuobjdump` from the environment's NVIDIA packages.
  public static func cuobjdump() throws(ToolError) -> String {
    try nvidiaTool("cuobjdump")
  }

  /// Returns the path of the Swift compiler: the first `swiftc` on `PATH`.
  public static func swiftc() throws(ToolError) -> String {
    let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for directory in searchPath.split(separator: ":") {
      let path = "\(directory)/swiftc"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw .notFound(tool: "swiftc", path: "any directory of PATH (\(searchPath))")
  }

  /// Returns the path of a tool in `lib/python*/site-packages/nvidia/*/bin` of the environment.
  private static func nvidiaTool(_ name: String) throws(ToolError) -> String {
    for library in entries(of: virtualEnvironment + "/lib") {
      for toolkit in entries(of: library + "/site-packages/nvidia") {
        let path = toolkit + "/bin/" + name
        if FileManager.default.isExecutableFile(atPath: path) { return path }
      }
    }
    let path = virtualEnvironment + "/lib/python*/site-packages/nvidia/*/bin/" + name
    throw .notFound(tool: name, path: path)
  }

  /// Returns the path if it is an executable file, and otherwise throws.
  private static func executable(_ tool: String, at path: String) throws(ToolError) -> String {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw .notFound(tool: tool, path: path)
    }
    return path
  }

  /// Returns the full paths of the directory's entries, sorted; none if there is no directory.
  private static func entries(of directory: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.sorted().map { directory + "/" + $0 }
  }
}
