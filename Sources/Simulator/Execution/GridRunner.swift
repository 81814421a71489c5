// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Synchronization

/// Runs the clusters of a grid on several host threads.
///
/// The resident clusters run in rounds: each by itself until it ends, cannot continue, or reaches
/// an operation that is ordered among the clusters. Then these operations are executed one at a
/// time, and more clusters start. So the result does not depend on the number of host threads.
final class GridRunner {
  /// A resident cluster.
  private struct Resident {
    /// The runner of the cluster.
    var runner: ClusterRunner
    /// The SMs of its blocks.
    var multiprocessors: [Int]
    /// The outcome of its last run.
    var outcome = ClusterRunner.Outcome.ordered
    /// Its fault, if it has one.
    var trap: Trap?
    /// Whether it can be run.
    var isRunnable = true
  }

  /// The state that all clusters share.
  private let launch: LaunchContext
  /// The resident clusters, in order of their indices.
  private var residents: [Resident] = []
  /// The memory of finished clusters, for reuse.
  private var idle: [ClusterRunner] = []
  /// The memory of each host thread.
  private let workspaces: [Workspace]
  /// The number of blocks that each SM can still hold.
  private var freeSlots: [Int]
  /// The SM at which the next search starts.
  private var nextMultiprocessor = 0
  /// The generator of the order among clusters.
  private var generator: ScheduleGenerator
  /// The rounds so far.
  private var roundCount = 0
  /// The changes seen when clusters were last woken.
  private var wakingChange: UInt64 = 0

  /// The rounds after which the parked lanes of clusters that cannot continue are released.
  private static let parkedLimit = 4096

  /// Prepares a run.
  init(_ launch: LaunchContext) {
    self.launch = launch
    workspaces = (0..<min(max(1, launch.options.hostThreadCount), 256)).map { _ in
      Workspace(instructionCount: launch.kernel.instructionCount)
    }
    freeSlots = [Int](
      repeating: launch.blocksPerMultiprocessor, count: launch.machine.multiprocessorCount)
    generator = ScheduleGenerator(seed: launch.scheduleSeed, stream: 0)
  }

  /// Runs the grid to completion.
  func run() throws(Trap) -> ExecutionCounters {
    startClusters()
    guard !residents.isEmpty else {
      throw Trap(
        .launch,
        "A cluster of \(launch.clusterSize) blocks does not fit on \(freeSlots.count) SMs that hold \(launch.blocksPerMultiprocessor) each\(launch.kernel.usesPairs ? ", with the blocks of a pair on different SMs" : "")."
      )
    }
    while !residents.isEmpty {
      runRound()
      try mergeObservers(of: residents.map(\.runner))
      if let trap = residents.lazy.compactMap(\.trap).first { throw trap }
      let hasOrdered = try runOrdered()
      let hasEnded = try retireClusters()
      startClusters()
      wakeClusters()
      let canGoOn = residents.isEmpty || residents.contains { $0.isRunnable }
      if !canGoOn, !hasOrdered, !hasEnded, !letParkedLanesGo() { throw stuck() }
      try watchForSpinning()
    }
    return workspaces.reduce(into: ExecutionCounters()) {
      $0.add($1.counters.counters(of: launch.kernel))
    }
  }

  /// Starts clusters in the order of the grid while there is space.
  private func startClusters() {
    while !launch.clusters.isEmpty, let multiprocessors = takeSlots(launch.clusterSize),
      let number = launch.clusters.takeNext()
    {
      let runner = idle.popLast() ?? ClusterRunner(launch, workspace: workspaces[0])
      runner.start(number: number, multiprocessors: multiprocessors)
      residents.append(Resident(runner: runner, multiprocessors: multiprocessors))
    }
  }

  /// Reserves space for blocks, distributed over the SMs; the blocks of a CTA pair are on different
  /// SMs.
  private func takeSlots(_ count: Int) -> [Int]? {
    let saved = (freeSlots, nextMultiprocessor)
    var multiprocessors: [Int] = []
    while multiprocessors.count < count {
      let partner =
        launch.kernel.usesPairs && multiprocessors.count % 2 == 1 ? multiprocessors.last : nil
      guard let multiprocessor = nextFree(otherThan: partner) else {
        (freeSlots, nextMultiprocessor) = saved
        return nil
      }
      freeSlots[multiprocessor] -= 1
      multiprocessors.append(multiprocessor)
      nextMultiprocessor = (multiprocessor + 1) % freeSlots.count
    }
    return multiprocessors
  }

  /// Returns the next SM with space for a block.
  private func nextFree(otherThan partner: Int?) -> Int? {
    for distance in freeSlots.indices {
      let multiprocessor = (nextMultiprocessor + distance) % freeSlots.count
      if freeSlots[multiprocessor] > 0, multiprocessor != partner { return multiprocessor }
    }
    return nil
  }

  /// Runs every runnable cluster until it stops.
  private func runRound() {
    let count = residents.count
    let runnable = residents.count { $0.isRunnable }
    let next = Atomic<Int>(0)
    residents.withUnsafeMutableBufferPointer { buffer in
      runOnThreads(min(workspaces.count, runnable)) { thread in
        while true {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          guard buffer[index].isRunnable else { continue }
          let runner = buffer[index].runner
          runner.workspace = workspaces[thread]
          do throws(Trap) {
            buffer[index].outcome = try runner.run()
          } catch {
            buffer[index].trap = error
          }
          buffer[index].isRunnable = false
        }
      }
    }
  }

  /// Lets the launch's observer merge those of some clusters.
  private func mergeObservers(of runners: [ClusterRunner]) throws(Trap) {
    guard let observer = launch.observer else { return }
    try observer.merge(runners.compactMap(\.observer))
  }

  /// Executes the ordered operations for which clusters wait, and returns whether there were any.
  private func runOrdered() throws(Trap) -> Bool {
    var order = residents.indices.filter { residents[$0].outcome == .ordered }
    if launch.isRandom {
      for index in stride(from: order.count - 1, to: 0, by: -1) {
        order.swapAt(index, generator.next(below: index + 1))
      }
    }
    for index in order {
      residents[index].runner.workspace = workspaces[0]
      try residents[index].runner.runOrdered()
      try mergeObservers(of: [residents[index].runner])
      residents[index].isRunnable = true
    }
    var hasAllocated = false
    for index in residents.indices {
      residents[index].runner.workspace = workspaces[0]
      if try residents[index].runner.retryAllocations() {
        residents[index].isRunnable = true
        hasAllocated = true
      }
    }
    return !order.isEmpty || hasAllocated
  }

  /// Removes the finished clusters, and returns whether there were any.
  private func retireClusters() throws(Trap) -> Bool {
    var kept: [Resident] = []
    for resident in residents {
      guard resident.outcome == .ended, !resident.isRunnable else {
        kept.append(resident)
        continue
      }
      try resident.runner.checkEnd()
      resident.runner.tell(.end(cluster: resident.runner.number))
      try mergeObservers(of: [resident.runner])
      for multiprocessor in resident.multiprocessors { freeSlots[multiprocessor] += 1 }
      idle.append(resident.runner)
    }
    let hasEnded = kept.count < residents.count
    residents = kept
    return hasEnded
  }

  /// Lets clusters run again that have had their share of a round, and those in loops that a change
  /// elsewhere may end; now and then parked lanes of those that cannot continue are released.
  private func wakeClusters() {
    let change = changeCount
    let isDue = roundCount % GridRunner.parkedLimit == GridRunner.parkedLimit - 1
    for index in residents.indices where !residents[index].isRunnable {
      switch residents[index].outcome {
      case .paused: residents[index].isRunnable = true
      case .spinning: residents[index].isRunnable = change != wakingChange
      case .blocked where isDue:
        residents[index].isRunnable = residents[index].runner.letParkedLanesGo()
      case .blocked, .ended, .ordered: break
      }
    }
    wakingChange = change
    roundCount += 1
  }

  /// Releases the parked lanes of all clusters; returns whether there were any.
  private func letParkedLanesGo() -> Bool {
    var hasParked = false
    for index in residents.indices where residents[index].runner.letParkedLanesGo() {
      residents[index].isRunnable = residents[index].outcome != .ordered
      hasParked = true
    }
    return hasParked
  }

  /// Returns the trap that no cluster of the grid can continue.
  private func stuck() -> Trap {
    let runners = residents.map(\.runner)
    let traps = runners.compactMap { $0.endlessLoop() } + runners.compactMap { $0.missingLanes() }
    if let trap = traps.first { return trap }
    let isSpinning = runners.contains { $0.isInLoop }
    var trap = Trap(
      .deadlock,
      isSpinning
        ? "Loops wait for memory that nothing will change anymore."
        : "No warp can continue, and no operation in flight can wake one.")
    trap.context = runners.flatMap { $0.waitReport() }
    return trap
  }

  /// A counter that rises with every change that a waiting loop could see.
  private var changeCount: UInt64 {
    residents.reduce(UInt64(launch.clusters.takenCount)) { $0 &+ $1.runner.changeCount }
  }

  // MARK: - Loops that wait for other clusters

  /// The change count at the last check for spinning.
  private var watchedChange: UInt64 = 0
  /// The number of rounds without a change.
  private var quietRounds = 0
  /// The remembered state.
  private var rememberedState: Int?
  /// The instruction counts of the clusters when it was remembered.
  private var rememberedClocks: [UInt64] = []
  /// The number of rounds for which a state is remembered, which doubles.
  private var span = 16
  /// The number of rounds until the remembered state is replaced.
  private var roundsLeft = 0

  /// Detects clusters that wait in loops for memory that nothing will change.
  private func watchForSpinning() throws(Trap) {
    let change = changeCount
    guard change == watchedChange else {
      watchedChange = change
      quietRounds = 0
      rememberedState = nil
      span = 16
      return
    }
    quietRounds += 1
    guard quietRounds > 64 else { return }
    var hasher = Hasher()
    for resident in residents { hasher.combine(resident.runner.stateHash()) }
    let state = hasher.finalize()
    if state == rememberedState, haveAllHadTurns() {
      guard letParkedLanesGo() else { throw stuck() }
      watchedChange = change &- 1
    }
    roundsLeft -= 1
    if roundsLeft <= 0 {
      rememberedState = state
      rememberedClocks = residents.map(\.runner.clock)
      span *= 2
      roundsLeft = span
    }
  }

  /// Whether all lanes that can run have had a turn since the state was remembered.
  private func haveAllHadTurns() -> Bool {
    guard rememberedClocks.count == residents.count else { return false }
    return zip(residents, rememberedClocks).allSatisfy { resident, clock in
      resident.outcome == .spinning || resident.runner.haveAllHadTurns(since: clock)
    }
  }
}

extension LaunchContext {
  /// The number of blocks that an SM can hold at the same time.
  var blocksPerMultiprocessor: Int {
    let bound = kernel.function.directive("maxnreg")?.first
    let occupancy = Occupancy(
      on: machine, threadCount: threadCount,
      sharedByteCount: sharedLimit - SimulatedMachine.reservedSharedByteCount,
      registerCount: kernel.movableRegistersPerThread ?? bound)
    // A kernel may use fewer registers than its text allows, so one block always fits.
    return max(1, occupancy.blocksPerMultiprocessor)
  }
}

extension ClusterRunner {
  /// Retries the Tensor Memory allocations for which warps wait, and returns whether any succeeded.
  func retryAllocations() throws(Trap) -> Bool {
    var hasAllocated = false
    for warp in 0..<warpCount {
      for group in 0..<warps[warp].groupCount
      where warps[warp].groups[group].wait.isForTensorMemory {
        order = .wanted(warp: warp, group: group)
        try runOrdered()
        let isWaiting =
          group < warps[warp].groupCount
          && warps[warp].groups[group].wait.isForTensorMemory
        if !isWaiting { hasAllocated = true }
      }
    }
    return hasAllocated
  }
}
