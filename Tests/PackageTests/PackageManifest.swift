// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport

/// The contents of `Package.swift` as SwiftPM reads them.
struct PackageManifest: Decodable {
  /// A system, and the lowest version that the package supports.
  struct Platform: Decodable {
    let platformName: String
    let version: String
  }

  /// A product that another package can depend on.
  struct Product: Decodable {
    let name: String
    let targets: [String]
  }

  /// A module, an executable or a test bundle.
  struct Target: Decodable {
    let name: String
    let type: String
    let dependencies: [Dependency]
    let settings: [Setting]
  }

  /// A dependency of a target: a target of this package, or a product of another.
  struct Dependency: Decodable {
    let name: String
    let isProduct: Bool

    /// The two forms that a dependency has in the text.
    private enum Form: String, CodingKey { case byName, target, product }

    init(from decoder: any Decoder) throws {
      let forms = try decoder.container(keyedBy: Form.self)
      guard let form = forms.allKeys.first else {
        throw DecodingError.valueNotFound(
          String.self, .init(codingPath: decoder.codingPath, debugDescription: "no dependency"))
      }
      var words = try forms.nestedUnkeyedContainer(forKey: form)
      name = try words.decode(String.self)
      isProduct = form == .product
    }
  }

  /// One build setting, by the names of its kind.
  struct Setting: Decodable {
    let kinds: [String]

    /// The name of a setting's kind.
    private struct Kind: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    /// The only key of a setting that the tests read.
    private enum Keys: CodingKey { case kind }

    init(from decoder: any Decoder) throws {
      let setting = try decoder.container(keyedBy: Keys.self)
      let kind = try setting.nestedContainer(keyedBy: Kind.self, forKey: .kind)
      kinds = kind.allKeys.map(\.stringValue)
    }
  }

  let platforms: [Platform]
  let products: [Product]
  let targets: [Target]

  /// Reads the manifest of this package.
  ///
  /// - Parameter environment: Variables for the manifest, as `NAME=value`.
  /// - Throws: `ToolError` if SwiftPM refuses the manifest, and the errors of the decoder.
  init(environment: [String] = []) throws {
    let scratch = try TemporaryDirectory()
    let package = [
      "swift", "package", "--package-path", ToolEnvironment.packageRoot, "--scratch-path",
      scratch.path, "dump-package",
    ]
    let run = try ToolRun("/usr/bin/env", arguments: environment + package)
    guard run.exitStatus == 0 else {
      throw ToolError.failed(
        tool: "swift package", exitStatus: run.exitStatus, errorText: run.errorText)
    }
    self = try JSONDecoder().decode(PackageManifest.self, from: Data(run.output))
  }

  /// Returns the names of all targets that a product's targets depend on, themselves included.
  func closure(ofProduct name: String) -> Set<String> {
    var reached: Set<String> = []
    var next = products.first { $0.name == name }?.targets ?? []
    while let target = next.popLast() {
      guard reached.insert(target).inserted else { continue }
      next += targets.first { $0.name == target }?.dependencies.map(\.name) ?? []
    }
    return reached
  }
}
