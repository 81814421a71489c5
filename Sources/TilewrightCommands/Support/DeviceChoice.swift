// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import Simulator
import Tilewright

/// The device that the user requests.
enum DeviceChoice: Equatable {
  /// The GPU where it can run the code, else the simulator.
  case automatic
  /// The simulator.
  case simulator
  /// The GPU of a number.
  case cuda(Int)

  /// Creates the choice that `--device` makes.
  init(_ name: String?) throws(InputError) {
    switch name {
    case nil: self = .automatic
    case "simulator"?: self = .simulator
    case "cuda"?: self = .cuda(0)
    case let name?:
      guard name.hasPrefix("cuda:"), let ordinal = Int(name.dropFirst(5)), ordinal >= 0 else {
        throw .unknownDevice(name: name)
      }
      self = .cuda(ordinal)
    }
  }
}

/// The device that code runs on, and why that one.
struct ChosenDevice {
  /// The device.
  var device: any Device

  /// Whether the device is the simulator.
  var isSimulator: Bool

  /// The reason for choosing the device, if the user did not.
  var reason: String?

  /// A summary of the device, for people.
  var summary: String { reason.map { "\(device.summary); \($0)" } ?? device.summary }
}

extension DeviceChoice {
  /// Opens the device.
  ///
  /// - Parameters:
  ///   - code: The target of the code, for messages.
  ///   - machine: The machine that the simulator simulates.
  ///   - options: The options of the simulation, and the time limit of a GPU.
  ///   - runs: Whether a device of a compute capability, times ten, runs the code.
  /// - Returns: The device.
  /// - Throws: `DeviceError` if there is no such device, `InputError` if it cannot run the code.
  func open(
    for code: String, simulating machine: SimulatedMachine, _ options: DeviceOptions,
    where runs: (Int) -> Bool
  ) throws -> ChosenDevice {
    /// Returns the simulator, chosen for a reason.
    func simulator(_ reason: String? = nil) throws -> ChosenDevice {
      guard runs(machine.architecture) else {
        throw InputError.deviceLacksTarget(device: "simulator", target: code)
      }
      let device = SimulatedDevice(machine, options: options.simulation)
      return ChosenDevice(device: device, isSimulator: true, reason: reason)
    }

    switch self {
    case .simulator: return try simulator()
    case .cuda(let ordinal):
      let device = try CUDADevice(ordinal: ordinal, timeLimit: options.timeLimit)
      guard runs(device.computeCapability) else {
        throw InputError.deviceLacksTarget(device: device.name, target: code)
      }
      return ChosenDevice(device: device, isSimulator: false)
    case .automatic:
      let chosen = DefaultDevice(
        simulating: machine, options: options.simulation, timeLimit: options.timeLimit
      ) {
        runs($0.computeCapability)
      }
      return chosen.isSimulator
        ? try simulator(chosen.reason)
        : ChosenDevice(device: chosen.base, isSimulator: false, reason: chosen.reason)
    }
  }
}
