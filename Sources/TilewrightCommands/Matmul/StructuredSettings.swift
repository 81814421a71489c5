import KernelLanguage
import KernelLibrary

/// What a user sets of a configuration of the production matmul: `name=value`, separated by commas.
struct StructuredSettings {
  /// The settings in the order in which they were given.
  private let settings: [(name: String, value: String)]

  /// The settings that are numbers, by name.
  private static var numbers: [(name: String, path: WritableKeyPath<StructuredConfiguration, Int>)] {
    [
      ("tileM", \.tileM), ("tileN", \.tileN), ("tileK", \.tileK), ("stages", \.stageCount),
      ("cluster", \.clusterM), ("boxes", \.storeBoxCount), ("band", \.bandRows),
    ]
  }

  /// Reads settings.
  init(_ text: String) throws(InputError) {
    var settings: [(name: String, value: String)] = []
    for setting in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = setting.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw .setting(String(setting), reason: "it is written name=value")
      }
      settings.append((String(parts[0]), String(parts[1])))
    }
    self.settings = settings
  }

  /// Returns a configuration with the settings in place of its own.
  func applied(
    to configuration: StructuredConfiguration
  ) throws(InputError) -> StructuredConfiguration {
    var configuration = configuration
    for (name, value) in settings {
      if name == "consumers" {
        guard let plan = ConsumerPlan(rawValue: value) else {
          let plans = ConsumerPlan.allCases.map(\.rawValue).joined(separator: ", ")
          throw .setting("\(name)=\(value)", reason: "consumers are one of \(plans)")
        }
        configuration.consumers = plan
        continue
      }
      guard let path = Self.numbers.first(where: { $0.name == name })?.path else {
        let names = (Self.numbers.map(\.name) + ["consumers"]).joined(separator: ", ")
        throw .setting("\(name)=\(value)", reason: "settings are \(names)")
      }
      guard let number = Int(value) else {
        throw .setting("\(name)=\(value)", reason: "\(name) is an integer")
      }
      configuration[keyPath: path] = number
    }
    return configuration
  }
}

extension MatmulCatalog {
  /// Returns the production kernel in another configuration than the shipped one.
  ///
  /// - Throws: `InputError.setting` where the settings cannot be read or break a rule.
  static func structured(
    configured text: String, for target: Target?
  ) throws(InputError) -> Entry {
    let settings = try StructuredSettings(text)
    switch target {
    case .hopper: return try entry(Hopper.self, settings, text)
    case .blackwell: return try entry(Blackwell.self, settings, text)
    case nil:
      throw .kernelLacksTarget(
        kernel: "structured", target: "this machine", targets: Target.allCases.map(\.rawValue))
    }
  }

  /// Returns the production kernels of a machine.
  private static func entry<Machine: StructuredMachine>(
    _ machine: Machine.Type, _ settings: StructuredSettings, _ text: String
  ) throws(InputError) -> Entry {
    let configuration = try settings.applied(to: Machine.shippedConfiguration)
    do {
      return try structured(machine, configuration)
    } catch {
      throw .setting(text, reason: "\(error)")
    }
  }
}
