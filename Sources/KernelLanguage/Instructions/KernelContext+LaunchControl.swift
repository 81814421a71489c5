// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The response to a launch control request: 128 bits in registers.
public struct ClusterLaunchResponse: Sendable {
  /// The recorder of the kernel.
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

  /// Returns the index in the grid of the first block of the canceled cluster.
  ///
  /// - Precondition: A cluster was canceled: the call is in a branch on `isCanceled()`.
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

/// A ring of responses to launch control requests in shared memory: 16 bytes for each stage.
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
  /// Allocates a ring of responses to launch control requests in the block's shared memory.
  ///
  /// - `name`: The name in reports.
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

  /// Requests, asynchronously, to cancel the launch of a pending cluster, in order to do its work;
  /// one thread calls it.
  ///
  /// - `response`: The address for the 16 bytes of the response, a multiple of 16.
  /// - `barrier`: The barrier whose phase counts them.
  /// - `toAllBlocks`: Whether the response is written to the same address in every block of the
  ///   cluster, and counted by the same barrier of each. No block of the cluster may have exited.
  /// - Precondition: No earlier response that the block has read said that none was canceled.
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
  /// Before the memory is reused, its readers call `fenceProxyAsync(.sharedBlock)` and arrive at a
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
