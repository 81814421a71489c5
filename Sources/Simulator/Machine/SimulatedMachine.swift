import DeviceRuntime
import MachineIR

/// The machine that is simulated: its architecture and how much of everything it has.
public struct SimulatedMachine: Hashable, Sendable {
  /// What the machine is, for a person.
  public var name: String

  /// The architecture number: ten times the compute capability.
  public var architecture: Int

  /// The number of multiprocessors.
  public var multiprocessorCount: Int

  /// The shared memory of a multiprocessor, in bytes, with what the system reserves per block.
  public var sharedMemoryPerMultiprocessor: Int

  /// The most shared memory that a block may have, in bytes.
  public var sharedMemoryLimit: Int

  /// The 32-bit registers of a multiprocessor.
  public var registersPerMultiprocessor: Int

  /// The most threads that a multiprocessor holds.
  public var threadsPerMultiprocessor: Int

  /// The most blocks that a multiprocessor holds.
  public var blocksPerMultiprocessor: Int

  /// The most blocks that a cluster may have.
  public var clusterLimit: Int

  /// Whether the multiprocessors have Tensor Memory.
  public var hasTensorMemory: Bool

  /// The global memory that allocations may take together, in bytes.
  public var globalMemoryByteCount: Int

  /// The bytes at the start of shared memory that belong to the system.
  public static let reservedSharedByteCount = 0x400

  /// An H100 with 132 multiprocessors and 2 GiB of global memory, which a laptop can hold.
  public static let hopper = SimulatedMachine(
    name: "Hopper (sm_90a)", architecture: 90, multiprocessorCount: 132,
    sharedMemoryPerMultiprocessor: 228 * 1024, sharedMemoryLimit: MachineLimits.sharedByteCount,
    registersPerMultiprocessor: 65_536, threadsPerMultiprocessor: 2048,
    blocksPerMultiprocessor: 32, clusterLimit: 16, hasTensorMemory: false,
    globalMemoryByteCount: 2 << 30)

  /// A B200 with 148 multiprocessors and 2 GiB of global memory, which a laptop can hold.
  public static let blackwell = SimulatedMachine(
    name: "Blackwell (sm_100a)", architecture: 100, multiprocessorCount: 148,
    sharedMemoryPerMultiprocessor: 228 * 1024, sharedMemoryLimit: MachineLimits.sharedByteCount,
    registersPerMultiprocessor: 65_536, threadsPerMultiprocessor: 2048,
    blocksPerMultiprocessor: 32, clusterLimit: 16, hasTensorMemory: true,
    globalMemoryByteCount: 2 << 30)
}

/// When asynchronous operations take effect, and how warps are interleaved.
public enum Schedule: Hashable, Sendable {
  /// Every operation takes effect when it is issued; warps take turns.
  case eager

  /// An operation takes effect only when no warp of the cluster can go on without it.
  case late

  /// Operations take effect, and warps run, in an order drawn from a generator with this seed.
  case random(seed: UInt64)
}

extension Schedule: CustomStringConvertible {
  /// The schedule as the tool's `--schedule` takes it.
  public var description: String {
    switch self {
    case .eager: "eager"
    case .late: "late"
    case .random(let seed): "random:\(seed)"
    }
  }

  /// Creates the schedule that is written as `eager`, `late`, `random` or `random:SEED`.
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

/// How a simulation is run, beside what is simulated.
public struct SimulationOptions: Hashable, Sendable {
  /// When asynchronous operations take effect.
  public var schedule: Schedule

  /// Whether reads of bytes that were never written are looked for.
  ///
  /// Bounds, alignment and barriers are checked always.
  public var checksInitialization: Bool

  /// The number of host threads that advance clusters; results do not depend on it.
  public var hostThreadCount: Int

  /// The most instructions that a cluster, and all that have ended together, may issue.
  ///
  /// A launch that comes to more is a fault. Nil where there is no limit.
  public var instructionLimit: UInt64?

  /// Creates options.
  public init(
    schedule: Schedule = .eager, checksInitialization: Bool = true, hostThreadCount: Int = 2,
    instructionLimit: UInt64? = nil
  ) {
    self.schedule = schedule
    self.checksInitialization = checksInitialization
    self.hostThreadCount = hostThreadCount
    self.instructionLimit = instructionLimit
  }
}

/// The generator behind random schedules: a stream of its own for each cluster and the launch.
struct ScheduleGenerator {
  /// The generator of the stream.
  private var base: SeededGenerator

  /// Creates a generator for one stream of a seed.
  init(seed: UInt64, stream: UInt64) {
    base = SeededGenerator(seed: seed &+ stream &* 0xD1B5_4A32_D192_ED03)
    _ = base.next()
  }

  /// Returns a number below `bound`, which is positive.
  mutating func next(below bound: Int) -> Int { Int(base.next() % UInt64(bound)) }
}
