import MachineIR

/// What a cluster was told when it asked for one that had not been launched: 128 bits in registers.
public struct ClusterLaunchResponse: Sendable {
  /// What records the kernel.
  let recorder: Recorder

  /// The register.
  let register: RegisterID

  /// Whether a cluster was taken over; if not, there is none left, and the block asks no more.
  ///
  /// - SeeAlso: PTX ISA, "clusterlaunchcontrol.query_cancel".
  public func isCanceled(file: String = #fileID, line: Int = #line) -> Predicate {
    recorder.setPlace(file, line)
    let result = recorder.emitResult(
      .pred, .clusterQueryCancel, ["is_canceled", "pred", "b128"], [.register(register)])
    return Predicate(recorder, result)
  }

  /// Returns where in the grid the first block of the cluster is that was taken over.
  ///
  /// - Precondition: One was: the call stands behind a branch on `isCanceled()`.
  /// - SeeAlso: PTX ISA, "clusterlaunchcontrol.query_cancel".
  public func firstBlockIndex(
    file: String = #fileID, line: Int = #line
  ) -> (x: DeviceValue<UInt32>, y: DeviceValue<UInt32>, z: DeviceValue<UInt32>) {
    recorder.setPlace(file, line)
    let registers = (0..<3).map { _ in recorder.makeRegister(.b32) }
    recorder.emit(
      .clusterQueryCancel, ["get_first_ctaid", "v4", "b32", "b128"],
      [.vector(registers.map(Operand.register) + [.sink]), .register(register)])
    let values = registers.map { DeviceValue<UInt32>(recorder, $0) }
    return (values[0], values[1], values[2])
  }
}

/// Where responses to requests for clusters lie in shared memory: 16 bytes for each stage.
public struct SharedLaunchResponses: Sendable {
  /// The address of the response of stage 0.
  public let address: SharedAddress

  /// The number of responses.
  public let stageCount: Int

  /// The bytes of a response, which a barrier counts.
  public static let byteCount = 16

  /// Returns the address of a stage's response.
  ///
  /// - Precondition: `stage` is below the number of stages.
  public subscript(stage: DeviceValue<UInt32>) -> SharedAddress {
    address.advanced(by: stage, elementByteCount: SharedLaunchResponses.byteCount)
  }

  /// Returns the address of a stage's response.
  public subscript(stage: Int) -> SharedAddress {
    let stage = address.recorder.stage(stage, below: stageCount, of: "a ring of responses")
    return address.advanced(byByteCount: SharedLaunchResponses.byteCount * stage)
  }
}

extension KernelContext where Machine: HasClusterLaunchControl {
  /// Gives the responses to requests for clusters their place in the block's shared memory.
  ///
  /// - `name`: What reports call them.
  /// - `stages`: The number of responses.
  public func sharedLaunchResponses(
    _ name: String, stages: Int = 1, file: String = #fileID, line: Int = #line
  ) -> SharedLaunchResponses {
    at(file, line)
    let stages = recorder.stages(stages, of: "the ring of responses '\(name)'")
    let words = SharedLaunchResponses.byteCount / 4
    let field = sharedField(
      name, of: UInt32.self, count: words * stages, alignment: SharedLaunchResponses.byteCount,
      file: file, line: line)
    return SharedLaunchResponses(address: field.address, stageCount: stages)
  }

  /// Asks, asynchronously, for a cluster that has not been launched, to do its work in its place; one
  /// thread calls it.
  ///
  /// - `response`: Where the 16 bytes of the response go, a multiple of 16.
  /// - `barrier`: The barrier whose phase counts them.
  /// - `toAllBlocks`: Whether they go to the same place in every block of the cluster, and the same
  ///   barrier of each counts them. No block of it may have ended.
  /// - Precondition: No earlier response that the block has looked at said that there is none left.
  /// - SeeAlso: PTX ISA, "clusterlaunchcontrol.try_cancel".
  public func clusterlaunchcontrolTryCancel(
    _ response: SharedAddress, signalling barrier: SharedBarrier, toAllBlocks: Bool = false,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(response.recorder)
    recorder.check(barrier.recorder)
    let audience: [Modifier] = toAllBlocks ? ["multicast::cluster::all"] : []
    emit(
      .clusterTryCancel,
      ["async", "shared::cta", "mbarrier::complete_tx::bytes"] + audience + ["b128"],
      [response.operand, barrier.address.operand])
  }

  /// Loads a response from shared memory.
  ///
  /// Before the place is used again, its readers call `fenceProxyAsync(.sharedBlock)` and arrive at a
  /// barrier that the next request waits for.
  ///
  /// - SeeAlso: PTX ISA, "ld".
  public func clusterLaunchResponse(
    at address: SharedAddress, file: String = #fileID, line: Int = #line
  ) -> ClusterLaunchResponse {
    at(file, line)
    recorder.check(address.recorder)
    let register = recorder.emitResult(.b128, .load, ["shared", "b128"], [address.operand])
    return ClusterLaunchResponse(recorder: recorder, register: register)
  }
}
