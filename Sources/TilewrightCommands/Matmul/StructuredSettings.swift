// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import KernelLibrary
import StructuredKernels

/// A user's settings of the production matmul's configuration: `name=value`, separated by commas.
///
/// Settings replace those of the architecture's default configuration, and never those of one that
/// was chosen for a product: so a name stands for one kernel, whatever it multiplies.
struct StructuredSettings {
  /// The settings in the order in which they were given.
  private let settings: [(name: String, value: String)]

  /// The settings that are numbers, by name.
  private static var numbers: [(name: String, path: WritableKeyPath<StructuredConfiguration, Int>)]
  {
    [
      ("tileM", \.tileM), ("tileN", \.tileN), ("tileK", \.tileK), ("stages", \.stageCount),
      ("clusterM", \.clusterM),
      ("clusterN", \.clusterN), ("ctasPerMMA", \.ctasPerMMA),
      ("boxes", \.storeBoxCount), ("supergroup", \.supergroupRows), ("splits", \.splitFactor),
    ]
  }

  /// Reads settings.
  init(_ text: String) throws(InputError) {
    var settings: [(name: String, value: String)] = []
    for setting in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = setting.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw .setting(String(setting), reason: "it must be written as name=value")
      }
      guard !settings.contains(where: { $0.name == parts[0] }) else {
        throw .setting(text, reason: "\(parts[0]) is set twice")
      }
      settings.append((String(parts[0]), String(parts[1])))
    }
    self.settings = settings
  }

  /// Returns a configuration with the settings applied.
  func applied(
    to configuration: StructuredConfiguration
  ) throws(InputError) -> StructuredConfiguration {
    var configuration = configuration
    for (name, value) in settings {
      switch name {
      case "consumers": configuration.consumers = try choice(name, value)
      case "order": configuration.order = try choice(name, value)
      case "dependentLaunch": configuration.usesProgrammaticDependentLaunch = try flag(name, value)
      case "deferredStores": configuration.defersStores = try flag(name, value)
      case "scheduler": configuration.scheduler = try choice(name, value)
      default: configuration[keyPath: try Self.path(name, value)] = try number(name, value)
      }
    }
    return configuration
  }

  /// Returns the setting of a name, which is a number.
  private static func path(
    _ name: String, _ value: String
  ) throws(InputError) -> WritableKeyPath<StructuredConfiguration, Int> {
    guard let path = numbers.first(where: { $0.name == name })?.path else {
      let names =
        numbers.map(\.name) + [
          "consumers", "order", "scheduler", "dependentLaunch", "deferredStores",
        ]
      throw .setting("\(name)=\(value)", reason: "settings are \(names.joined(separator: ", "))")
    }
    return path
  }

  /// Reads a number.
  private func number(_ name: String, _ value: String) throws(InputError) -> Int {
    guard let number = Int(value) else {
      throw .setting("\(name)=\(value)", reason: "\(name) must be an integer")
    }
    return number
  }

  /// Reads a Boolean.
  private func flag(_ name: String, _ value: String) throws(InputError) -> Bool {
    guard let flag = Bool(value) else {
      throw .setting("\(name)=\(value)", reason: "\(name) must be true or false")
    }
    return flag
  }

  /// Reads one of several names.
  private func choice<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ value: String
  ) throws(InputError) -> Word {
    guard let word = Word(rawValue: value) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .setting("\(name)=\(value)", reason: "\(name) must be one of \(words)")
    }
    return word
  }
}

extension MatmulChoice {
  /// The name of the production kernel.
  private static var prefix: String { "structured:" }

  /// Finds the production kernel in a given configuration, for the architectures whose rules it
  /// keeps; nil if the name is not of the form `structured:tileN=128,stages=6`.
  ///
  /// - Throws: `InputError.setting` if the settings cannot be read, or break a rule of every
  ///   architecture.
  init?(configured name: String) throws(InputError) {
    guard name.hasPrefix(Self.prefix) else { return nil }
    let text = String(name.dropFirst(Self.prefix.count))
    let settings = try StructuredSettings(text)
    var entries: [MatmulCatalog.Entry] = []
    var refusals: [Target: InputError] = [:]
    /// Adds the entry of an architecture, or why there is none.
    func add<Machine: StructuredMachine>(
      _ machine: Machine.Type, _ target: Target
    ) throws(InputError) {
      let configuration = try settings.applied(to: machine.defaultConfiguration)
      do {
        entries.append(try MatmulCatalog.structured(machine, configuration, named: name))
      } catch {
        refusals[target] = .setting(text, reason: "\(error)")
      }
    }
    try add(Hopper.self, .hopper)
    try add(Blackwell.self, .blackwell)
    if entries.isEmpty, let refusal = refusals[.hopper] { throw refusal }
    self.init(name: name, entries: entries, refusals: refusals)
  }
}
