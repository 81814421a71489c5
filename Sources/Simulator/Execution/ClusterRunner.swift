import DeviceRuntime
import MachineIR

/// Advances the warps and asynchronous operations of one cluster.
///
/// One host thread at a time runs it. What other clusters could learn of is done when the launch
/// says so.
final class ClusterRunner {
  /// How a run ended.
  enum Outcome {
    /// Every warp has ended and nothing is in flight.
    case ended

    /// No warp can go on, and nothing is in flight in the cluster.
    case blocked

    /// A warp has come to an operation whose order among clusters counts.
    case ordered
  }

  /// What all clusters share.
  let launch: LaunchContext

  /// The kernel.
  let kernel: DecodedKernel

  /// The instructions.
  let instructions: UnsafeMutablePointer<DecodedInstruction>

  /// Whether reads of bytes that were never written are looked for.
  let checksInitialization: Bool

  /// Whether operations take effect when they are issued.
  let isEager: Bool

  /// Whether the schedule is drawn from a generator.
  let isRandom: Bool

  /// The blocks, by rank.
  let blocks: [BlockState]

  /// The warps of all blocks.
  let warps: UnsafeMutablePointer<WarpState>

  /// The number of warps of all blocks.
  let warpCount: Int

  /// The memory of all registers.
  private let registerMemory: UnsafeMutableRawPointer

  /// The memory of all groups.
  private let groupMemory: UnsafeMutablePointer<LaneGroup>

  /// The memory of all reconvergence points.
  private let pointMemory: UnsafeMutablePointer<ReconvergencePoint>

  /// Local memory of all threads.
  private let localMemory: UnsafeMutableRawPointer

  /// The operations in flight, in the order of their issue.
  var pending: [PendingOperation] = []

  /// The generator of a random schedule.
  var generator = ScheduleGenerator(seed: 0, stream: 0)

  /// The number of the cluster in the grid.
  var number = 0

  /// The state of the cluster barrier: threads that have come, and completed uses.
  var clusterArrived = 0
  /// The number of completed uses of the cluster barrier.
  var clusterGeneration: Int64 = 0

  /// What changes with almost every instruction, reached without references.
  let hot: UnsafeMutablePointer<HotState>

  /// The memory of the host thread that runs the cluster.
  var workspace: Workspace {
    didSet { hot.pointee.use(workspace) }
  }

  /// Memory for what an operation reads before it writes.
  @inline(__always)
  var scratch: UnsafeMutableRawPointer { hot.pointee.scratch }

  /// Memory for whether what it reads was ever written.
  @inline(__always)
  var scratchShadow: UnsafeMutablePointer<UInt8> { hot.pointee.scratchShadow }

  /// Operands of matrix instructions.
  @inline(__always)
  var matrices: MatrixScratch { hot.pointee.matrices }

  /// The bytes and operations that this run counts.
  @inline(__always)
  var totals: UnsafeMutablePointer<CounterStore.Totals> { hot.pointee.totals }

  /// Rises with every change that a waiting loop could see.
  @inline(__always)
  var changeCount: UInt64 {
    get { hot.pointee.changeCount }
    set { hot.pointee.changeCount = newValue }
  }

  /// The cycle that `%clock` shows: instructions issued by this cluster.
  @inline(__always)
  var clock: UInt64 {
    get { hot.pointee.clock }
    set { hot.pointee.clock = newValue }
  }

  /// The warp and group that wait for the launch's order.
  var orderedWarp = -1
  /// The group that waits for the launch's order.
  var orderedGroup = -1
  /// The warp that runs first: the one behind that which last needed the launch's order.
  private var nextWarp = 0
  /// The operation in flight that waits for the launch's order.
  var orderedOperation: PendingOperation?
  /// Whether what waited for the order may be done now.
  var hasOrder = false

  /// The instruction descriptor that was last found to keep the rules.
  var checkedInstruction: CheckedInstruction?

  /// The matrix descriptor that was last found to keep the rules, without its start.
  var checkedMatrix = UInt64.max

  /// The bank conflicts, by a model, of what the copy engine and the tensor cores have accessed.
  var coreMatrixConflicts: [CoreMatrixPattern: UInt64] = [:]

  /// The bits of registers that were never written, once some are loaded.
  var undefinedRegisters: UndefinedRegisters?

  /// The number of queues handed out to operations without order.
  var freeQueue = 0

  /// Makes the memory of a cluster.
  init(_ launch: LaunchContext, workspace: Workspace) {
    self.launch = launch
    self.workspace = workspace
    hot = .allocate(capacity: 1)
    hot.initialize(to: HotState(workspace))
    isEager = launch.options.schedule == .eager
    isRandom = launch.isRandom
    kernel = launch.kernel
    instructions = launch.kernel.instructions
    checksInitialization = launch.options.checksInitialization
    blocks = (0..<launch.clusterSize).map { rank in
      BlockState(rank: rank, sharedLimit: launch.sharedLimit)
    }
    warpCount = launch.warpCount * launch.clusterSize
    let registerBytes = launch.kernel.registerByteCount + 128
    registerMemory = allocateZeroed(registerBytes * warpCount)
    groupMemory = .allocate(capacity: 33 * warpCount)
    pointMemory = .allocate(capacity: WarpState.reconvergencePointLimit * warpCount)
    let localBytes = launch.kernel.localByteCount * 32
    localMemory = allocateZeroed(localBytes * warpCount + 64)
    warps = .allocate(capacity: warpCount)
    for index in 0..<warpCount {
      let memory = LaneMemory(
        registers: registerMemory + index * registerBytes, constants: launch.kernel.constants)
      (warps + index).initialize(
        to: WarpState(
          memory: memory, alive: 0, groups: groupMemory + index * 33, groupCount: 0,
          points: pointMemory + index * WarpState.reconvergencePointLimit,
          block: index / launch.warpCount,
          index: index % launch.warpCount, clusterArrived: 0, clusterGeneration: 0,
          wgmmaIssued: 0, pendingTensorLoads: 0, pendingTensorStores: 0,
          registerCount: 0, local: localMemory + index * localBytes))
    }
  }

  deinit {
    freeMemory(registerMemory)
    groupMemory.deallocate()
    pointMemory.deallocate()
    freeMemory(localMemory)
    warps.deallocate()
    hot.deallocate()
  }

  /// Starts a cluster of the grid on the given multiprocessors, one for each block.
  func start(number: Int, multiprocessors: [Int]) {
    self.number = number
    generator = ScheduleGenerator(seed: launch.scheduleSeed, stream: UInt64(number) &+ 1)
    clusterArrived = 0
    clusterGeneration = 0
    pending.removeAll(keepingCapacity: true)
    orderedWarp = -1
    nextWarp = 0
    orderedOperation = nil
    hasOrder = false
    undefinedRegisters?.reset()
    clock = 0
    let registerBytes = kernel.registerByteCount + 128
    registerMemory.initializeMemory(as: UInt8.self, repeating: 0, count: registerBytes * warpCount)
    let shape = launch.configuration.cluster
    let origin = launch.firstBlock(ofCluster: number)
    for block in blocks {
      block.reset(warpCount: launch.warpCount)
      block.multiprocessor = multiprocessors[block.rank]
      block.index = Dimensions(
        origin.x + block.rank % shape.x, origin.y + block.rank / shape.x % shape.y,
        origin.z + block.rank / (shape.x * shape.y))
    }
    for index in 0..<warpCount {
      let first = index % launch.warpCount * 32
      let lanes = min(32, launch.threadCount - first)
      warps[index].start(lanes: lanes == 32 ? .max : (1 << UInt32(lanes)) - 1)
      warps[index].registerCount = kernel.movableRegistersPerThread ?? 0
      fillSpecials(index)
    }
  }

  /// The identity of a block among all blocks of the grid.
  func identity(of block: BlockState) -> Int { number * launch.clusterSize + block.rank }

  // MARK: - Running

  /// Runs until every warp has ended, none can go on, or one needs the launch's order.
  func run() throws(Trap) -> Outcome {
    let limit = launch.options.instructionLimit ?? .max
    while true {
      if clock > limit { throw .beyondInstructionLimit(limit) }
      if orderedWarp >= 0 || orderedOperation != nil, !hasOrder { return .ordered }
      var isProgressing = false
      var isWaitingForOrder = false
      let first = isRandom ? generator.next(below: warpCount) : nextWarp
      for step in 0..<warpCount {
        let index = first + step < warpCount ? first + step : first + step - warpCount
        let quantum = isRandom ? 1 + generator.next(below: 48) : 4096
        if try runWarp(index, quantum: quantum) { isProgressing = true }
        if orderedWarp >= 0, !hasOrder {
          isWaitingForOrder = true
          // A warp that tries again and again must leave others their turn.
          nextWarp = index + 1 < warpCount ? index + 1 : 0
          break
        }
        if isRandom {
          if isProgressing, generator.next(below: 4) != 0 { break }
        }
      }
      if isWaitingForOrder { return .ordered }
      if isRandom, !pending.isEmpty, generator.next(below: 3) == 0 {
        try advance(pending[generator.next(below: pending.count)])
        isProgressing = true
      }
      if isProgressing {
        try watchForSpinning()
        continue
      }
      if !pending.isEmpty {
        let choice = isRandom ? generator.next(below: pending.count) : 0
        try advance(pending[choice])
        continue
      }
      return (0..<warpCount).allSatisfy { warps[$0].groupCount == 0 } ? .ended : .blocked
    }
  }

  /// Does what waited for the launch's order.
  func runOrdered() throws(Trap) {
    if let operation = orderedOperation {
      orderedOperation = nil
      try finish(operation)
    }
    guard orderedWarp >= 0 else { return }
    hasOrder = true
    let warp = orderedWarp
    let group = orderedGroup
    warps[warp].groups[group].wait.kind = .nothing
    warps[warp].groups[group].hasWaited = true
    try runGroup(warp, group, quantum: 1)
    orderedWarp = -1
    hasOrder = false
  }

  /// Runs the groups of a warp that can go on, and returns whether any could.
  private func runWarp(_ index: Int, quantum: Int) throws(Trap) -> Bool {
    let warp = warps + index
    var isProgressing = false
    var group = 0
    let count = warp.pointee.groupCount
    while group < min(count, warp.pointee.groupCount) {
      let wait = warp.pointee.groups[group].wait
      if wait.kind != .nothing {
        guard isOver(wait, index) else {
          group += 1
          continue
        }
        warp.pointee.groups[group].wait.kind = .nothing
        warp.pointee.groups[group].hasWaited = true
      }
      let before = warp.pointee.groupCount
      try runGroup(index, group, quantum: quantum)
      isProgressing = true
      if orderedWarp >= 0 { return true }
      // A group that ended or split has had the last one put in its place.
      if warp.pointee.groupCount >= before { group += 1 }
    }
    return isProgressing
  }

  /// Whether what lanes wait for has come.
  private func isOver(_ wait: Wait, _ index: Int) -> Bool {
    let warp = warps + index
    let block = blocks[warp.pointee.block]
    switch wait.kind {
    case .nothing: return true
    case .mbarrier:
      let barrier = block.mbarriers[Int(wait.index)]
      return !barrier.isLive || barrier.phase > wait.value
    case .blockBarrier: return block.barriers[Int(wait.index)].generation > wait.value
    case .clusterBarrier: return clusterGeneration > wait.value
    case .bulkRead, .bulkComplete:
      return isBulkWaitOver(block, thread: Int(wait.index), wait)
    case .wgmma:
      return block.warpgroups[warp.pointee.index / 4].completed >= wait.value
    case .tensorLoad: return warp.pointee.pendingTensorLoads == 0
    case .tensorStore: return warp.pointee.pendingTensorStores == 0
    case .tensorAllocation, .tensorPair: return false
    case .registers: return block.freeRegisterCount >= wait.value
    case .order: return false
    }
  }

  /// Runs a group for at most `quantum` instructions, until it waits, splits, ends or meets others.
  private func runGroup(_ warpIndex: Int, _ groupIndex: Int, quantum: Int) throws(Trap) {
    let warp = warps + warpIndex
    let group = warp.pointee.groups + groupIndex
    let issues = hot.pointee.issues
    let memory = warp.pointee.memory
    let reconvergence = warp.pointee.reconvergencePC(group.pointee)
    var budget = quantum
    while budget > 0 {
      budget -= 1
      clock &+= 1
      let pc = group.pointee.pc
      let instruction = instructions + Int(pc)
      var mask = group.pointee.mask
      if instruction.pointee.guardOffset >= 0 {
        let guarded = memory.predicate(instruction.pointee.guardOffset)
        mask &= instruction.pointee.guardIsNegated ? ~guarded : guarded
      }
      if mask != 0 {
        if !group.pointee.hasWaited { issues[Int(pc)] &+= 1 }
        if warp.pointee.carriesUndefined { try followUndefined(instruction, mask, warpIndex) }
        if instruction.pointee.kind == .lane {
          execute(instruction.pointee.lane, mask: mask, in: memory)
        } else {
          if instruction.pointee.isOrdered, !hasOrder {
            group.pointee.wait = Wait(kind: .order)
            group.pointee.hasWaited = true
            orderedWarp = warpIndex
            orderedGroup = groupIndex
            return
          }
          if instruction.pointee.isAligned, mask != warp.pointee.alive {
            throw located(
              missingLanes(mask, of: warp.pointee.alive), warpIndex, pc, lanes: mask)
          }
          let step: Step
          do {
            step = try perform(instruction, mask, warpIndex, group)
          } catch {
            throw located(error, warpIndex, pc, lanes: mask)
          }
          switch step {
          case .next: break
          case .wait(let wait):
            group.pointee.wait = wait
            return
          case .jump(let target):
            group.pointee.hasWaited = false
            group.pointee.pc = target
            if target == reconvergence {
              arriveAtReconvergence(warpIndex, groupIndex)
              return
            }
            continue
          case .changedGroups: return
          }
        }
      }
      group.pointee.hasWaited = false
      group.pointee.pc = pc &+ 1
      if pc &+ 1 == reconvergence {
        arriveAtReconvergence(warpIndex, groupIndex)
        return
      }
    }
  }

  /// Makes a group wait for the lanes that it branched apart from.
  private func arriveAtReconvergence(_ warpIndex: Int, _ groupIndex: Int) {
    let warp = warps + warpIndex
    let group = warp.pointee.groups[groupIndex]
    warp.pointee.removeGroup(groupIndex)
    warp.pointee.resume(group)
  }

  /// What control does after an instruction.
  enum Step {
    /// It goes on behind the instruction.
    case next
    /// It stays at the instruction until something comes.
    case wait(Wait)
    /// It goes on elsewhere.
    case jump(Int32)
    /// The lanes are no longer one group, or have ended.
    case changedGroups
  }

  /// Says that an instruction did not get all its lanes.
  func missingLanes(_ mask: UInt32, of expected: UInt32) -> Trap {
    Trap(
      .missingLanes,
      "The instruction needs lanes \(lanesText(expected)) together, but only \(lanesText(mask)) came."
    )
  }

  // MARK: - Loops that wait for memory

  /// The change count when spinning was last looked for.
  private var watchedChange: UInt64 = 0
  /// The instruction count at which the next look is due.
  private var watchedClock: UInt64 = 0
  /// The state that was remembered, and how long it is remembered.
  private var rememberedState: Int?
  /// The looks until the remembered state is replaced.
  private var looksLeft = 0
  /// The looks for which a state is remembered; it doubles.
  private var lookSpan = 1

  /// The instructions without any change after which waiting loops are suspected.
  private static let spinLimit: UInt64 = 200_000

  /// Looks for loops that wait for memory that nobody will change.
  ///
  /// A state of all registers that comes back, with no change of memory between, comes back for
  /// ever. Operations in flight take effect first.
  private func watchForSpinning() throws(Trap) {
    if changeCount != watchedChange {
      watchedChange = changeCount
      watchedClock = clock &+ ClusterRunner.spinLimit
      rememberedState = nil
      lookSpan = 1
      return
    }
    guard clock > watchedClock else { return }
    if !pending.isEmpty {
      try advance(pending[0])
      changeCount &+= 1
      return
    }
    let state = stateHash()
    if state == rememberedState { throw deadlock(isSpinning: true) }
    looksLeft -= 1
    if looksLeft <= 0 {
      rememberedState = state
      lookSpan *= 2
      looksLeft = lookSpan
    }
  }

  /// Returns a hash of everything that decides what the cluster's warps do next, but memory.
  func stateHash() -> Int {
    var hasher = Hasher()
    for index in 0..<warpCount {
      let warp = warps + index
      hasher.combine(warp.pointee.alive)
      for group in 0..<warp.pointee.groupCount {
        hasher.combine(warp.pointee.groups[group].pc)
        hasher.combine(warp.pointee.groups[group].mask)
      }
      hasher.combine(
        bytes: UnsafeRawBufferPointer(
          start: warp.pointee.memory.registers, count: kernel.registerByteCount))
    }
    return hasher.finalize()
  }
}

extension LaunchContext {
  /// Whether the schedule is drawn from a generator.
  var isRandom: Bool {
    if case .random = options.schedule { return true }
    return false
  }

  /// The seed of the schedule; 0 where it is not drawn.
  var scheduleSeed: UInt64 {
    if case .random(let seed) = options.schedule { return seed }
    return 0
  }
}
