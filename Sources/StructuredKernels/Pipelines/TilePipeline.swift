import KernelLanguage
import TileLayout

/// Who may touch which stage of a ring of tiles, and when.
///
/// One thread of each block produces: it waits until a stage is empty, says how many bytes will come, and
/// issues the copies that bring them. Warpgroups consume: they wait until the bytes are there, and say
/// when they are done. The pipeline knows neither layouts nor arithmetic; what fills a stage is its
/// payload's word, and what empties it the consumer's.
public struct TilePipeline<Machine: HasTMA & HasClusters, Payload: TilePayload>: Sendable {
  /// The kernel.
  let k: KernelContext<Machine>

  /// What travels through the stages.
  public let payload: Payload

  /// The barriers that say that the bytes of a stage are there.
  let full: SharedBarrierRing

  /// The barriers that say that nobody reads a stage any more.
  let empty: SharedBarrierRing

  /// The blocks of the cluster whose copies fill a stage of this block, this one included.
  let sharingBlockCount: Int

  /// The blocks whose stages are consumed as one, by the first of them.
  let group: CTAGroup

  /// Returns the barrier that copies for a stage signal.
  fileprivate let copyBarrier: @Sendable (SharedBarrier) -> CopyBarrier

  /// Places the barriers of a pipeline in shared memory.
  ///
  /// - `payload`: What travels through the stages.
  /// - `consumers`: The warpgroups of a block that consume every stage.
  /// - `sharingBlocks`: The blocks of the cluster, 1 to 4, whose producers fill one another's stages. With more
  ///   than one, a stage is empty when the consumers of all have let go of it.
  public init(
    _ k: KernelContext<Machine>, _ payload: Payload, consumers: Int, sharingBlocks: Int = 1,
    file: String = #fileID, line: Int = #line
  ) {
    self.init(
      k, payload, consumers: consumers, sharingBlocks: sharingBlocks, group: .one, file, line
    ) { CopyBarrier($0) }
  }

  /// Places the barriers of a pipeline in shared memory.
  private init(
    _ k: KernelContext<Machine>, _ payload: Payload, consumers: Int, sharingBlocks: Int,
    group: CTAGroup, _ file: String, _ line: Int,
    _ copyBarrier: @escaping @Sendable (SharedBarrier) -> CopyBarrier
  ) {
    precondition((1...4).contains(sharingBlocks), "One to four blocks share their stages.")
    precondition(sharingBlocks % group.rawValue == 0, "Pairs share their stages as a whole.")
    self.k = k
    self.payload = payload
    self.group = group
    self.copyBarrier = copyBarrier
    sharingBlockCount = sharingBlocks
    full = k.sharedBarriers(
      "full", stages: payload.stageCount, arrivals: 1, file: file, line: line)
    empty = k.sharedBarriers(
      "empty", stages: payload.stageCount,
      arrivals: consumers * sharingBlocks / group.rawValue, file: file, line: line)
  }

  /// The blocks that share their stages, a bit each by rank.
  var sharingBlockMask: UInt16 { UInt16((1 << sharingBlockCount) - 1) }

  /// Initializes the barriers; one thread of the block does it, and then fences.
  public func initialize(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      full.initialize()
      empty.initialize()
    }
  }
}

extension TilePipeline where Machine: HasTensorMemory {
  /// Places the barriers of a pipeline whose stages the leader of each pair of blocks consumes for both.
  ///
  /// Each block's producer fills its own stages. What comes is counted in the leader, whose producer alone
  /// announces it: twice the bytes of the payload.
  ///
  /// - `payload`: What travels through the stages of each block.
  /// - `sharingBlocks`: The blocks of the cluster, 2 or 4, in pairs: a stage is empty when the multiplications of
  ///   all pairs have read it.
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
  /// The place in the ring belongs to this scope; so it stands outside of the loop over tiles. At its
  /// end the thread waits until nobody reads or fills a stage of the blocks that share them: no block
  /// ends while another may still write into it or arrive at its barriers.
  public func withProducer(
    file: String = #fileID, line: Int = #line,
    _ body: @Sendable (TileProducer<Machine, Payload>) -> Void
  ) {
    let position = k.inlined(at: file, line) {
      RingPosition(k, stageCount: payload.stageCount, parity: 1)
    }
    let producer = TileProducer(
      pipeline: self, position: position, announces: k.isLeader(of: group))
    body(producer)
    guard sharingBlockCount > 1 else { return }
    k.inlined(at: file, line) { producer.drain() }
  }
}

/// The thread that fills the stages of a pipeline.
public struct TileProducer<Machine: HasTMA & HasClusters, Payload: TilePayload>: Sendable {
  /// The pipeline.
  let pipeline: TilePipeline<Machine, Payload>

  /// The next stage to fill.
  let position: RingPosition

  /// Whether the bytes are announced here, and not by the leader of the pair.
  let announces: Predicate

  /// Waits until the next stage is empty, announces the bytes of its payload, and records `body`, which
  /// issues the copies.
  ///
  /// - `body`: What fills the stage: it is given the tiles, and the barrier that the copies signal.
  public func withStage(
    file: String = #fileID, line: Int = #line,
    _ body: @Sendable (Payload.Stage, CopyBarrier) -> Void
  ) {
    let k = pipeline.k
    let barrier = k.inlined(at: file, line) {
      pipeline.empty[position.stage].wait(parity: position.parity)
      let barrier = pipeline.full[position.stage]
      let byteCount = pipeline.payload.byteCount * pipeline.group.rawValue
      k.if(announces) { barrier.arrive(expectingByteCount: byteCount) }
      return pipeline.copyBarrier(barrier)
    }
    body(pipeline.payload[position.stage], barrier)
    k.inlined(at: file, line) { position.advance(k) }
  }

  /// Waits until each stage is empty once more.
  func drain() {
    let k = pipeline.k
    k.loop(pipeline.payload.stageCount) { _ in
      pipeline.empty[position.stage].wait(parity: position.parity)
      position.advance(k)
    }
  }
}

// MARK: - Consuming

extension TilePipeline where Machine: HasWGMMA {
  /// Records `body` for a warpgroup that consumes every stage.
  ///
  /// All warps of the warpgroup come here together. The place in the ring belongs to this scope; so it
  /// stands outside of the loop over tiles.
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
/// One group of `wgmma` is kept running while the next is issued. So the stage that is released is the one
/// before, and `finish()` releases the last.
public struct TileConsumer<Machine: HasTMA & HasClusters & HasWGMMA, Payload: TilePayload>:
  Sendable
{
  /// The pipeline.
  private let pipeline: TilePipeline<Machine, Payload>

  /// The stage to read next.
  private let position: RingPosition

  /// How stages are released.
  private let release: StageRelease

  /// The stage that is being read and not released; the number of stages where there is none.
  private let held: Variable<UInt32>

  /// Creates the consumer at stage 0.
  init(_ pipeline: TilePipeline<Machine, Payload>, _ warps: RoleWarps) {
    self.pipeline = pipeline
    position = RingPosition(pipeline.k, stageCount: pipeline.payload.stageCount, parity: 0)
    release = StageRelease(pipeline, warps)
    held = pipeline.k.variable(UInt32(pipeline.payload.stageCount))
  }

  /// Waits until the bytes of the next stage are there, and records `body`, which issues the
  /// multiplications of one group.
  ///
  /// Behind it the warpgroup waits for the group before, and releases its stage.
  ///
  /// - `isFirst`: Whether there is no group before, since `finish()` came last, or nothing.
  /// - `body`: What issues the multiplications.
  public func withStage(
    isFirst: Bool = false, file: String = #fileID, line: Int = #line,
    _ body: @Sendable (Payload.Stage) -> Void
  ) {
    let k = pipeline.k
    k.inlined(at: file, line) {
      pipeline.full[position.stage].wait(parity: position.parity)
      k.wgmmaFence()
    }
    body(pipeline.payload[position.stage])
    k.inlined(at: file, line) {
      k.wgmmaCommitGroup()
      if !isFirst {
        k.wgmmaWaitGroup(1)
        releaseHeld()
      }
      held.value = position.stage
      position.advance(k)
    }
  }

  /// Passes over stages that another warpgroup consumes.
  ///
  /// Nothing is held when it is called: `finish()` came before, or no stage.
  ///
  /// - `count`: The stages.
  public func skip(_ count: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line) {
    let k = pipeline.k
    k.inlined(at: file, line) { position.advance(k, by: count) }
  }

  /// Waits for the last group, and releases its stage: the sums are complete.
  public func finish(file: String = #fileID, line: Int = #line) {
    let k = pipeline.k
    k.inlined(at: file, line) {
      k.wgmmaWaitGroup(0)
      releaseHeld()
      held.value = k.constant(UInt32(pipeline.payload.stageCount))
    }
  }

  /// Releases the stage that is held, if there is one.
  private func releaseHeld() {
    release(held.current, if: held.current != pipeline.payload.stageCount)
  }
}
