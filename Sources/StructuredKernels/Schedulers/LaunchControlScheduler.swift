import KernelLanguage

/// A launch of as many clusters as tiles, of which those that run take over others before they are launched.
///
/// So a cluster that is done early does more, and one that starts late, or shares its multiprocessor's power with
/// another kernel, does less. The first tile is the cluster's own. For each further one, one thread of the
/// cluster, in a role of its own, asks `clusterlaunchcontrol.try_cancel`; the response comes into a ring in the
/// shared memory of every block, where each reader takes it and releases it. Two barriers for each stage keep
/// the ring, as in a `TilePipeline`:
/// - "response_full", in every block: one arrival, of the thread that asks, and the 16 bytes of the response.
/// - "response_empty", in the first block: an arrival of each reader of all blocks. Before it arrives, a reader
///   fences its loads against the copy engine's next write.
///
/// The ring alone would let a cluster take two tiles at once when it starts, and keep them while others run out.
/// So there is a throttle: the next tile is asked for when the first block's loading thread begins the last one,
/// which is as late as a response can be asked for without being waited for. It arrives at "tile_started". No barrier
/// is needed the other way: it begins no further tile before the thread that asks has seen that arrival, asked and
/// been answered.
///
/// At the end, when a response says that there is none left, the thread that asks waits until all have read that.
/// So the first block does not end while others may still arrive at its barriers.
///
/// - SeeAlso: PTX ISA, "clusterlaunchcontrol.try_cancel".
public struct LaunchControlScheduler<Machine: HasTMA & HasClusterLaunchControl>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// Which tile has which number.
  private let numbering: any TileNumbering

  /// The blocks of a cluster, side by side along x.
  private let blockCount: Int

  /// The responses.
  private let responses: SharedLaunchResponses

  /// The barriers that say that a response is there.
  private let responseFull: SharedBarrierRing

  /// The barriers that say that nobody reads a response any more; those of the first block.
  private let responseEmpty: SharedBarrierRing

  /// The barrier that says that a tile was begun; that of the first block.
  private let tileStarted: SharedBarrier

  /// Places the responses and barriers in shared memory.
  ///
  /// - `numbering`: Which tile has which number.
  /// - `blocks`: The blocks of a cluster, side by side along x.
  /// - `readers`: Who asks for tiles, in all blocks of a cluster together: each thread and each warp counts one.
  /// - `stages`: The responses that can be on their way or unread by some.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, blocks: Int, readers: Int,
    stages: Int = 2, file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.numbering = numbering
    blockCount = blocks
    responses = k.sharedLaunchResponses("tile_responses", stages: stages, file: file, line: line)
    responseFull = k.sharedBarriers(
      "response_full", stages: stages, arrivals: 1, file: file, line: line)
    responseEmpty = k.sharedBarriers(
      "response_empty", stages: stages, arrivals: readers, file: file, line: line)
    tileStarted = k.sharedBarrier("tile_started", arrivals: 1, file: file, line: line)
  }

  /// Initializes the barriers.
  public func initialize() {
    responseFull.initialize()
    responseEmpty.initialize()
    tileStarted.initialize()
  }
}

// MARK: - Asking

extension LaunchControlScheduler {
  /// The role that asks: one warp, one thread of it in the first block.
  public var roles: [Role] {
    [
      Role("schedule", warps: 1) { k.if(k.clusterRank == 0) { k.elected { requestTiles() } } }
    ]
  }

  /// Asks for one tile after another until there is none left.
  private func requestTiles() {
    let position = RingPosition(k, stageCount: responseFull.stageCount, parity: 1)
    let beginning = k.variable(UInt32(0))
    let peers = (1..<max(1, blockCount)).map { k.mapa(responseFull.address, toRank: $0) }
    let hasMoreTiles = k.variable(UInt32(1))
    k.while({ hasMoreTiles.current != 0 }) {
      tileStarted.wait(parity: beginning)
      beginning ^= 1
      responseEmpty[position.stage].wait(parity: position.parity)
      let barrier = responseFull[position.stage]
      barrier.arrive(expectingByteCount: SharedLaunchResponses.byteCount)
      for peer in peers {
        k.arriveRemotely(
          at: peer.advanced(by: position.stage, elementByteCount: 8),
          expectingByteCount: SharedLaunchResponses.byteCount)
      }
      k.clusterlaunchcontrolTryCancel(
        responses[position.stage], signalling: barrier, toAllBlocks: blockCount > 1)
      barrier.wait(parity: position.parity ^ 1)
      let response = k.clusterLaunchResponse(at: responses[position.stage])
      k.fenceProxyAsync(.sharedBlock)
      hasMoreTiles.value = k.select(response.isCanceled(), k.constant(1), k.constant(0))
      position.advance(k)
    }
    k.loop(responseEmpty.stageCount) { _ in
      responseEmpty[position.stage].wait(parity: position.parity)
      position.advance(k)
    }
  }
}

// MARK: - Reading

extension LaunchControlScheduler {
  /// Records a loop over the cluster's own tile and those that it takes over.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.inlined(at: file, line) {
      let none = UInt32.max
      let position = RingPosition(k, stageCount: responseFull.stageCount, parity: 0)
      let release = k.mapa(responseEmpty.address, toRank: 0)
      let number = k.variable(k.clusterIndex.x)
      k.while({ number.current != k.constant(none) }) {
        if case .loadingThread = reader { tileStarted.arrive(if: k.clusterRank == 0) }
        body(numbering.tile(number.current, of: grid, k))
        responseFull[position.stage].wait(parity: position.parity)
        let response = k.clusterLaunchResponse(at: responses[position.stage])
        k.fenceProxyAsync(.sharedBlock)
        number.value = k.constant(none)
        k.if(response.isCanceled()) {
          number.value = response.firstBlockIndex().x / blockCount
        }
        let barrier = release.advanced(by: position.stage, elementByteCount: 8)
        if case .warps = reader {
          k.synchronizeWarp()
          k.elected { k.arriveRemotely(at: barrier, publishing: false) }
        } else {
          k.arriveRemotely(at: barrier, publishing: false)
        }
        position.advance(k)
      }
    }
  }
}
