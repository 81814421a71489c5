/// A wait of a set of lanes.
struct Wait {
  /// The kinds of waits.
  enum Kind: UInt8 {
    case nothing
    case mbarrier, blockBarrier, clusterBarrier
    case bulkRead, bulkComplete
    case wgmma
    case tensorLoad, tensorStore, tensorAllocation, tensorPair
    case registers
    case order
  }

  /// The kind of wait.
  var kind = Kind.nothing

  /// The index or offset of the awaited object.
  var index: Int32 = 0

  /// The awaited phase, generation or count.
  var value: Int64 = 0

  /// Whether lanes wait for columns of Tensor Memory, or for the other block of a CTA pair.
  var isForTensorMemory: Bool { kind == .tensorAllocation || kind == .tensorPair }
}

/// Lanes of a warp that are at the same instruction and run together.
struct LaneGroup {
  /// The lanes.
  var mask: UInt32

  /// The next instruction.
  var pc: Int32

  /// The point at which the lanes reconverge with those from which they diverged; -1 if there is
  /// none.
  var point: Int32

  /// The wait of the lanes.
  var wait = Wait()

  /// Whether the next instruction has been counted, and what it waited for has come.
  var hasWaited = false
}

/// A point at which diverged lanes reconverge.
struct ReconvergencePoint {
  /// The first instruction that the lanes execute together again.
  var pc: Int32

  /// The lanes that diverged and have not exited.
  var expected: UInt32

  /// The lanes that have arrived.
  var arrived: UInt32

  /// The enclosing point of all these lanes; -1 if there is none.
  var parent: Int32

  /// Whether this entry of the table is in use.
  var isUsed: Bool
}

/// The state of a warp, without references, so that it can be reached through a pointer.
struct WarpState {
  /// The most reconvergence points that 32 lanes can need at once.
  static let reconvergencePointLimit = 64

  /// The memory of the registers.
  var memory: LaneMemory

  /// The lanes that exist and have not exited.
  var alive: UInt32

  /// The groups.
  var groups: UnsafeMutablePointer<LaneGroup>

  /// The number of groups.
  var groupCount: Int

  /// The table of reconvergence points.
  var points: UnsafeMutablePointer<ReconvergencePoint>

  /// The block, as a rank in the cluster.
  var block: Int

  /// The index in the block.
  var index: Int

  /// The lanes that have arrived at the cluster barrier and not yet waited.
  var clusterArrived: UInt32

  /// The generation of the cluster barrier in which the lanes arrived.
  var clusterGeneration: Int64

  /// The number of `wgmma` operations that this warp has issued.
  var wgmmaIssued: Int64

  /// The number of `tcgen05.ld` whose registers are not written yet.
  var pendingTensorLoads: Int

  /// The number of `tcgen05.st` that are not complete yet.
  var pendingTensorStores: Int

  /// The number of registers of each thread, if `setmaxnreg` changes it.
  var registerCount: Int

  /// Whether some of its registers may hold what was never written.
  var carriesUndefined = false

  /// Local memory, 32 lanes of it one behind the other.
  var local: UnsafeMutableRawPointer

  /// Starts the warp with the given lanes at the first instruction.
  mutating func start(lanes: UInt32) {
    alive = lanes
    groupCount = lanes == 0 ? 0 : 1
    groups[0] = LaneGroup(mask: lanes, pc: 0, point: -1)
    for index in 0..<WarpState.reconvergencePointLimit {
      points[index] = ReconvergencePoint(pc: 0, expected: 0, arrived: 0, parent: -1, isUsed: false)
    }
    clusterArrived = 0
    clusterGeneration = 0
    wgmmaIssued = 0
    pendingTensorLoads = 0
    pendingTensorStores = 0
    carriesUndefined = false
  }

  /// Removes a group, and replaces it by the last one.
  mutating func removeGroup(_ index: Int) {
    groupCount -= 1
    groups[index] = groups[groupCount]
  }

  /// Adds a group.
  mutating func addGroup(_ group: LaneGroup) {
    groups[groupCount] = group
    groupCount += 1
  }

  /// Returns a free entry of the table of points.
  func unusedReconvergencePoint() -> Int32 {
    var index = 0
    while points[index].isUsed { index += 1 }
    return Int32(index)
  }

  /// Returns the instruction at which a group's lanes reconverge; -2 if there is none.
  @inline(__always)
  func reconvergencePC(_ group: LaneGroup) -> Int32 {
    group.point < 0 ? -2 : points[Int(group.point)].pc
  }

  /// Splits a group at a branch.
  ///
  /// - Parameters:
  ///   - index: The group, which is at the branch.
  ///   - taken: Some, but not all, of its lanes.
  ///   - target: Where these go; the others go on.
  ///   - reconvergence: Where they meet again; -1 where they never do.
  mutating func diverge(_ index: Int, taken: UInt32, target: Int32, reconvergence: Int32) {
    let group = groups[index]
    var point = group.point
    if reconvergence >= 0, point < 0 || points[Int(point)].pc != reconvergence {
      let parent = point
      point = unusedReconvergencePoint()
      points[Int(point)] = ReconvergencePoint(
        pc: reconvergence, expected: group.mask, arrived: 0, parent: parent, isUsed: true)
    }
    let stay = LaneGroup(mask: group.mask & ~taken, pc: group.pc + 1, point: point)
    let go = LaneGroup(mask: taken, pc: target, point: point)
    removeGroup(index)
    for part in [stay, go] { resume(part) }
  }

  /// Adds a group, or makes it wait where it meets others.
  mutating func resume(_ group: LaneGroup) {
    var group = group
    while group.point >= 0, points[Int(group.point)].pc == group.pc {
      let place = Int(group.point)
      points[place].arrived |= group.mask
      guard points[place].arrived == points[place].expected else { return }
      points[place].isUsed = false
      group = LaneGroup(
        mask: points[place].arrived, pc: group.pc, point: points[place].parent)
    }
    addGroup(group)
  }

  /// Ends lanes: they are expected nowhere any more.
  mutating func exit(_ mask: UInt32) {
    alive &= ~mask
    for index in 0..<WarpState.reconvergencePointLimit where points[index].isUsed {
      points[index].expected &= ~mask
      points[index].arrived &= ~mask
    }
    for index in 0..<WarpState.reconvergencePointLimit where points[index].isUsed {
      let point = points[index]
      guard point.arrived == point.expected else { continue }
      points[index].isUsed = false
      if point.expected != 0 {
        resume(LaneGroup(mask: point.expected, pc: point.pc, point: point.parent))
      }
    }
  }
}
