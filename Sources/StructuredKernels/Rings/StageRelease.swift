// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// A warpgroup's arrivals at "empty", by which it releases a stage.
///
/// One lane of one warp arrives. If blocks share their stages, one lane of each of several warps
/// arrives, each at the barrier of a different block.
struct StageRelease: Sendable {
  /// Arrives for a stage in threads in which the predicate holds.
  private let arrive: @Sendable (DeviceValue<UInt32>, Predicate) -> Void

  /// Prepares the releases of a warpgroup, whose warps call this together.
  init<Machine: HasTMA & HasClusters, Payload: TilePayload>(
    _ pipeline: TilePipeline<Machine, Payload>, _ warps: RoleWarps
  ) {
    let k = pipeline.k
    let blockCount = pipeline.sharingBlockCount
    let isElected = k.electSync()
    let isSignaller = isElected && warps.warpIndexInWarpgroup < blockCount
    let empty = pipeline.empty
    guard blockCount > 1 else {
      arrive = { stage, isHeld in empty[stage].arrive(if: isHeld && isSignaller) }
      return
    }
    let peer = k.mapa(empty.address, toRank: warps.warpIndexInWarpgroup % blockCount)
    arrive = { stage, isHeld in
      let barrier = peer.advanced(by: stage, elementByteCount: 8)
      // The tensor cores' reads are complete, and there is nothing to publish.
      k.arriveRemotely(at: barrier, publishing: false, if: isHeld && isSignaller)
    }
  }

  /// Releases a stage, if the predicate holds.
  func callAsFunction(_ stage: DeviceValue<UInt32>, if isHeld: Predicate) {
    arrive(stage, isHeld)
  }
}
