// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The state that all clusters of a launch share.
///
/// It does not change while the kernel runs, except for Tensor Memory and the queue of clusters.
final class LaunchContext {
  /// The kernel.
  let kernel: DecodedKernel
  /// The machine.
  let machine: SimulatedMachine
  /// The options of the simulation.
  let options: SimulationOptions
  /// The global memory.
  let global: GlobalMemory
  /// The launch.
  let configuration: LaunchConfiguration
  /// The bytes of the parameters, from `AddressMap.parameterBase` on.
  let parameters: UnsafeMutableRawPointer
  /// The Tensor Memory of each SM.
  let tensorMemories: [TensorMemory]
  /// The end of a block's shared memory, as an offset that starts at 0x400.
  let sharedLimit: Int
  /// The number of threads of a block.
  let threadCount: Int
  /// The number of warps of a block.
  let warpCount: Int
  /// The number of blocks of a cluster.
  let clusterSize: Int
  /// Whether the launch has clusters: of more than one block, or declared by the kernel.
  let isInClusters: Bool
  /// The number of clusters of the grid along each dimension.
  let clusterGrid: Dimensions
  /// The clusters that have not been launched.
  let clusters: ClusterQueue
  /// The observer of the launch, if there is one.
  let observer: (any LaunchObserver)?
  /// The registers of asynchronous operations, if there is an observer.
  let asynchronousRegisters: AsynchronousRegisters?

  /// Prepares a launch whose configuration has been checked.
  init(
    kernel: DecodedKernel, machine: SimulatedMachine, options: SimulationOptions,
    global: GlobalMemory, configuration: LaunchConfiguration, parameterBytes: [UInt8],
    observer: (any LaunchObserver)? = nil
  ) {
    self.observer = observer
    asynchronousRegisters = observer == nil ? nil : AsynchronousRegisters(kernel)
    self.kernel = kernel
    self.machine = machine
    self.options = options
    self.global = global
    self.configuration = configuration
    let memory = allocateZeroed(parameterBytes.count + 64)
    for (offset, byte) in parameterBytes.enumerated() {
      memory.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    parameters = memory
    let usesTensorMemory = kernel.sources.contains { $0.opcode == .tensorAllocate }
    tensorMemories =
      machine.hasTensorMemory && usesTensorMemory
      ? (0..<machine.multiprocessorCount).map { _ in TensorMemory() } : []
    sharedLimit = kernel.dynamicSharedOffset + configuration.dynamicSharedByteCount
    threadCount = configuration.block.count
    warpCount = (threadCount + 31) / 32
    clusterSize = configuration.cluster.count
    isInClusters = clusterSize > 1 || kernel.function.directive("reqnctapercluster") != nil
    clusterGrid = Dimensions(
      configuration.grid.x / configuration.cluster.x,
      configuration.grid.y / configuration.cluster.y,
      configuration.grid.z / configuration.cluster.z)
    var generator: ScheduleGenerator?
    if case .random(let seed) = options.schedule {
      generator = ScheduleGenerator(seed: seed, stream: .max)
    }
    clusters = ClusterQueue(count: clusterGrid.count, generator: generator)
  }

  /// Returns the index in the grid of the first block of a cluster.
  func firstBlock(ofCluster number: Int) -> Dimensions {
    let shape = configuration.cluster
    return Dimensions(
      number % clusterGrid.x * shape.x, number / clusterGrid.x % clusterGrid.y * shape.y,
      number / (clusterGrid.x * clusterGrid.y) * shape.z)
  }

  deinit { freeMemory(parameters) }
}

/// The counters of one host thread.
final class CounterStore {
  /// For each instruction, the number of warps that issued it.
  let issues: UnsafeMutablePointer<UInt64>
  /// For each instruction, the additional wavefronts in shared memory.
  let conflicts: UnsafeMutablePointer<UInt64>
  /// For each instruction, the additional wavefronts of TMA and the tensor cores, from a model.
  let modelledConflicts: UnsafeMutablePointer<UInt64>
  /// Bytes and operations.
  let totals: UnsafeMutablePointer<Totals>
  /// The number of instructions.
  private let count: Int

  /// Bytes and operations.
  struct Totals {
    var globalRead: UInt64 = 0
    var globalWritten: UInt64 = 0
    var sharedRead: UInt64 = 0
    var sharedWritten: UInt64 = 0
    var boxesRead: UInt64 = 0
    var boxesWritten: UInt64 = 0
    var tensorMemoryRead: UInt64 = 0
    var tensorMemoryWritten: UInt64 = 0
    var multiplyAdds: UInt64 = 0
  }

  /// Creates counters at zero for a kernel of the given length.
  init(instructionCount: Int) {
    count = instructionCount
    issues = .allocate(capacity: instructionCount)
    issues.initialize(repeating: 0, count: instructionCount)
    conflicts = .allocate(capacity: instructionCount)
    conflicts.initialize(repeating: 0, count: instructionCount)
    modelledConflicts = .allocate(capacity: instructionCount)
    modelledConflicts.initialize(repeating: 0, count: instructionCount)
    totals = .allocate(capacity: 1)
    totals.initialize(to: Totals())
  }

  deinit {
    issues.deallocate()
    conflicts.deallocate()
    modelledConflicts.deallocate()
    totals.deallocate()
  }

  /// Returns the counts by name.
  func counters(of kernel: DecodedKernel) -> ExecutionCounters {
    var result = ExecutionCounters()
    for pc in 0..<count {
      guard let mnemonic = kernel.mnemonics[pc] else { continue }
      if issues[pc] > 0 { result.instructions[mnemonic, default: 0] += issues[pc] }
      if conflicts[pc] > 0 { result.bankConflicts[mnemonic, default: 0] += conflicts[pc] }
      if modelledConflicts[pc] > 0 {
        result.modelledBankConflicts[mnemonic, default: 0] += modelledConflicts[pc]
      }
    }
    let totals = totals.pointee
    let bytes: [(String, UInt64)] = [
      ("global.read", totals.globalRead), ("global.write", totals.globalWritten),
      ("shared.read", totals.sharedRead), ("shared.write", totals.sharedWritten),
      ("tma.read", totals.boxesRead), ("tma.write", totals.boxesWritten),
      ("tmem.read", totals.tensorMemoryRead), ("tmem.write", totals.tensorMemoryWritten),
    ]
    for (name, count) in bytes where count > 0 { result.bytes[name] = count }
    result.tensorOperations = totals.multiplyAdds
    return result
  }
}

/// The state that changes with almost every instruction of a cluster, and pointers to its host
/// thread's counters.
struct HotState {
  /// A counter of the changes that a waiting loop could observe.
  var changeCount: UInt64 = 0
  /// The number of instructions issued by the cluster.
  var clock: UInt64 = 0
  /// Whether the instruction that runs has loaded bytes that were never written.
  var hasUndefinedLoads = false
  /// Whether the cluster has an observer.
  var isObserved = false
  /// The allocation of the last access to global memory.
  var allocation = AllocationView()
  /// For each instruction, the number of warps that issued it.
  var issues: UnsafeMutablePointer<UInt64>
  /// For each instruction, the additional wavefronts in shared memory.
  var conflicts: UnsafeMutablePointer<UInt64>
  /// For each instruction, the additional wavefronts of TMA and the tensor cores, from a model.
  var modelledConflicts: UnsafeMutablePointer<UInt64>
  /// Bytes and operations.
  var totals: UnsafeMutablePointer<CounterStore.Totals>
  /// Memory for the data that an operation reads before it writes.
  var scratch: UnsafeMutableRawPointer
  /// Memory that records whether this data was ever written.
  var scratchShadow: UnsafeMutablePointer<UInt8>
  /// The operands of matrix instructions.
  var matrices: MatrixScratch

  /// Creates the state of a cluster that uses a thread's memory.
  init(_ workspace: Workspace) {
    issues = workspace.counters.issues
    conflicts = workspace.counters.conflicts
    modelledConflicts = workspace.counters.modelledConflicts
    totals = workspace.counters.totals
    scratch = workspace.scratch
    scratchShadow = workspace.scratchShadow
    matrices = workspace.matrices
  }

  /// Switches to the memory of another thread.
  mutating func use(_ workspace: Workspace) {
    issues = workspace.counters.issues
    conflicts = workspace.counters.conflicts
    modelledConflicts = workspace.counters.modelledConflicts
    totals = workspace.counters.totals
    scratch = workspace.scratch
    scratchShadow = workspace.scratchShadow
    matrices = workspace.matrices
  }
}

/// The memory of one host thread for running clusters, one after the other.
final class Workspace {
  /// The size of the scratch memory in bytes.
  static let byteCount = 1 << 18

  /// The counters of the thread.
  let counters: CounterStore

  /// Memory for the data that an operation reads before it writes.
  let scratch: UnsafeMutableRawPointer

  /// Memory that records whether this data was ever written.
  let scratchShadow: UnsafeMutablePointer<UInt8>

  /// The operands of matrix instructions.
  let matrices = MatrixScratch()

  /// Allocates the memory for a kernel of the given length.
  init(instructionCount: Int) {
    counters = CounterStore(instructionCount: instructionCount)
    scratch = allocateZeroed(Workspace.byteCount)
    scratchShadow = allocateZeroed(Workspace.byteCount).assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    freeMemory(scratch)
    freeMemory(scratchShadow)
    matrices.deallocate()
  }
}
