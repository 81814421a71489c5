import DeviceRuntime
import Synchronization

/// Runs the clusters of a grid, on all host threads that it may use.
///
/// The resident clusters advance in rounds: each by itself until it ends, can go on no further, or
/// comes to an operation whose order among clusters counts; then these are done one at a time, and
/// further clusters start. So the result does not depend on the number of host threads.
final class GridRunner {
  /// A cluster that is resident.
  private struct Resident {
    /// Where it runs.
    var runner: ClusterRunner
    /// The multiprocessors of its blocks.
    var multiprocessors: [Int]
    /// How its last run ended.
    var outcome = ClusterRunner.Outcome.ordered
    /// What it did wrong.
    var trap: Trap?
    /// Whether it can be run.
    var isRunnable = true
  }

  /// What all clusters share.
  private let launch: LaunchContext
  /// The clusters that are resident, by their number.
  private var residents: [Resident] = []
  /// Memory of clusters that have ended.
  private var idle: [ClusterRunner] = []
  /// The memory of each host thread.
  private let workspaces: [Workspace]
  /// The blocks that each multiprocessor can still take.
  private var freeSlots: [Int]
  /// Where the search for a multiprocessor starts.
  private var nextMultiprocessor = 0
  /// The generator of the order among clusters.
  private var generator: ScheduleGenerator
  /// The instructions that the clusters issued which have ended.
  private var issuedCount: UInt64 = 0

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

  /// Runs the grid to its end.
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
      if let trap = residents.lazy.compactMap(\.trap).first { throw trap }
      let hasOrdered = try runOrdered()
      let hasEnded = try retireClusters()
      startClusters()
      let canGoOn = residents.contains { $0.isRunnable }
      if !residents.isEmpty, !canGoOn, !hasOrdered, !hasEnded { throw deadlock() }
      try watchForSpinning()
    }
    return workspaces.reduce(into: ExecutionCounters()) {
      $0.add($1.counters.counters(of: launch.kernel))
    }
  }

  /// Starts clusters, in the order of the grid, while there is room.
  private func startClusters() {
    while !launch.clusters.isEmpty, let places = takeSlots(launch.clusterSize),
      let number = launch.clusters.takeNext()
    {
      let runner = idle.popLast() ?? ClusterRunner(launch, workspace: workspaces[0])
      runner.start(number: number, multiprocessors: places)
      residents.append(Resident(runner: runner, multiprocessors: places))
    }
  }

  /// Takes room for blocks, spread over the multiprocessors; the blocks of a pair are never on one.
  private func takeSlots(_ count: Int) -> [Int]? {
    let saved = (freeSlots, nextMultiprocessor)
    var places: [Int] = []
    while places.count < count {
      let partner = launch.kernel.usesPairs && places.count % 2 == 1 ? places.last : nil
      guard let place = nextPlace(otherThan: partner) else {
        (freeSlots, nextMultiprocessor) = saved
        return nil
      }
      freeSlots[place] -= 1
      places.append(place)
      nextMultiprocessor = (place + 1) % freeSlots.count
    }
    return places
  }

  /// Returns the next multiprocessor with room for a block.
  private func nextPlace(otherThan partner: Int?) -> Int? {
    for distance in freeSlots.indices {
      let place = (nextMultiprocessor + distance) % freeSlots.count
      if freeSlots[place] > 0, place != partner { return place }
    }
    return nil
  }

  /// Runs every cluster that can run, each until it stops.
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

  /// Does what clusters wait to do in order, and returns whether there was anything.
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

  /// Takes out the clusters that have ended, and returns whether there were any.
  private func retireClusters() throws(Trap) -> Bool {
    var kept: [Resident] = []
    for resident in residents {
      guard resident.outcome == .ended, !resident.isRunnable else {
        kept.append(resident)
        continue
      }
      try resident.runner.checkEnd()
      for place in resident.multiprocessors { freeSlots[place] += 1 }
      idle.append(resident.runner)
      issuedCount &+= resident.runner.clock
    }
    if let limit = launch.options.instructionLimit, issuedCount > limit {
      throw .beyondInstructionLimit(limit)
    }
    let hasEnded = kept.count < residents.count
    residents = kept
    return hasEnded
  }

  /// Describes a grid in which nobody can go on.
  private func deadlock() -> Trap {
    var trap = Trap(
      .deadlock, "No warp can go on, and nothing is in flight that could wake one.")
    trap.context = residents.flatMap { $0.runner.waitReport() }
    return trap
  }

  // MARK: - Loops that wait for other clusters

  /// The changes seen when spinning was last looked for.
  private var watchedChange: UInt64 = 0
  /// The rounds without any change.
  private var quietRounds = 0
  /// The state that was remembered.
  private var rememberedState: Int?
  /// The rounds for which a state is remembered; it doubles.
  private var span = 16
  /// The rounds until the remembered state is replaced.
  private var roundsLeft = 0

  /// Looks for clusters that wait in loops for memory that nobody will change.
  private func watchForSpinning() throws(Trap) {
    let change = residents.reduce(UInt64(launch.clusters.takenCount)) {
      $0 &+ $1.runner.changeCount
    }
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
    if state == rememberedState {
      var trap = deadlock()
      trap.message = "Loops wait for memory that nobody will change any more."
      throw trap
    }
    roundsLeft -= 1
    if roundsLeft <= 0 {
      rememberedState = state
      span *= 2
      roundsLeft = span
    }
  }
}

extension LaunchContext {
  /// The blocks that a multiprocessor holds at once.
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
  /// Tries again to allocate Tensor Memory where a warp waits for it, and returns whether any got
  /// it.
  func retryAllocations() throws(Trap) -> Bool {
    var hasAllocated = false
    for warp in 0..<warpCount {
      for group in 0..<warps[warp].groupCount
      where warps[warp].groups[group].wait.isForTensorMemory {
        orderedWarp = warp
        orderedGroup = group
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
