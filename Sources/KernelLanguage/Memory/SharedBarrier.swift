// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A ring of mbarriers in shared memory, one for each stage.
public struct SharedBarrierRing: Sendable {
  /// The address of the barrier of stage 0.
  public let address: SharedAddress

  /// The number of barriers.
  public let stageCount: Int

  /// The arrivals that complete a phase of each.
  public let arrivalCount: Int

  /// Returns the barrier of a stage.
  ///
  /// - Precondition: `stage` is below the number of stages.
  public subscript(stage: DeviceValue<UInt32>) -> SharedBarrier {
    SharedBarrier(
      address: address.advanced(by: stage, elementByteCount: 8), arrivalCount: arrivalCount)
  }

  /// Returns the barrier of a stage.
  public subscript(stage: Int) -> SharedBarrier {
    let stage = address.recorder.stage(stage, below: stageCount, of: "a ring of barriers")
    return SharedBarrier(
      address: address.advanced(byByteCount: 8 * stage), arrivalCount: arrivalCount)
  }

  /// Initializes every barrier of the ring; one thread of the block does it, once.
  public func initialize(file: String = #fileID, line: Int = #line) {
    for stage in 0..<stageCount { self[stage].initialize(file: file, line: line) }
  }
}

/// An mbarrier in the shared memory of the block.
///
/// A phase completes when all its arrivals have occurred and the expected bytes have been written.
/// The first phase has parity 0, the next 1, and so on.
///
/// - SeeAlso: PTX ISA, "mbarrier".
public struct SharedBarrier: Sendable {
  /// The address of the barrier's eight bytes.
  public let address: SharedAddress

  /// The arrivals that complete a phase.
  public let arrivalCount: Int

  /// The recorder of the kernel.
  var recorder: Recorder { address.recorder }

  /// The barrier as a ring of one.
  public var ring: SharedBarrierRing {
    SharedBarrierRing(address: address, stageCount: 1, arrivalCount: arrivalCount)
  }

  /// Initializes the barrier; one thread of the block does it, once.
  ///
  /// Other threads and TMA may use the barrier after the initializing thread has called
  /// `fenceBarrierInitialization()` and the block has synchronized.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.init".
  public func initialize(file: String = #fileID, line: Int = #line) {
    record(
      .initialize(
        barrier: address.operand, count: .integer(Int64(arrivalCount)), space: .block), file, line)
  }

  /// Ends the barrier's life, so that its bytes may hold something else.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.inval".
  public func invalidate(file: String = #fileID, line: Int = #line) {
    record(.invalidate(barrier: address.operand, space: .block), file, line)
  }

  /// Arrives once, as one of the arrivals that the phase waits for.
  ///
  /// The caller's earlier accesses are visible to threads that observe the completed phase.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.arrive".
  public func arrive(file: String = #fileID, line: Int = #line) {
    record(.arrive(MbarrierArrive(at: address.operand, in: .block)), file, line)
  }

  /// Arrives once in threads where the condition holds.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.arrive".
  public func arrive(if condition: Predicate, file: String = #fileID, line: Int = #line) {
    recorder.setPlace(file, line)
    recorder.check(condition.recorder)
    guard condition.constantValue != false else { return }
    record(
      .arrive(MbarrierArrive(at: address.operand, in: .block)), file, line,
      when: condition.condition)
  }

  /// Arrives once, after the phase has been told to await bytes of bulk copies as well.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.arrive".
  public func arrive(
    expectingByteCount byteCount: some KernelByteCount, file: String = #fileID, line: Int = #line
  ) {
    recorder.setPlace(file, line)
    var arrival = MbarrierArrive(at: address.operand, in: .block)
    arrival.expectsTransaction = true
    arrival.count = byteCount.operand(in: recorder)
    recorder.emit(MbarrierInstruction.arrive(arrival))
  }

  /// Tells the current phase to await bytes of bulk copies, without arriving.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.expect_tx".
  public func expect(
    byteCount: some KernelByteCount, file: String = #fileID, line: Int = #line
  ) {
    recorder.setPlace(file, line)
    let operand = byteCount.operand(in: recorder)
    recorder.emit(
      MbarrierInstruction.count(MbarrierTransaction(expecting: operand, at: address.operand)))
  }

  /// Waits until the phase of this barrier with the given parity has completed.
  ///
  /// Bytes written by bulk tensor copies that count towards the phase are visible to the caller
  /// afterwards.
  ///
  /// - `parity`: The parity of the awaited phase: 0 for the first, then alternating.
  /// - Precondition: The barrier has been initialized, and the initialization fenced.
  /// - SeeAlso: PTX ISA, "mbarrier.test_wait, mbarrier.try_wait".
  public func wait(
    parity: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    recorder.setPlace(file, line)
    recorder.check(parity.recorder)
    let top = recorder.makeLabel("wait")
    recorder.begin(top)
    let isComplete = recorder.makeRegister(.pred)
    recorder.emit(
      MbarrierInstruction.wait(
        MbarrierWait(
          suspends: true, result: .register(isComplete), barrier: address.operand,
          parity: parity.operand)))
    recorder.emit(.branch, [], [.label(top)], when: .init(isComplete, isNegated: true))
  }

  /// Waits until the phase with the parity that a variable has now has completed.
  public func wait(
    parity: Variable<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    wait(parity: parity.current, file: file, line: line)
  }

  /// Returns whether the phase with the given parity has completed, without waiting.
  ///
  /// - SeeAlso: PTX ISA, "mbarrier.test_wait, mbarrier.try_wait".
  public func test(
    parity: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    recorder.setPlace(file, line)
    recorder.check(parity.recorder)
    let isComplete = recorder.makeRegister(.pred)
    recorder.emit(
      MbarrierInstruction.wait(
        MbarrierWait(
          suspends: false, result: .register(isComplete), barrier: address.operand,
          parity: parity.operand)))
    return Predicate(recorder, isComplete)
  }

  /// Records an operation on the block's own barrier.
  private func record(
    _ instruction: MbarrierInstruction, _ file: String, _ line: Int,
    when condition: Instruction.Guard? = nil
  ) {
    recorder.setPlace(file, line)
    recorder.emit(instruction, when: condition)
  }
}

/// A number of bytes in a kernel: a device value, or an integer that the host knows.
public protocol KernelByteCount: Sendable {
  /// Returns the number as an operand in a recording.
  func operand(in recorder: KernelRecording) -> Operand
}

extension KernelByteCount {
  /// Returns the number as an operand in a recording.
  func operand(in recorder: Recorder) -> Operand {
    operand(in: KernelRecording(recorder: recorder))
  }
}

extension Int: KernelByteCount {
  /// Returns the number as an immediate.
  public func operand(in recorder: KernelRecording) -> Operand {
    recorder.recorder.expect(
      (0..<1 << 20).contains(self), "a barrier tracks 0 to 1,048,575 bytes, not \(self)")
    return .integer(Int64(self))
  }
}

extension DeviceValue: KernelByteCount where Element == UInt32 {
  /// Returns the value, which must belong to the recording.
  public func operand(in recorder: KernelRecording) -> Operand {
    recorder.recorder.check(self.recorder)
    return operand
  }
}

extension KernelContext where Machine: HasTMA {
  /// Allocates an mbarrier in the block's shared memory.
  ///
  /// - `name`: The name of the barrier in reports.
  /// - `arrivals`: The arrivals that complete a phase.
  public func sharedBarrier(
    _ name: String, arrivals: Int, file: String = #fileID, line: Int = #line
  ) -> SharedBarrier {
    sharedBarriers(name, stages: 1, arrivals: arrivals, file: file, line: line)[0]
  }

  /// Allocates a ring of mbarriers in the block's shared memory.
  ///
  /// - `name`: The name of the ring in reports.
  /// - `stages`: The number of barriers.
  /// - `arrivals`: The arrivals that complete a phase of each.
  public func sharedBarriers(
    _ name: String, stages: Int, arrivals: Int, file: String = #fileID, line: Int = #line
  ) -> SharedBarrierRing {
    at(file, line)
    let stages = recorder.stages(stages, of: "the ring of barriers '\(name)'")
    recorder.expect(
      (1..<1 << 20).contains(arrivals),
      "a phase of '\(name)' must expect 1 to 1,048,575 arrivals, not \(arrivals)")
    let offset = recorder.placeShared(name, byteCount: 8 * stages, alignment: 8)
    recorder.map.barriers.append(
      KernelMap.Barrier(
        name: name, symbol: SharedMemoryLayout.symbol, offset: offset, stageCount: stages,
        arrivalCount: arrivals))
    return SharedBarrierRing(
      address: SharedAddress(recorder, byteOffset: offset), stageCount: stages,
      arrivalCount: arrivals)
  }
}

extension KernelContext where Machine: HasClusters {
  /// Arrives at a barrier of some block of the cluster.
  ///
  /// - `barrier`: The address, as returned by `mapa`.
  /// - `publishing`: Whether the caller's earlier accesses are visible to threads of the cluster
  ///   that observe the completed phase. That costs a GPU-scope fence. Without it the arrival
  ///   orders nothing, which is enough after completed reads.
  /// - `condition`: The threads that arrive; nil for all.
  /// - SeeAlso: PTX ISA, "mbarrier.arrive".
  public func arriveRemotely(
    at barrier: ClusterAddress, publishing: Bool = true, if condition: Predicate? = nil,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(barrier.recorder)
    if let condition { recorder.check(condition.recorder) }
    guard condition?.constantValue != false else { return }
    var arrival = MbarrierArrive(at: barrier.operand, in: .cluster)
    (arrival.order, arrival.scope) = (.release, publishing ? .cluster : .block)
    recorder.emit(MbarrierInstruction.arrive(arrival), when: condition?.condition)
  }

  /// Adds bytes of asynchronous writes to the expectation of a barrier of some block of the
  /// cluster, and arrives at it.
  ///
  /// It orders nothing but the barrier itself.
  ///
  /// - `barrier`: The address, as returned by `mapa`.
  /// - `byteCount`: The bytes.
  /// - `condition`: The threads that arrive; nil for all.
  /// - SeeAlso: PTX ISA, "mbarrier.arrive".
  public func arriveRemotely(
    at barrier: ClusterAddress, expectingByteCount byteCount: some KernelByteCount,
    if condition: Predicate? = nil, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(barrier.recorder)
    if let condition { recorder.check(condition.recorder) }
    guard condition?.constantValue != false else { return }
    var arrival = MbarrierArrive(at: barrier.operand, in: .cluster)
    (arrival.order, arrival.scope) = (.release, .block)
    arrival.expectsTransaction = true
    arrival.count = byteCount.operand(in: recorder)
    recorder.emit(MbarrierInstruction.arrive(arrival), when: condition?.condition)
  }
}
