// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLibrary
import MachineIR
import Simulator

/// The kernel, its target and the device of a matmul.
struct MatmulSelection {
  /// The kernel.
  let entry: MatmulCatalog.Entry
  /// The machine that the device is or is simulated as; nil on another GPU.
  let target: Target?
  /// The device.
  let device: ChosenDevice

  /// Finds the kernel, the target and the device; each may be left open.
  init(
    kernel: String?, target: String?, device: String?, _ options: DeviceOptions
  ) throws {
    let choice = try DeviceChoice(device)
    let named = try kernel.map { try MatmulChoice(named: $0) }
    let target = try target.map(Target.init(named:))
    if let target, let named { _ = try named.entry(for: target) }
    // The targets that would do: the one that is named, or those of the kernel.
    let candidates = target.map { [$0] } ?? named?.targets ?? Target.allCases
    guard let simulated = candidates.last else {
      fatalError("A kernel of the catalogue has a target.")
    }
    let runsAnywhere = target == nil && named?.runsAnywhere ?? true
    let chosen = try choice.open(
      for: candidates.map(\.rawValue).joined(separator: " or "), simulating: simulated.machine,
      options
    ) { computeCapability in
      let isCandidate = candidates.contains { $0.number == computeCapability }
      return isCandidate || runsAnywhere && computeCapability >= TargetArchitecture.ampere.number
    }
    self.device = chosen
    let found = Target(computeCapability: chosen.device.computeCapability)
    self.target = found
    entry = try named?.entry(for: found) ?? MatmulCatalog.mostAdvanced(for: found)
  }
}

extension MatmulChoice {
  /// Whether the kernel needs nothing that only some machines have.
  fileprivate var runsAnywhere: Bool { entries.contains { $0.description.target == .any } }
}

extension MatmulCatalog {
  /// Returns the kernel for a machine that is furthest on the ladder.
  static func mostAdvanced(for target: Target?) throws(InputError) -> Entry {
    let mostAdvanced = all.last { entry in
      target?.runs(entry.description.target) ?? (entry.description.target == .any)
    }
    guard let mostAdvanced else {
      throw .unknownKernel(name: "", known: all.map(\.description.name))
    }
    return mostAdvanced
  }
}
