// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// The directory of build products that contains the running tests.
public struct TestBuild {
  /// The directory's path, such as `.build/release`.
  public let path: String

  /// Finds the build of the running program.
  ///
  /// The variable `TILEWRIGHT_BUILD` overrides it; `.build/release` is the last resort.
  public init() throws(ToolError) {
    if let override = ProcessInfo.processInfo.environment["TILEWRIGHT_BUILD"], !override.isEmpty {
      path = override
    } else {
      let program = CommandLine.arguments.first ?? ""
      path = TestBuild.ancestorWithModules(of: program) ?? TestBuild.usualPath
    }
    guard FileManager.default.fileExists(atPath: modules) else {
      throw .notFound(tool: "The directory of compiled modules", path: modules)
    }
  }

  /// The directory of the compiled Swift modules.
  public var modules: String { path + "/Modules" }

  /// The directory that `swift build -c release` fills.
  private static var usualPath: String { ToolEnvironment.packageRoot + "/.build/release" }

  /// Throws unless the build has a Swift module with that name.
  func requireModule(_ name: String) throws(ToolError) {
    guard FileManager.default.fileExists(atPath: modules + "/" + name + ".swiftmodule") else {
      throw .moduleNotBuilt(module: name, path: modules)
    }
  }

  /// Returns the path of an executable that was built with the tests.
  public func program(_ name: String) throws(ToolError) -> String {
    let program = path + "/" + name
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw .notFound(tool: name, path: program)
    }
    return program
  }

  /// The compiler options that add the build's Swift and C modules to the search paths.
  var searchOptions: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let maps = names.sorted().map { path + "/" + $0 + "/module.modulemap" }
    let ownMaps = maps.filter { FileManager.default.fileExists(atPath: $0) }
    return ["-I", modules] + ownMaps.flatMap { ["-Xcc", "-fmodule-map-file=" + $0] }
  }

  /// Returns the nearest parent directory of the program that has a directory of compiled modules.
  private static func ancestorWithModules(of program: String) -> String? {
    var url = URL(fileURLWithPath: program).standardizedFileURL
    while url.path != "/" {
      url.deleteLastPathComponent()
      if FileManager.default.fileExists(atPath: url.path + "/Modules") { return url.path }
    }
    return nil
  }
}
