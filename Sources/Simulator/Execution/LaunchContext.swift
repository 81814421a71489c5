import DeviceRuntime

/// What all clusters of a launch share.
///
/// It does not change while the kernel runs, but for Tensor Memory and the clusters not launched yet.
final class LaunchContext {
  /// The kernel.
  let kernel: DecodedKernel
  /// The machine.
  let machine: SimulatedMachine
  /// How the simulation is run.
  let options: SimulationOptions
  /// The global memory.
  let global: GlobalMemory
  /// The launch.
  let configuration: LaunchConfiguration
  /// The bytes of the parameters, from `AddressMap.parameterBase` on.
  let parameters: UnsafeMutableRawPointer
  /// The Tensor Memory of each multiprocessor.
  let tensorMemories: [TensorMemory]
  /// The end of a block's shared memory, as an offset that starts at 0x400.
  let sharedLimit: Int
  /// The threads of a block.
  let threadCount: Int
  /// The warps of a block.
  let warpCount: Int
  /// The blocks of a cluster.
  let clusterSize: Int
  /// Whether the launch is one of clusters: larger than one block, or as the kernel declares.
  let isInClusters: Bool
  /// The clusters of the grid along each dimension.
  let clusterGrid: Dimensions
  /// The clusters that have not been launched.
  let clusters: ClusterQueue

  /// Prepares a launch whose configuration has been checked.
  init(
    kernel: DecodedKernel, machine: SimulatedMachine, options: SimulationOptions,
    global: GlobalMemory, configuration: LaunchConfiguration, parameterBytes: [UInt8]
  ) {
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

/// What one host thread counts.
final class CounterStore {
  /// For each instruction, how many warps issued it.
  let issues: UnsafeMutablePointer<UInt64>
  /// For each instruction, the wavefronts in shared memory beyond the first.
  let conflicts: UnsafeMutablePointer<UInt64>
  /// For each instruction, such wavefronts of the copy engine and the tensor cores, by a model.
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

/// What changes with almost every instruction of a cluster, and where its host thread counts.
struct HotState {
  /// Rises with every change that a waiting loop could see.
  var changeCount: UInt64 = 0
  /// Instructions issued by the cluster.
  var clock: UInt64 = 0
  /// Whether the instruction that runs has loaded bytes that were never written.
  var hasUndefinedLoads = false
  /// The allocation that global memory was last accessed in.
  var allocation = AllocationView()
  /// For each instruction, how many warps issued it.
  var issues: UnsafeMutablePointer<UInt64>
  /// For each instruction, the wavefronts in shared memory beyond the first.
  var conflicts: UnsafeMutablePointer<UInt64>
  /// For each instruction, such wavefronts of the copy engine and the tensor cores, by a model.
  var modelledConflicts: UnsafeMutablePointer<UInt64>
  /// Bytes and operations.
  var totals: UnsafeMutablePointer<CounterStore.Totals>
  /// Memory for what an operation reads before it writes.
  var scratch: UnsafeMutableRawPointer
  /// Memory for whether what it reads was ever written.
  var scratchShadow: UnsafeMutablePointer<UInt8>
  /// Operands of matrix instructions.
  var matrices: MatrixScratch

  /// Creates the state of a cluster that runs in a thread's memory.
  init(_ workspace: Workspace) {
    issues = workspace.counters.issues
    conflicts = workspace.counters.conflicts
    modelledConflicts = workspace.counters.modelledConflicts
    totals = workspace.counters.totals
    scratch = workspace.scratch
    scratchShadow = workspace.scratchShadow
    matrices = workspace.matrices
  }

  /// Goes over to the memory of another thread.
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

/// What one host thread needs to run clusters, one after the other.
final class Workspace {
  /// The bytes of the memory for boxes.
  static let byteCount = 1 << 18

  /// Where the thread counts.
  let counters: CounterStore

  /// Memory for what an operation reads before it writes.
  let scratch: UnsafeMutableRawPointer

  /// Memory for whether what it reads was ever written.
  let scratchShadow: UnsafeMutablePointer<UInt8>

  /// Operands of matrix instructions.
  let matrices = MatrixScratch()

  /// Makes the memory, for a kernel of the given length.
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
