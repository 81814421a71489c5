/// What a set of lanes waits for.
struct Wait {
  /// The kinds of things to wait for.
  enum Kind: UInt8 {
    case nothing
    case mbarrier, blockBarrier, clusterBarrier
    case bulkRead, bulkComplete
    case wgmma
    case tensorLoad, tensorStore, tensorAllocation, tensorPair
    case registers
    case order
  }

  /// What is waited for.
  var kind = Kind.nothing

  /// Which one of its kind: an index or an offset.
  var index: Int32 = 0

  /// What must be passed: a phase, a generation, a count.
  var value: Int64 = 0

  /// Whether columns of Tensor Memory, or the block to share them with, are waited for.
  var isForTensorMemory: Bool { kind == .tensorAllocation || kind == .tensorPair }
}

/// Lanes of a warp that are at the same place and run as one.
struct LaneGroup {
  /// The lanes.
  var mask: UInt32

  /// The next instruction.
  var pc: Int32

  /// Where the lanes meet those that they branched apart from; -1 where they never did.
  var point: Int32

  /// What the lanes wait for.
  var wait = Wait()

  /// Whether the next instruction has been counted, and what it waited for has come.
  var hasWaited = false
}

/// A place where lanes that branched apart meet again.
struct ReconvergencePoint {
  /// The first instruction that the lanes run together again.
  var pc: Int32

  /// The lanes that branched apart and have not exited.
  var expected: UInt32

  /// The lanes that have come.
  var arrived: UInt32

  /// The point that held for all lanes before they branched; -1 where there was none.
  var parent: Int32

  /// Whether this entry of the table is taken.
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

  /// Lanes that have arrived at the cluster barrier and not yet waited.
  var clusterArrived: UInt32

  /// The generation of the cluster barrier that the lanes arrived in.
  var clusterGeneration: Int64

  /// `wgmma` operations that this warp has issued.
  var wgmmaIssued: Int64

  /// `tcgen05.ld` whose registers are not written yet.
  var pendingTensorLoads: Int

  /// `tcgen05.st` that have not been done yet.
  var pendingTensorStores: Int

  /// The registers of each thread, where `setmaxnreg` moves them.
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

  /// Removes a group; the last one takes its place.
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

  /// The place where a group's lanes meet others; -2 where they meet none.
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
