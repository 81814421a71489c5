// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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
    /// The other lanes that an instruction needs.
    case lanes
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

  /// Whether the next instruction has been counted, and its wait is over.
  var hasWaited = false

  /// The cluster's instruction count when the lanes last had a turn.
  var lastTurn: UInt64 = 0
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

/// Tracks how long lanes of a warp have been parked, and whether the others loop meanwhile.
struct ParkedWatch {
  /// The lanes that were parked at the last look.
  var lanes: UInt32 = 0

  /// The cluster's instruction count when these were parked.
  var start: UInt64 = 0

  /// The cluster's instruction count at which the next look is due.
  var nextLook: UInt64 = 0

  /// The state of the warp that was remembered.
  var state: Int?

  /// The cluster's instruction count when the state was remembered.
  var stateClock: UInt64 = 0

  /// The looks until the remembered state is replaced.
  var looksLeft = 0

  /// The looks for which a state is remembered; it doubles.
  var span = 1

  /// The instructions of a cluster between two looks.
  static let lookDistance: UInt64 = 256

  /// Forgets the state that was remembered, since the warp has changed memory, issued an operation or
  /// been given what it waited for.
  mutating func forget(at clock: UInt64) {
    state = nil
    nextLook = clock &+ ParkedWatch.lookDistance
    span = 1
    looksLeft = 0
  }
}

/// The state of a warp, without references, so that it can be accessed through a pointer.
struct WarpState {
  /// The maximum number of reconvergence points that 32 lanes can need at the same time.
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

  /// The lanes that wait to reconverge with those from which they diverged.
  var parked: UInt32 = 0

  /// The time for which lanes have been parked.
  var watch = ParkedWatch()

  /// The rank of the block in the cluster.
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

  /// The local memory of the 32 lanes, one after the other.
  var local: UnsafeMutableRawPointer

  /// Starts the warp with the given lanes at the first instruction.
  mutating func start(lanes: UInt32) {
    alive = lanes
    parked = 0
    watch = ParkedWatch()
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

  /// Returns the index of a free entry of the table of points.
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
  ///   - target: Where these go; the others continue.
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
    let stay = LaneGroup(
      mask: group.mask & ~taken, pc: group.pc + 1, point: point, lastTurn: group.lastTurn)
    let go = LaneGroup(mask: taken, pc: target, point: point, lastTurn: group.lastTurn)
    removeGroup(index)
    for part in [stay, go] { resume(part) }
  }

  /// Adds a group, or parks it at its reconvergence point.
  mutating func resume(_ group: LaneGroup) {
    var group = group
    while group.point >= 0, points[Int(group.point)].pc == group.pc {
      let index = Int(group.point)
      points[index].arrived |= group.mask
      parked |= group.mask
      watch.lanes = 0
      guard points[index].arrived == points[index].expected else { return }
      let lastTurn = group.lastTurn
      group = takeParked(index)
      group.lastTurn = lastTurn
    }
    addGroup(group)
  }

  /// Takes the parked lanes away from a point, which goes if it expects no others.
  private mutating func takeParked(_ index: Int) -> LaneGroup {
    let point = points[index]
    parked &= ~point.arrived
    points[index].expected &= ~point.arrived
    points[index].arrived = 0
    points[index].isUsed = points[index].expected != 0
    return LaneGroup(mask: point.arrived, pc: point.pc, point: point.parent)
  }

  /// Exits lanes, which are no longer expected at reconvergence points.
  mutating func exit(_ mask: UInt32) {
    alive &= ~mask
    for index in 0..<WarpState.reconvergencePointLimit where points[index].isUsed {
      points[index].expected &= ~mask
    }
    settlePoints()
  }

  /// Releases the lanes that wait at points where no other is expected any more.
  private mutating func settlePoints() {
    for index in 0..<WarpState.reconvergencePointLimit where points[index].isUsed {
      guard points[index].arrived == points[index].expected else { continue }
      let group = takeParked(index)
      if group.mask != 0 { resume(group) }
    }
  }

  /// Lets all parked lanes continue without those from which they diverged.
  ///
  /// They meet the others again where an earlier branch of theirs ends, if there was one.
  mutating func letGo() {
    for index in 0..<WarpState.reconvergencePointLimit
    where points[index].isUsed && points[index].arrived != 0 {
      resume(takeParked(index))
    }
    dropNeedlessPoints()
  }

  /// Removes the points whose lanes are all together anyway, so that 31 entries suffice.
  private mutating func dropNeedlessPoints() {
    for index in 0..<WarpState.reconvergencePointLimit where points[index].isUsed {
      let point = points[index]
      guard point.arrived == 0 else { continue }
      for group in 0..<groupCount
      where Int(groups[group].point) == index && groups[group].mask == point.expected {
        groups[group].point = point.parent
        points[index].isUsed = false
      }
      for child in 0..<WarpState.reconvergencePointLimit
      where points[child].isUsed && Int(points[child].parent) == index
        && points[child].expected == point.expected
      {
        points[child].parent = point.parent
        points[index].isUsed = false
      }
    }
  }

  // MARK: - Lanes that an instruction needs together

  /// The lanes that wait for the same others.
  func waitingLanes(_ wait: Wait) -> UInt32 {
    var lanes: UInt32 = 0
    for index in 0..<groupCount where groups[index].isWaiting(wait) {
      lanes |= groups[index].mask
    }
    return lanes
  }

  /// Whether all lanes that wait for the same others are at one instruction.
  func isAtOneInstruction(_ wait: Wait) -> Bool {
    var pc: Int32 = -1
    for index in 0..<groupCount where groups[index].isWaiting(wait) {
      if pc >= 0, groups[index].pc != pc { return false }
      pc = groups[index].pc
    }
    return true
  }

  /// Makes one group of those that have waited for each other at one instruction; it continues.
  ///
  /// It meets others where all its parts would have.
  mutating func unite(_ wait: Wait) {
    var result: LaneGroup?
    var index = 0
    while index < groupCount {
      let group = groups[index]
      guard group.isWaiting(wait) else {
        index += 1
        continue
      }
      removeGroup(index)
      guard var sum = result else {
        result = group
        continue
      }
      let common = commonPoint(sum.point, group.point)
      withdraw(sum.mask, from: sum.point, upTo: common)
      withdraw(group.mask, from: group.point, upTo: common)
      sum.mask |= group.mask
      sum.point = common
      result = sum
    }
    guard var result else { return }
    result.wait.kind = .nothing
    addGroup(result)
    settlePoints()
    dropNeedlessPoints()
  }

  /// Returns the innermost point that holds for lanes of both points; -1 where there is none.
  private func commonPoint(_ first: Int32, _ second: Int32) -> Int32 {
    var candidate = first
    while candidate >= 0 {
      var other = second
      while other >= 0, other != candidate { other = points[Int(other)].parent }
      if other == candidate { return candidate }
      candidate = points[Int(candidate)].parent
    }
    return -1
  }

  /// Expects lanes no more at a point and those around it, up to one where they are still expected.
  private mutating func withdraw(_ mask: UInt32, from first: Int32, upTo last: Int32) {
    var point = first
    while point != last {
      points[Int(point)].expected &= ~mask
      point = points[Int(point)].parent
    }
  }
}

extension LaneGroup {
  /// Whether the lanes wait for the same others as those of a given wait.
  func isWaiting(_ other: Wait) -> Bool {
    wait.kind == .lanes && wait.index == other.index && wait.value == other.value
  }
}
