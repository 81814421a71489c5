// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// What the cluster's observer is told. Without an observer nothing is noted.
extension ClusterRunner {
  /// Notes a part of an access; parts of one instruction or operation are told together.
  @inline(never)
  func note(_ place: AccessBatch.Place, _ count: Int, _ access: Access) {
    if !noted.parts.isEmpty, !noted.access.isTogether(with: access) { tellAccesses() }
    if noted.parts.isEmpty {
      noted.access = access
      let instruction = kernel.sources[Int(access.pc)]
      noted.order = instruction.memoryOrder
      noted.scope = instruction.memoryScope
    }
    noted.parts.append(AccessBatch.Part(lane: access.lane, place: place, count: count))
  }

  /// Tells the observer of the accesses that were noted.
  func tellAccesses() {
    guard !noted.parts.isEmpty else { return }
    observer?.observe(noted)
    noted.parts.removeAll(keepingCapacity: true)
  }

  /// Tells the observer of an event, after the accesses before it.
  @inline(never)
  private func tellObserver(_ event: OrderEvent, by agent: Agent?, at pc: Int32) {
    tellAccesses()
    observer?.observe(event, by: agent, at: pc)
  }

  /// Tells the observer of an event that lanes of a warp bring about.
  @inline(__always)
  func tell(
    _ event: @autoclosure () -> OrderEvent, lanes mask: UInt32, of warp: Int, at pc: Int32
  ) {
    guard hot.pointee.isObserved else { return }
    tellObserver(event(), by: .lanes(warp: warp, mask: mask), at: pc)
  }

  /// Tells the observer of an event that an asynchronous operation brings about.
  @inline(__always)
  func tell(_ event: @autoclosure () -> OrderEvent, by operation: PendingOperation) {
    guard hot.pointee.isObserved else { return }
    tellObserver(event(), by: .operation(operation.number), at: operation.pc)
  }

  /// Tells the observer of an event of the cluster.
  func tell(_ event: OrderEvent) {
    guard hot.pointee.isObserved else { return }
    tellObserver(event, by: nil, at: -1)
  }

  /// Notes the accesses of lanes to registers that asynchronous operations use.
  ///
  /// The operands of an asynchronous operation are its own accesses, and those of an implied wait
  /// are accessed after it.
  @inline(never)
  func noteRegisters(_ pc: Int32, _ mask: UInt32, _ warp: Int) {
    switch instructions[Int(pc)].kind {
    case .wgmma, .tensorLoad, .tensorWaitLoad: return
    default: break
    }
    let access = Access(warp: warp, lane: 0, pc: pc, proxy: .generic, effect: .read)
    noteUses(at: pc, access) { register, access in
      forLanes(mask) { lane in
        var access = access
        access.lane = lane
        note(.register(warp: warp, register), 1, access)
      }
    }
    tellAccesses()
  }

  /// Notes the accesses of an asynchronous operation to registers of some warps.
  func noteRegisters(of operation: PendingOperation, warps: Range<Int>, pc: Int32) {
    guard hot.pointee.isObserved else { return }
    var access = Access(operation, .read)
    access.pc = pc
    noteUses(at: pc, access) { register, access in
      for warp in warps { note(.register(warp: warp, register), 1, access) }
    }
  }

  /// Calls `body` for the registers that an instruction reads, and then for those that it writes.
  private func noteUses(
    at pc: Int32, _ reading: Access, _ body: (RegisterID, Access) -> Void
  ) {
    guard let uses = launch.asynchronousRegisters?.uses(at: pc) else { return }
    for use in uses where use.isRead { body(use.register, reading) }
    var writing = reading
    writing.effect = .write
    for use in uses where use.isWritten { body(use.register, writing) }
  }
}
