// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import Simulator

/// An architecture that kernels are made for.
enum Target: String, CaseIterable, Sendable, Codable {
  case hopper
  case blackwell

  /// The targets by the names that options and files give them.
  static let byName: KeyValuePairs<String, Target> = ["hopper": .hopper, "blackwell": .blackwell]

  /// Creates the target of a name.
  init(named name: String) throws(InputError) {
    guard let target = Target(rawValue: name) else { throw .unknownTarget(name: name) }
    self = target
  }

  /// Creates the target whose kernels run on a device of a compute capability, times ten.
  init?(computeCapability: Int) {
    guard let target = Target.allCases.first(where: { $0.number == computeCapability })
    else { return nil }
    self = target
  }

  /// Ten times the compute capability.
  var number: Int { machine.architecture }

  /// The machine on which the simulator runs this target's kernels.
  var machine: SimulatedMachine {
    switch self {
    case .hopper: .hopper
    case .blackwell: .blackwell
    }
  }
}
