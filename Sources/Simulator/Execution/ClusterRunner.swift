// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// A cluster's place in the order that the launch gives to operations which other clusters can
/// observe.
enum LaunchOrder {
  /// No operation of the cluster needs the order.
  case none

  /// A group of lanes waits for its turn.
  case wanted(warp: Int, group: Int)

  /// An operation in flight waits for its turn.
  case wantedBy(PendingOperation)

  /// It is the cluster's turn.
  case granted

  /// Whether something waits for its turn.
  var isWanted: Bool {
    switch self {
    case .wanted, .wantedBy: true
    case .none, .granted: false
    }
  }

  /// Whether it is the cluster's turn.
  var isGranted: Bool { if case .granted = self { true } else { false } }
}

/// Runs the warps and asynchronous operations of one cluster.
///
/// Only one host thread at a time runs it. Operations that other clusters can observe are executed
/// when the launch permits it.
final class ClusterRunner {
  /// The outcome of a run.
  enum Outcome {
    /// Every warp has exited, and nothing is in flight.
    case ended

    /// No warp can continue, and nothing is in flight in the cluster.
    case blocked

    /// A warp has reached an operation that is ordered among the clusters.
    case ordered

    /// It has had its share of the round.
    case paused

    /// Warps run in loops that nothing in the cluster will end.
    case spinning
  }

  /// The state that all clusters share.
  let launch: LaunchContext

  /// The kernel.
  let kernel: DecodedKernel

  /// The instructions.
  let instructions: UnsafeMutablePointer<DecodedInstruction>

  /// Whether reads of bytes that were never written are reported.
  let checksInitialization: Bool

  /// Whether operations take effect when they are issued.
  let isEager: Bool

  /// Whether the schedule is random.
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

  /// The index of the cluster in the grid.
  var number = 0

  /// The number of threads that have arrived at the cluster barrier.
  var clusterArrived = 0
  /// The number of completed uses of the cluster barrier.
  var clusterGeneration: Int64 = 0

  /// The state that changes with almost every instruction, accessed without references.
  let hot: UnsafeMutablePointer<HotState>

  /// The memory of the host thread that runs the cluster.
  var workspace: Workspace {
    didSet { hot.pointee.use(workspace) }
  }

  /// Memory for the data that an operation reads before it writes.
  @inline(__always)
  var scratch: UnsafeMutableRawPointer { hot.pointee.scratch }

  /// Memory that records whether this data was ever written.
  @inline(__always)
  var scratchShadow: UnsafeMutablePointer<UInt8> { hot.pointee.scratchShadow }

  /// The operands of matrix instructions.
  @inline(__always)
  var matrices: MatrixScratch { hot.pointee.matrices }

  /// The bytes and operations that this run counts.
  @inline(__always)
  var totals: UnsafeMutablePointer<CounterStore.Totals> { hot.pointee.totals }

  /// A counter of the changes that a waiting loop could observe.
  @inline(__always)
  var changeCount: UInt64 {
    get { hot.pointee.changeCount }
    set { hot.pointee.changeCount = newValue }
  }

  /// The cycle for `%clock`: the number of instructions issued by this cluster.
  @inline(__always)
  var clock: UInt64 {
    get { hot.pointee.clock }
    set { hot.pointee.clock = newValue }
  }

  /// The cluster's place in the order of the launch.
  var order = LaunchOrder.none
  /// The warp that runs first: the one after that which last needed the launch's order.
  private var nextWarp = 0
  /// The warp that runs first in every eighth turn of a random schedule.
  private var dueWarp = 0
  /// The turns given under a random schedule.
  private var turnCount = 0
  /// The further ordered operations that the same lanes may do in a row.
  private var rowLength = 0
  /// The instruction count at which loops without exit are looked for.
  private var checkedClock: UInt64 = 0

  /// The instruction descriptor that was last found valid.
  var checkedInstruction: CheckedInstruction?

  /// The matrix descriptor that was last found valid, without its start address.
  var checkedMatrix = UInt64.max

  /// The modelled bank conflicts of the accesses of TMA and the tensor cores.
  var coreMatrixConflicts: [CoreMatrixPattern: UInt64] = [:]

  /// The bits of registers that were never written, once some are loaded.
  var undefinedRegisters: UndefinedRegisters?

  /// The number of queues for operations without order so far.
  var freeQueue = 0

  /// The number of asynchronous operations issued so far.
  var operationCount = 0

  /// The observer, if there is one.
  private(set) var observer: (any ClusterObserver)?

  /// The accesses that the observer has not been told of.
  var noted = AccessBatch(
    access: Access(warp: 0, lane: 0, pc: 0, proxy: .generic, effect: .read), order: .weak,
    scope: .block)

  /// Allocates the memory of a cluster.
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
      BlockState(rank: rank, sharedLimit: launch.sharedLimit, isObserved: launch.observer != nil)
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

  /// Starts a cluster of the grid on the given SMs, one for each block.
  func start(number: Int, multiprocessors: [Int]) {
    self.number = number
    observer = launch.observer?.makeObserver(ofCluster: number, in: launch)
    hot.pointee.isObserved = observer != nil
    if observer != nil { hot.pointee.allocation = AllocationView() }
    operationCount = 0
    generator = ScheduleGenerator(seed: launch.scheduleSeed, stream: UInt64(number) &+ 1)
    clusterArrived = 0
    clusterGeneration = 0
    pending.removeAll(keepingCapacity: true)
    order = .none
    nextWarp = 0
    dueWarp = 0
    turnCount = 0
    rowLength = 0
    checkedClock = ClusterRunner.roundLength
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
    tell(.start(cluster: number))
  }

  /// Returns the identity of a block among all blocks of the grid.
  func identity(of block: BlockState) -> Int { number * launch.clusterSize + block.rank }

  // MARK: - Running

  /// The instructions after which the lanes of an `eager` or `late` turn leave it to others, at most.
  private static let turnLength = 4096

  /// The most ordered operations that lanes do in a row under `eager` and `late`, and of how many
  /// turns of a random schedule one goes to the warp that is due.
  private static let rowLimit = 8

  /// The instructions of a cluster after which other clusters have their turn.
  private static let roundLength: UInt64 = 1 << 20

  /// Runs until every warp has ended, none can continue, one needs the launch's order, or other clusters
  /// are due.
  func run() throws(Trap) -> Outcome {
    let limit = launch.options.instructionLimit ?? .max
    let end = clock &+ ClusterRunner.roundLength
    forgetState()
    while true {
      if clock > limit { throw beyondLimit(limit) }
      if order.isWanted { return .ordered }
      if clock > checkedClock {
        checkedClock = clock &+ ClusterRunner.roundLength
        try checkForEndlessLoops()
      }
      if clock > end { return .paused }
      var isProgressing = try isRandom ? runSomeWarp() : runEveryWarp()
      if order.isWanted { return .ordered }
      if isRandom, !pending.isEmpty, generator.next(below: 3) == 0 {
        try advance(pending[generator.next(below: pending.count)])
        isProgressing = true
      }
      if isProgressing {
        if try isSpinning() { return .spinning }
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

  /// Gives each warp a turn, until one needs the launch's order; returns whether any could continue.
  ///
  /// The lengths of turns vary, so that loops which try again and again do not run in step forever.
  private func runEveryWarp() throws(Trap) -> Bool {
    var isProgressing = false
    let first = nextWarp
    for step in 0..<warpCount {
      let index = first + step < warpCount ? first + step : first + step - warpCount
      let length = ClusterRunner.turnLength - generator.next(below: 64)
      if try runWarp(index, quantum: length) { isProgressing = true }
      if case .wanted(_, let group) = order {
        continueRow(after: index, group)
        break
      }
    }
    return isProgressing
  }

  /// Chooses who runs after lanes that need the launch's order: they again, or the next warp.
  private func continueRow(after index: Int, _ group: Int) {
    if rowLength == 0 {
      nextWarp = index + 1 < warpCount ? index + 1 : 0
      rowLength = min(generator.next(below: 256).trailingZeroBitCount, ClusterRunner.rowLimit - 1)
    } else {
      nextWarp = index
      rowLength -= 1
      warps[index].groups[group].lastTurn = 0
    }
  }

  /// Gives one warp a turn of random length; returns whether any could continue.
  private func runSomeWarp() throws(Trap) -> Bool {
    var first = generator.next(below: warpCount)
    turnCount += 1
    if turnCount % ClusterRunner.rowLimit == 0 {
      first = dueWarp
      dueWarp = dueWarp + 1 < warpCount ? dueWarp + 1 : 0
    }
    for step in 0..<warpCount {
      let index = first + step < warpCount ? first + step : first + step - warpCount
      if try runWarp(index, quantum: 1 + generator.next(below: 48)) { return true }
    }
    return false
  }

  /// Executes the operation that waited for the order of the launch.
  func runOrdered() throws(Trap) {
    switch order {
    case .none, .granted: break
    case .wantedBy(let operation):
      order = .none
      try finish(operation)
    case .wanted(let warp, let group):
      order = .granted
      let change = changeCount
      warps[warp].groups[group].wait.kind = .nothing
      warps[warp].groups[group].hasWaited = true
      try runGroup(warp, group, quantum: 1)
      if changeCount != change { warps[warp].watch.forget(at: clock) }
      order = .none
    }
  }

  /// Gives those lanes of a warp a turn that can continue and have waited longest; returns whether any
  /// could.
  private func runWarp(_ index: Int, quantum: Int) throws(Trap) -> Bool {
    let warp = warps + index
    guard let group = nextGroup(index) else {
      return warp.pointee.parked != 0 && letAwaitedLanesGo(index)
    }
    let (change, issued) = (changeCount, pending.count)
    try runGroup(index, group, quantum: quantum)
    if warp.pointee.parked != 0 {
      if changeCount != change || pending.count != issued { warp.pointee.watch.forget(at: clock) }
      watchParkedLanes(index)
    }
    return true
  }

  /// Returns the group of a warp that can continue and has waited longest for its turn.
  private func nextGroup(_ index: Int) -> Int? {
    let warp = warps + index
    var chosen = -1
    for group in 0..<warp.pointee.groupCount {
      let state = warp.pointee.groups + group
      if chosen >= 0, warp.pointee.groups[chosen].lastTurn <= state.pointee.lastTurn { continue }
      if state.pointee.wait.kind == .nothing || isOver(state.pointee.wait, index) { chosen = group }
    }
    guard chosen >= 0 else { return nil }
    let group = warp.pointee.groups + chosen
    if group.pointee.wait.kind != .nothing {
      group.pointee.hasWaited = group.pointee.wait.kind != .lanes
      group.pointee.wait.kind = .nothing
      warp.pointee.watch.forget(at: clock)
    }
    group.pointee.lastTurn = clock
    return chosen
  }

  /// Returns whether the wait of lanes is over.
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
    case .lanes: return missingLanes(for: wait, index) == 0
    }
  }

  /// Runs a group for at most `quantum` instructions, until it waits, splits, exits or reconverges.
  private func runGroup(_ warpIndex: Int, _ groupIndex: Int, quantum: Int) throws(Trap) {
    let warp = warps + warpIndex
    let group = warp.pointee.groups + groupIndex
    let issues = hot.pointee.issues
    let memory = warp.pointee.memory
    let isObserved = hot.pointee.isObserved
    defer { if isObserved { tellAccesses() } }
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
        if instruction.pointee.isAligned, mask != warp.pointee.alive {
          gather(alignedWait(instruction, pc, warpIndex), mask, warpIndex, group)
          return
        }
        if !group.pointee.hasWaited { issues[Int(pc)] &+= 1 }
        if warp.pointee.carriesUndefined { try followUndefined(instruction, mask, warpIndex) }
        if isObserved {
          tellAccesses()
          if !group.pointee.hasWaited { noteRegisters(pc, mask, warpIndex) }
        }
        if instruction.pointee.kind == .lane {
          execute(instruction.pointee.lane, mask: mask, in: memory)
        } else {
          if instruction.pointee.isOrdered, !order.isGranted {
            group.pointee.wait = Wait(kind: .order)
            group.pointee.hasWaited = true
            order = .wanted(warp: warpIndex, group: groupIndex)
            return
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

  /// Makes a group wait for the lanes from which it diverged.
  private func arriveAtReconvergence(_ warpIndex: Int, _ groupIndex: Int) {
    let warp = warps + warpIndex
    let group = warp.pointee.groups[groupIndex]
    warp.pointee.removeGroup(groupIndex)
    warp.pointee.resume(group)
  }

  /// The control flow after an instruction.
  enum Step {
    /// It continues after the instruction.
    case next
    /// Wait at the instruction.
    case wait(Wait)
    /// Continue at another instruction.
    case jump(Int32)
    /// The lanes are no longer one group, have ended, or wait for others of their warp.
    case changedGroups
  }

  // MARK: - Loops that wait for memory

  /// The change count at the last check for spinning.
  private var watchedChange: UInt64 = 0
  /// The instruction count at which the next check is due.
  private var watchedClock: UInt64 = 0
  /// The remembered state.
  private var rememberedState: Int?
  /// The instruction count when it was remembered.
  private var rememberedClock: UInt64 = 0
  /// The number of checks until the remembered state is replaced.
  private var looksLeft = 0
  /// The number of checks for which a state is remembered, which doubles.
  private var lookSpan = 1

  /// The number of instructions without a change after which spinning is suspected.
  private static let spinLimit: UInt64 = 200_000

  /// Whether all lanes run in loops that wait for memory that nothing in the cluster will change.
  ///
  /// A state of all registers that comes back, where all lanes that can run have had a turn and no
  /// memory has changed between, comes back forever. Operations in flight take effect first, and
  /// parked lanes are released.
  private func isSpinning() throws(Trap) -> Bool {
    if changeCount != watchedChange {
      watchedChange = changeCount
      watchedClock = clock &+ ClusterRunner.spinLimit
      forgetState()
      return false
    }
    guard clock > watchedClock else { return false }
    if !pending.isEmpty {
      try advance(pending[0])
      changeCount &+= 1
      return false
    }
    let state = stateHash()
    if state == rememberedState, haveAllHadTurns(since: rememberedClock) {
      watchedChange = changeCount &- 1
      return !letParkedLanesGo()
    }
    looksLeft -= 1
    if looksLeft <= 0 || rememberedState == nil {
      rememberedState = state
      rememberedClock = clock
      lookSpan *= 2
      looksLeft = lookSpan
    }
    return false
  }

  /// Forgets the state that was remembered, since others may have changed memory.
  private func forgetState() {
    rememberedState = nil
    lookSpan = 1
    looksLeft = 0
  }

  /// Whether all lanes that can run have had a turn since the cluster's instruction count was as
  /// given.
  func haveAllHadTurns(since count: UInt64) -> Bool {
    (0..<warpCount).allSatisfy { haveAllHadTurns($0, since: count) }
  }

  /// Whether all lanes of a warp that can run have had a turn since the instruction count was as
  /// given.
  func haveAllHadTurns(_ index: Int, since count: UInt64) -> Bool {
    let warp = warps + index
    return (0..<warp.pointee.groupCount).allSatisfy { group in
      let state = warp.pointee.groups[group]
      return state.lastTurn >= count || !(state.wait.kind == .order || isOver(state.wait, index))
    }
  }

  /// Returns a hash of everything except memory that determines the next actions of the cluster's
  /// warps.
  func stateHash() -> Int {
    var hasher = Hasher()
    for index in 0..<warpCount { combineState(of: index, into: &hasher) }
    return hasher.finalize()
  }

  /// Adds to a hash what decides what a warp does next, but memory.
  func combineState(of index: Int, into hasher: inout Hasher) {
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
}

extension LaunchContext {
  /// Whether the schedule is random.
  var isRandom: Bool {
    if case .random = options.schedule { return true }
    return false
  }

  /// The seed of the schedule; 0 if it is not random.
  var scheduleSeed: UInt64 {
    if case .random(let seed) = options.schedule { return seed }
    return 0
  }
}
