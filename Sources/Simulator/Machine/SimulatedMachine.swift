// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// A machine to simulate: its architecture and its resources.
public struct SimulatedMachine: Hashable, Sendable {
  /// A description of the machine for a person.
  public var name: String

  /// The architecture number: ten times the compute capability.
  public var architecture: Int

  /// The number of streaming multiprocessors (SMs): 1 to `multiprocessorLimit`.
  public var multiprocessorCount: Int

  /// The shared memory of an SM in bytes, including the part that the system reserves for each
  /// block.
  public var sharedMemoryPerMultiprocessor: Int

  /// The largest amount of shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int

  /// The number of 32-bit registers of an SM.
  public var registersPerMultiprocessor: Int

  /// The maximum number of resident threads of an SM.
  public var threadsPerMultiprocessor: Int

  /// The maximum number of resident blocks of an SM.
  public var blocksPerMultiprocessor: Int

  /// The maximum number of blocks of a cluster.
  public var clusterLimit: Int

  /// Whether the SMs have Tensor Memory.
  public var hasTensorMemory: Bool

  /// The maximum total size of the allocations in global memory, in bytes.
  public var globalMemoryByteCount: Int

  /// The most SMs that are simulated.
  public static let multiprocessorLimit = 1 << 16

  /// The number of bytes at the start of shared memory that the system reserves.
  public static let reservedSharedByteCount = 0x400

  /// An H100 with 132 SMs and 2 GiB of global memory, which fits on a laptop.
  public static let hopper = SimulatedMachine(
    name: "Hopper (sm_90a)", architecture: 90, multiprocessorCount: 132,
    sharedMemoryPerMultiprocessor: 228 * 1024, sharedMemoryLimit: MachineLimits.sharedByteCount,
    registersPerMultiprocessor: 65_536, threadsPerMultiprocessor: 2048,
    blocksPerMultiprocessor: 32, clusterLimit: 16, hasTensorMemory: false,
    globalMemoryByteCount: 2 << 30)

  /// A B200 with 148 SMs and 2 GiB of global memory, which fits on a laptop.
  public static let blackwell = SimulatedMachine(
    name: "Blackwell (sm_100a)", architecture: 100, multiprocessorCount: 148,
    sharedMemoryPerMultiprocessor: 228 * 1024, sharedMemoryLimit: MachineLimits.sharedByteCount,
    registersPerMultiprocessor: 65_536, threadsPerMultiprocessor: 2048,
    blocksPerMultiprocessor: 32, clusterLimit: 16, hasTensorMemory: true,
    globalMemoryByteCount: 2 << 30)
}

/// The times at which asynchronous operations take effect, and the interleaving of warps.
public enum Schedule: Hashable, Sendable {
  /// Every operation takes effect when it is issued; warps take turns.
  case eager

  /// An operation takes effect only when no warp of the cluster can continue without it.
  case late

  /// Operations take effect, and warps run, in a pseudorandom order with this seed.
  case random(seed: UInt64)
}

extension Schedule: CustomStringConvertible {
  /// The schedule in the form that the tool's `--schedule` takes.
  public var description: String {
    switch self {
    case .eager: "eager"
    case .late: "late"
    case .random(let seed): "random:\(seed)"
    }
  }

  /// Creates the schedule from `eager`, `late`, `random` or `random:SEED`.
  public init?(_ text: String) {
    switch text {
    case "eager": self = .eager
    case "late": self = .late
    case "random": self = .random(seed: 0)
    default:
      guard text.hasPrefix("random:"), let seed = UInt64(text.dropFirst(7)) else { return nil }
      self = .random(seed: seed)
    }
  }
}

/// Options of a simulation, other than the machine.
public struct SimulationOptions: Hashable, Sendable {
  /// The times at which asynchronous operations take effect.
  public var schedule: Schedule

  /// Whether reads of bytes that were never written are reported.
  ///
  /// Bounds, alignment and barriers are always checked.
  public var checksInitialization: Bool

  /// The number of host threads that advance clusters: 1 to 256, or the nearest of these; results do
  /// not depend on it.
  public var hostThreadCount: Int

  /// The maximum number of instructions of a cluster, or `nil` for no limit.
  ///
  /// A cluster that exceeds it is a fault whose report says what each warp does. So a loop that never
  /// ends and waits for nothing ends all the same.
  public var instructionLimit: UInt64?

  /// The default of `instructionLimit`: 10⁹.
  public static let defaultInstructionLimit: UInt64 = 1_000_000_000

  /// Creates options.
  public init(
    schedule: Schedule = .eager, checksInitialization: Bool = true, hostThreadCount: Int = 2,
    instructionLimit: UInt64? = SimulationOptions.defaultInstructionLimit
  ) {
    self.schedule = schedule
    self.checksInitialization = checksInitialization
    self.hostThreadCount = hostThreadCount
    self.instructionLimit = instructionLimit
  }
}

/// The generator of random schedules, with a separate stream for each cluster and the launch.
struct ScheduleGenerator {
  /// The generator of the stream.
  private var base: SeededGenerator

  /// Creates a generator for one stream of a seed.
  init(seed: UInt64, stream: UInt64) {
    base = SeededGenerator(seed: seed &+ stream &* 0xD1B5_4A32_D192_ED03)
    _ = base.next()
  }

  /// Returns a number below the positive `bound`.
  mutating func next(below bound: Int) -> Int { Int(base.next() % UInt64(bound)) }
}
