// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import Foundation
import Simulator

/// The device and the options of the simulation, for `matmul` and `run`.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The device: simulator, cuda, cuda:1 and so on. Default: a GPU if one is usable.",
      valueName: "device"))
  var device: String?

  @Option(
    help: ArgumentHelp(
      """
      When simulated asynchronous operations take effect: eager (immediately), late (only when no \
      warp can continue without them), random or random:SEED.
      """, valueName: "schedule"),
    transform: schedule)
  var schedule = Schedule.eager

  @Option(help: "Whether the simulator checks for reads of uninitialized memory: on or off.")
  var checks = Switch.on

  @Option(
    parsing: .unconditional,
    help: "The number of host threads of the simulator, 1 to 256. Default: the number of cores.",
    transform: integer(DeviceOptions.threadRange))
  var threads = min(
    ProcessInfo.processInfo.activeProcessorCount, DeviceOptions.threadRange.upperBound)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The number of instructions of a simulated cluster after which the kernel is stopped. \
      Default: 1000000000.
      """,
      valueName: "count"),
    transform: integer(1...UInt64.max))
  var instructionLimit = SimulationOptions.defaultInstructionLimit

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seconds after which a kernel on a GPU is abandoned. Default: 60.", valueName: "seconds"),
    transform: positiveSeconds)
  var timeLimit = 60.0

  /// The threads that a simulation may have: more than any host has cores would only wait.
  private static let threadRange = 1...256

  /// Returns the schedule that a text names.
  private static func schedule(_ text: String) throws -> Schedule {
    guard let schedule = Schedule(text) else {
      throw ValidationError(
        "There is no schedule '\(text)'; use eager, late, random or random:SEED.")
    }
    return schedule
  }

  /// The options of the simulator.
  var simulation: SimulationOptions {
    SimulationOptions(
      schedule: schedule, checksInitialization: checks == .on, hostThreadCount: threads,
      instructionLimit: instructionLimit)
  }
}
