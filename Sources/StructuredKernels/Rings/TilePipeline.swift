// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import NumberFormats
import TileLayout

/// The full/empty barriers of a ring of tiles, which order its producer and its consumers.
///
/// One thread of each block produces: it waits until a stage is empty, announces the number of
/// bytes, and issues the copies that bring them. Warpgroups consume: they wait until the bytes have
/// arrived, and release the stage. The pipeline depends on neither layouts nor arithmetic: its
/// payload decides what fills a stage, and the consumer how it is read.
public struct TilePipeline<Machine: HasTMA & HasClusters, Payload: TilePayload>: Sendable {
  /// The kernel.
  let k: KernelContext<Machine>

  /// The tiles of the stages.
  public let payload: Payload

  /// The barriers of the stages: full when the bytes have arrived, empty when all consumers have
  /// released them.
  let ring: StageRing<Machine>

  /// The number of blocks of the cluster whose copies fill a stage of this block, including this
  /// one.
  let sharingBlockCount: Int

  /// The CTA group, whose leader consumes the stages for all its blocks.
  let group: CTAGroup

  /// Returns the barrier that a stage's copies signal, given the block's own.
  fileprivate let copyBarrier: @Sendable (SharedBarrier) -> CopyBarrier

  /// Allocates the barriers of a pipeline in shared memory.
  ///
  /// - `payload`: The tiles of the stages.
  /// - `consumers`: The number of warpgroups of a block that consume every stage.
  /// - `sharingBlocks`: The number of blocks of the cluster, 1 to 4, whose producers fill one
  ///   another's stages. With more than one, a stage is empty when the consumers of all these
  ///   blocks have released it.
  public init(
    _ k: KernelContext<Machine>, _ payload: Payload, consumers: Int, sharingBlocks: Int = 1,
    file: String = #fileID, line: Int = #line
  ) {
    self.init(
      k, payload, consumers: consumers, sharingBlocks: sharingBlocks, group: .one, file, line
    ) { CopyBarrier($0) }
  }

  /// Allocates the barriers of a pipeline in shared memory.
  private init(
    _ k: KernelContext<Machine>, _ payload: Payload, consumers: Int, sharingBlocks: Int,
    group: CTAGroup, _ file: String, _ line: Int,
    _ copyBarrier: @escaping @Sendable (SharedBarrier) -> CopyBarrier
  ) {
    let canShare = (1...4).contains(sharingBlocks) && sharingBlocks % group.rawValue == 0
    if !canShare {
      k.findings(at: file, line).reject(
        "one to four blocks, and only whole CTA pairs, can share stages, not \(sharingBlocks)")
    }
    let sharingBlocks = canShare ? sharingBlocks : group.rawValue
    self.k = k
    self.payload = payload
    self.group = group
    self.copyBarrier = copyBarrier
    sharingBlockCount = sharingBlocks
    ring = StageRing(
      k, stages: payload.stageCount, full: ("full", arrivals: 1),
      empty: ("empty", arrivals: consumers.saturatingProduct(sharingBlocks) / group.rawValue),
      file: file, line: line)
  }

  /// The blocks that share their stages, one bit for each rank.
  var sharingBlockMask: UInt16 { UInt16((1 << sharingBlockCount) - 1) }

  /// Initializes the barriers; one thread of the block does it, and then fences.
  public func initialize(file: String = #fileID, line: Int = #line) {
    ring.initialize(file: file, line: line)
  }
}

extension TilePipeline where Machine: HasTensorMemory {
  /// Allocates the barriers of a pipeline whose stages the leader of each CTA pair consumes for
  /// both blocks.
  ///
  /// Each block's producer fills its own stages. The bytes of both blocks are counted by the
  /// leader's barrier, and only the leader's producer announces them: twice the bytes of the
  /// payload.
  ///
  /// - `payload`: The tiles of the stages of each block.
  /// - `sharingBlocks`: The number of blocks of the cluster, 2 or 4: a stage is empty when the
  ///   multiplications of all pairs have read it.
  public init(
    inPairs k: KernelContext<Machine>, _ payload: Payload, sharingBlocks: Int,
    file: String = #fileID, line: Int = #line
  ) {
    self.init(
      k, payload, consumers: 1, sharingBlocks: sharingBlocks, group: .two, file, line
    ) { k.leaderBarrier(of: $0) }
  }
}

// MARK: - Producing

extension TilePipeline {
  /// Records `body` for the thread that fills the stages.
  ///
  /// The position in the ring belongs to this scope, so call it outside of the loop over tiles. At
  /// its end the thread waits until all stages that blocks share have been released: no block exits
  /// while another may still write into it or arrive at its barriers.
  public func withProducer(
    file: String = #fileID, line: Int = #line,
    _ body: @Sendable (TileProducer<Machine, Payload>) -> Void
  ) {
    let end = ring.filler(file: file, line: line)
    let producer = TileProducer(pipeline: self, end: end, announces: k.isLeader(of: group))
    body(producer)
    guard sharingBlockCount > 1 else { return }
    end.drain(file: file, line: line)
  }
}

/// The thread that fills the stages of a pipeline.
public struct TileProducer<Machine: HasTMA & HasClusters, Payload: TilePayload>: Sendable {
  /// The pipeline.
  let pipeline: TilePipeline<Machine, Payload>

  /// The end of the ring that fills stages.
  let end: RingEnd<Machine>

  /// Whether this thread announces the bytes: in a CTA pair, only the leader's does.
  let announces: Predicate

  /// Waits until the next stage is empty, announces the bytes of its payload, and records `body`,
  /// which issues the copies.
  ///
  /// - `body`: Fills the stage; its arguments are the tiles, and the barrier that the copies
  ///   signal.
  public func withStage(
    file: String = #fileID, line: Int = #line,
    _ body: @Sendable (Payload.Stage, CopyBarrier) -> Void
  ) {
    let k = pipeline.k
    let barrier = k.inlined(at: file, line) {
      end.wait()
      let byteCount = pipeline.payload.byteCount.saturatingProduct(pipeline.group.rawValue)
      return pipeline.copyBarrier(end.announce(byteCount: byteCount, if: announces))
    }
    body(pipeline.payload[end.stage], barrier)
    end.advance(file: file, line: line)
  }
}

// MARK: - Consuming

extension TilePipeline where Machine: HasWGMMA {
  /// Records `body` for a warpgroup that consumes every stage.
  ///
  /// All warps of the warpgroup call this together. The position in the ring belongs to this scope,
  /// so call it outside of the loop over tiles.
  ///
  /// - `warps`: The role that the warpgroup belongs to.
  public func withConsumer(
    _ warps: RoleWarps, file: String = #fileID, line: Int = #line,
    _ body: @Sendable (TileConsumer<Machine, Payload>) -> Void
  ) {
    let consumer = k.inlined(at: file, line) { TileConsumer(self, warps) }
    body(consumer)
  }
}

/// A warpgroup that consumes the stages of a pipeline by `wgmma`.
///
/// One group of `wgmma` keeps running while the next is issued. So each `withStage` releases the
/// stage of the one before, and `finish()` the last. With `f` for a wait at "full", `w` for a wait
/// for `wgmma`, and `e` for the arrival at "empty", a tile of three stages is:
///
/// ```
/// withStage(isFirst: true)   f0  issue 0                 held: 0
/// withStage()                f1  issue 1   w0  e0        held: 1
/// withStage()                f2  issue 2   w1  e1        held: 2
/// finish()                                 w2  e2        held: none
/// withStage(isFirst: true)   f3  issue 3                 held: 3    (the next tile)
/// ```
///
/// Without `isFirst`, the first `withStage` of a tile waits for the group before, if any is
/// pending, and releases nothing, since nothing is held. `skip` passes over stages that another
/// warpgroup consumes, and may be called only where nothing is held.
public struct TileConsumer<Machine: HasTMA & HasClusters & HasWGMMA, Payload: TilePayload>:
  Sendable
{
  /// The pipeline.
  private let pipeline: TilePipeline<Machine, Payload>

  /// The end of the ring that reads stages.
  private let end: RingEnd<Machine>

  /// The stage whose multiplications may still be running, not yet released; the number of stages
  /// if none is.
  private let held: Variable<UInt32>

  /// Creates the consumer at stage 0.
  init(_ pipeline: TilePipeline<Machine, Payload>, _ warps: RoleWarps) {
    self.pipeline = pipeline
    end = pipeline.ring.reader(arriving: .warpgroup(warps, blocks: pipeline.sharingBlockCount))
    held = pipeline.k.variable(UInt32(pipeline.ring.stageCount))
  }

  /// Waits until the bytes of the next stage have arrived, and records `body`, which issues the
  /// multiplications of one group.
  ///
  /// After it the warpgroup waits for the preceding group, and releases its stage.
  ///
  /// - `isFirst`: Whether no group precedes this one: it is the first, or the first after
  ///   `finish()`. Then nothing is waited for or released.
  /// - `body`: Issues the multiplications.
  public func withStage(
    isFirst: Bool = false, file: String = #fileID, line: Int = #line,
    _ body: @Sendable (Payload.Stage) -> Void
  ) {
    let k = pipeline.k
    k.inlined(at: file, line) {
      end.wait()
      k.wgmmaFence()
    }
    body(pipeline.payload[end.stage])
    k.inlined(at: file, line) {
      k.wgmmaCommitGroup()
      if !isFirst {
        k.wgmmaWaitGroup(1)
        releaseHeld()
      }
      held.value = end.stage
      end.advance()
    }
  }

  /// Skips stages that another warpgroup consumes.
  ///
  /// No stage may be held: call it before the first `withStage`, or after `finish()`.
  ///
  /// - `count`: The number of stages.
  public func skip(_ count: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line) {
    end.advance(by: count, file: file, line: line)
  }

  /// Waits for the last group, and releases its stage; then the accumulators are complete.
  public func finish(file: String = #fileID, line: Int = #line) {
    let k = pipeline.k
    k.inlined(at: file, line) {
      k.wgmmaWaitGroup(0)
      releaseHeld()
      held.value = k.constant(UInt32(pipeline.ring.stageCount))
    }
  }

  /// Releases the stage that is held, if any.
  private func releaseHeld() {
    end.arrive(for: held.current, if: held.current != pipeline.ring.stageCount)
  }
}
