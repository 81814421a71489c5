// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import Simulator
import Synchronization

@testable import TilewrightCommands

/// A simulated device in place of a GPU: it computes, and takes the time that the test specifies.
final class StandIn: TimingDevice {
  /// An event, in the order of the log.
  enum Event: Equatable {
    /// A graph ran for some uncounted runs, and then for some runs in each sample.
    case run(String, leadIn: Int, samples: Int, count: Int)
    /// The device rested.
    case rest(Double)
    /// Clock and power were read.
    case read
  }

  /// The simulated device.
  let device = SimulatedDevice(.hopper, multiprocessors: 2)

  /// The size of the L2 cache in bytes.
  let cacheByteCount: Int

  /// Whether launches compute anything.
  let computes: Bool

  /// The seconds that each algorithm of the library takes; one that takes none is refused.
  let candidates: [Double]

  /// The failure of a graph of the given name in its run of the given number, counted from 1.
  let failure: @Sendable (String, Int) -> Failure?

  /// The seconds that a product takes in a graph of the given name.
  let seconds: @Sendable (String) -> Double

  /// The power that is read, in watts.
  let power: Double

  /// The events.
  private let log = Mutex<[Event]>([])

  /// A failure of a graph.
  enum Failure {
    /// It does not end.
    case hang
    /// It writes nothing.
    case nothing
  }

  /// Creates a stand-in.
  init(
    cacheByteCount: Int = 1, computes: Bool = true, power: Double = 500,
    candidates: [Double] = [0.001],
    seconds: @escaping @Sendable (String) -> Double = { _ in 0.001 },
    failure: @escaping @Sendable (String, Int) -> Failure? = { _, _ in nil }
  ) {
    self.cacheByteCount = cacheByteCount
    self.computes = computes
    self.power = power
    self.candidates = candidates
    self.seconds = seconds
    self.failure = failure
  }

  var base: any Device { device }

  /// The events so far.
  var events: [Event] { log.withLock { $0 } }

  /// Records an event.
  func add(_ event: Event) { log.withLock { $0.append(event) } }

  func makeGraph(
    named name: String, recording body: (Keeper) throws(DeviceError) -> Void
  ) throws(DeviceError) -> any TimedGraph {
    let keeper = Keeper(device)
    try body(keeper)
    return StandInGraph(name: keeper.label.withLock { $0 } ?? name, keeper, self)
  }

  func makeVendorProduct(
    of type: ElementType, shape: MatmulShape
  ) throws(DeviceError) -> any VendorProduct<Keeper> {
    guard !candidates.isEmpty else {
      throw .unavailable(device: "cublasLt", reason: "it is not there")
    }
    return StandInProduct(candidates: candidates, shape: shape)
  }

  func read() -> GPUMonitor.Reading? {
    add(.read)
    return GPUMonitor.Reading(clock: 1500, power: power)
  }

  var powerLimit: Double? { 700 }

  func rest(seconds: Double) { add(.rest(seconds)) }
}

/// A device that stores launches instead of running them.
final class Keeper: Device {
  /// A launch.
  struct Launch: Sendable {
    var program: Program
    var configuration: LaunchConfiguration
    var arguments: [KernelArgument]
  }

  /// The device that executes all other requests.
  let base: SimulatedDevice

  /// The launches.
  let launches = Mutex<[Launch]>([])

  /// A name for the graph that replaces its own.
  let label = Mutex<String?>(nil)

  /// Creates a keeper.
  init(_ base: SimulatedDevice) { self.base = base }

  var name: String { base.name }
  var summary: String { base.summary }
  var computeCapability: Int { base.computeCapability }
  var multiprocessorCount: Int { base.multiprocessorCount }
  var sharedMemoryLimit: Int { base.sharedMemoryLimit }
  var memoryOwner: any Device { base }

  func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try base.allocate(byteCount: byteCount)
  }

  /// Does not free the memory: the stored launches still need it.
  func deallocate(_ address: UInt64) {}

  func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try base.write(bytes, to: address)
  }

  func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    try base.read(from: address, byteCount: byteCount)
  }

  func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    try base.makeTensorMapImage(description)
  }

  func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try base.residentClusterCount(of: program, configuration)
  }

  func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    launches.withLock {
      $0.append(Launch(program: program, configuration: configuration, arguments: arguments))
    }
    return LaunchResult(seconds: 0)
  }
}

/// A graph of launches that the simulator runs.
private final class StandInGraph: TimedGraph {
  /// The name of the graph.
  let name: String
  /// The launches.
  let keeper: Keeper
  /// The device.
  let machine: StandIn
  /// The number of runs so far.
  let runs = Mutex(0)

  /// Creates a graph.
  init(name: String, _ keeper: Keeper, _ machine: StandIn) {
    self.name = name
    self.keeper = keeper
    self.machine = machine
  }

  func run(
    samples: Int, of count: Int, leadIn: Int, meanwhile: () -> Void
  ) throws(DeviceError) -> [Double] {
    machine.add(.run(name, leadIn: leadIn, samples: samples, count: count))
    meanwhile()
    let number = runs.withLock { runs in
      runs += 1
      return runs
    }
    let launches = keeper.launches.withLock { $0 }
    switch machine.failure(name, number) {
    case .hang?:
      throw .fault(KernelFault(kind: "time-limit", entry: name, report: "It did not end in time."))
    case .nothing?: break
    case nil:
      for launch in launches where machine.computes {
        try machine.device.launch(launch.program, launch.configuration, launch.arguments)
      }
    }
    return [Double](
      repeating: machine.seconds(name) * Double(launches.count * count), count: samples)
  }
}

/// A product in place of the library's; the naive kernel computes it.
private struct StandInProduct: VendorProduct {
  /// The seconds of each algorithm.
  let candidates: [Double]
  /// The extents.
  let shape: MatmulShape

  var library: String { "the library" }

  var candidateCount: Int { candidates.count }

  func record<Element>(
    candidate: Int, on recorder: Keeper, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>
  ) throws(DeviceError) {
    guard candidates[candidate] > 0 else {
      throw .unavailable(device: "cublasLt", reason: "the candidate is refused")
    }
    recorder.label.withLock { $0 = "vendor \(candidate)" }
    /// Returns the buffer as one of bf16.
    func matrix(_ buffer: GlobalBuffer<Element>) throws(DeviceError) -> GlobalBuffer<BFloat16> {
      try GlobalBuffer(
        allocation: buffer.allocation, byteOffset: buffer.byteOffset, count: buffer.count)
    }
    try NaiveMatmul<BFloat16>().launch(
      on: recorder, a: matrix(a), b: matrix(b), c: matrix(c), shape: shape)
  }
}

/// A kernel that computes only the first rows of C.
struct HalfMatmul: MatmulKernel {
  /// The kernel that computes them.
  private let base = NaiveMatmul<BFloat16>()

  var description: MatmulDescription { base.description }
  var entry: String { "half" }
  func module() throws(KernelError) -> Module { try base.module() }
  func program() throws(KernelError) -> Program { try base.program() }

  func prepare(
    on device: any Device, a: GlobalBuffer<BFloat16>, b: GlobalBuffer<BFloat16>,
    c: GlobalBuffer<BFloat16>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    let half = MatmulShape(m: shape.m / 2, n: shape.n, k: shape.k)
    return try base.prepare(on: device, a: a, b: b, c: c, shape: half)
  }

  func owner(row: Int, column: Int) -> ElementOwner { base.owner(row: row, column: column) }
}
